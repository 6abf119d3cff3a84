import { useMemo, useState } from 'preact/hooks';
import { parseMinor } from '../../lib/billing/money.ts';
import type { JobUsage } from '../../lib/shapes/usage.ts';
import { count } from '../money.ts';
import { JobLink } from './job-link.tsx';
import { NumberCell, NumberHead, ResourcesCell } from './table-cells.tsx';
import { counted, Money } from './text.tsx';

const FIRST_ROWS = 20;

/** Most expensive first; ties by id. */
export const compareCost = (a: JobUsage, b: JobUsage): number => {
  const difference = parseMinor(b.cost) - parseMinor(a.cost);
  if (difference !== 0n) return difference > 0n ? 1 : -1;
  return a.jobId < b.jobId ? -1 : 1;
};

const share = (job: JobUsage, most: JobUsage): string => {
  const whole = Number(parseMinor(most.cost));
  return whole === 0 ? '0%' : `${((Number(parseMinor(job.cost)) / whole) * 100).toFixed(1)}%`;
};

const Row = ({
  projectId,
  job,
  most,
}: {
  readonly projectId: string;
  readonly job: JobUsage;
  readonly most: JobUsage;
}) => (
  <tr>
    <th scope="row">
      <JobLink projectId={projectId} jobId={job.jobId} />
      {job.running && <span class="tag live">running</span>}
      {job.held && <span class="tag warning">held</span>}
      {job.unratedMinutes !== undefined && <span class="tag warning">no price</span>}
    </th>
    <ResourcesCell of={job} />
    <NumberCell label="Minutes">{count(job.minutes)}</NumberCell>
    <NumberCell label="Cost" isStrong>
      {job.unratedMinutes === job.minutes ? '–' : <Money amount={job.cost} currency={job.currency} />}
    </NumberCell>
    <td class="share" aria-hidden="true">
      <span style={{ width: share(job, most) }} />
    </td>
  </tr>
);

/** The jobs of a month, the most expensive first. */
export const JobTable = ({
  projectId,
  jobs,
  isTruncated,
}: {
  readonly projectId: string;
  readonly jobs: readonly JobUsage[];
  readonly isTruncated: boolean;
}) => {
  const [search, setSearch] = useState('');
  const [showsAll, setShowsAll] = useState(false);
  const sorted = useMemo(() => jobs.toSorted(compareCost), [jobs]);
  const found = search === '' ? sorted : sorted.filter(({ jobId }) => jobId.includes(search));
  const shown = showsAll ? found : found.slice(0, FIRST_ROWS);
  const most = sorted[0];
  if (!most) return <p class="empty">No job was charged in this month.</p>;
  return (
    <>
      {jobs.length > FIRST_ROWS && (
        <label class="search">
          <span class="visually-hidden">Find a job by its id</span>
          <input
            type="search"
            placeholder="Find a job by its id"
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value.trim())}
          />
        </label>
      )}
      <table class="stacking jobs">
        <caption class="visually-hidden">Jobs of the month, the most expensive first</caption>
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">Resources</th>
            <NumberHead>Minutes</NumberHead>
            <NumberHead>Cost</NumberHead>
            <td class="share" />
          </tr>
        </thead>
        <tbody>
          {shown.map((job) => (
            <Row key={job.jobId} projectId={projectId} job={job} most={most} />
          ))}
        </tbody>
      </table>
      {found.length === 0 && <p class="empty">No job of this month has “{search}” in its id.</p>}
      {found.length > shown.length && (
        <button type="button" class="more" onClick={() => setShowsAll(true)}>
          Show all {counted(found.length, 'job')}
        </button>
      )}
      <p class="hint">
        Each job’s cost is rounded by itself; what is billed is rounded per flavor and price, so the jobs may
        add up to some cents more or less than the total.
        {isTruncated && ` These are ${count(jobs.length)} of the month’s jobs, by id; there are more.`}
      </p>
    </>
  );
};
