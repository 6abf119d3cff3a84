import { parseMinor } from '../../lib/billing/money.ts';
import type { JobUsage } from '../../lib/shapes/usage.ts';
import { minuteText } from '../calendar.ts';
import { count } from '../money.ts';
import { JobLink } from './job-link.tsx';
import { LabelTags } from './label-tags.tsx';
import { type Order, SortableHead, type Sorting } from './sortable-head.tsx';
import { NumberCell, ResourcesCell } from './table-cells.tsx';
import { Money } from './text.tsx';

/** The columns by which the API sorts jobs, each with the direction that it begins with. */
export const JOB_COLUMNS: Readonly<Record<string, Order>> = {
  cost: 'desc',
  id: 'asc',
  start: 'desc',
  minutes: 'desc',
};

const isWithoutPrice = ({ minutes, unratedMinutes = 0 }: JobUsage): boolean =>
  unratedMinutes > 0 && unratedMinutes === minutes;

const share = (job: JobUsage, most: number): string =>
  most === 0 ? '0%' : `${((Number(parseMinor(job.cost)) / most) * 100).toFixed(1)}%`;

const Minute = ({ at, zone }: { readonly at: string; readonly zone: string }) => (
  <time dateTime={at}>{minuteText(at, zone)}</time>
);

const Status = ({ job: { status, held, retracted, waitsFor } }: { readonly job: JobUsage }) => (
  <td data-label="Status">
    {status}
    {held && <span class="tag warning">held</span>}
    {waitsFor && (
      <span class="tag warning" title={`waits for ${waitsFor.join(' and ')}`}>
        no price yet
      </span>
    )}
    {retracted && <span class="tag warning">taken back</span>}
  </td>
);

const Cost = ({ job }: { readonly job: JobUsage }) => {
  if (isWithoutPrice(job)) return <span class="muted">no price yet</span>;
  return job.retracted ? (
    <span class="muted">credited</span>
  ) : (
    <Money amount={job.cost} currency={job.currency} />
  );
};

interface RowProps {
  readonly projectId: string;
  readonly job: JobUsage;
  /** The highest cost that is listed, in minor units. */
  readonly most: number;
  readonly zone: string;
}

const Row = ({ projectId, job, most, zone }: RowProps) => (
  <tr>
    <th scope="row">
      <JobLink projectId={projectId} jobId={job.jobId} />
      <LabelTags labels={job.labels} />
    </th>
    <Status job={job} />
    <ResourcesCell of={job} />
    <td data-label="Started" class="tabular">
      <Minute at={job.start} zone={zone} />
    </td>
    <td data-label="Ended" class="tabular">
      {job.end === undefined ? <span class="muted">–</span> : <Minute at={job.end} zone={zone} />}
    </td>
    <NumberCell label="Minutes">{count(job.minutes)}</NumberCell>
    <td data-label="Cost" class="number strong">
      <Cost job={job} />
      {Number(job.cost) > 0 && (
        <span class="share" aria-hidden="true">
          <span style={{ width: share(job, most) }} />
        </span>
      )}
    </td>
  </tr>
);

/** Jobs of a month, in the order given. */
export const JobTable = ({
  projectId,
  jobs,
  sorting,
  zone,
}: {
  readonly projectId: string;
  readonly jobs: readonly JobUsage[];
  readonly sorting: Sorting;
  readonly zone: string;
}) => {
  if (jobs.length === 0) return null;
  const most = Math.max(...jobs.map(({ cost }) => Number(parseMinor(cost))));
  const head = (column: string) => ({ column, begins: JOB_COLUMNS[column], sorting });
  return (
    <table class="stacking jobs">
      <caption class="visually-hidden">Jobs of the month</caption>
      <thead>
        <tr>
          <SortableHead {...head('id')}>Job</SortableHead>
          <th scope="col">Status</th>
          <th scope="col">Resources</th>
          <SortableHead {...head('start')}>Started</SortableHead>
          <th scope="col">Ended</th>
          <SortableHead {...head('minutes')} isNumber>
            Minutes
          </SortableHead>
          <SortableHead {...head('cost')} isNumber>
            Cost
          </SortableHead>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <Row key={job.jobId} projectId={projectId} job={job} most={most} zone={zone} />
        ))}
      </tbody>
    </table>
  );
};
