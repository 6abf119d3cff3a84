import { parseMinor } from '../../lib/billing/money.ts';
import type { JobUsage } from '../../lib/shapes/usage.ts';
import { count } from '../money.ts';
import { JobLink } from './job-link.tsx';
import { LabelTags } from './label-tags.tsx';
import { NumberCell, NumberHead, ResourcesCell } from './table-cells.tsx';
import { Money } from './text.tsx';

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
      {job.status !== undefined && <span class="tag">{job.status}</span>}
      {job.running && <span class="tag live">running</span>}
      {job.held && <span class="tag warning">held</span>}
      {job.unratedMinutes !== undefined && <span class="tag warning">no price</span>}
      <LabelTags labels={job.labels} />
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

/** Jobs of a month, in the order given. Bars are to the scale of the first. */
export const JobTable = ({
  projectId,
  jobs,
}: {
  readonly projectId: string;
  readonly jobs: readonly JobUsage[];
}) => {
  const [most] = jobs;
  if (!most) return null;
  return (
    <table class="stacking jobs">
      <caption class="visually-hidden">Jobs of the month</caption>
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
        {jobs.map((job) => (
          <Row key={job.jobId} projectId={projectId} job={job} most={most} />
        ))}
      </tbody>
    </table>
  );
};
