import { useMemo, useState } from 'preact/hooks';
import { parseMinor } from '../../lib/billing/money.ts';
import type { JobUsage } from '../../lib/shapes/usage.ts';
import { linkTo } from '../route.ts';
import { NumberHead } from './number-head.tsx';
import { count, counted, Money, unitsText } from './text.tsx';

const FIRST_ROWS = 20;

/** The most expensive first; of equal ones by id. */
export const compareCost = (a: JobUsage, b: JobUsage): number => {
  const difference = parseMinor(b.cost) - parseMinor(a.cost);
  if (difference !== 0n) return difference > 0n ? 1 : -1;
  return a.jobId < b.jobId ? -1 : 1;
};

const share = (job: JobUsage, most: JobUsage): string => {
  const whole = Number(parseMinor(most.cost));
  return whole === 0 ? '0%' : `${((Number(parseMinor(job.cost)) / whole) * 100).toFixed(1)}%`;
};

const Row = ({ job, most }: { readonly job: JobUsage; readonly most: JobUsage }) => (
  <tr>
    <th scope="row">
      <a class="id" href={linkTo({ view: 'job', jobId: job.jobId })}>
        {job.jobId}
      </a>
      {job.running && <span class="tag live">running</span>}
      {job.held && <span class="tag warning">held</span>}
      {job.unratedMinutes !== undefined && <span class="tag warning">no price</span>}
    </th>
    <td data-label="Resources">
      {job.flavor ?? '–'} <span class="muted">× {unitsText(job.units, job.unit)}</span>
    </td>
    <td class="number" data-label="Minutes">
      {count(job.minutes)}
    </td>
    <td class="number strong" data-label="Cost">
      {job.unratedMinutes === job.minutes ? '–' : <Money amount={job.cost} currency={job.currency} />}
    </td>
    <td class="share" aria-hidden="true">
      <span style={{ width: share(job, most) }} />
    </td>
  </tr>
);

/** The jobs of a month, the most expensive first. */
export const JobTable = ({
  jobs,
  isCut,
}: {
  readonly jobs: readonly JobUsage[];
  readonly isCut: boolean;
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
            <Row key={job.jobId} job={job} most={most} />
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
        {isCut && ` These are ${count(jobs.length)} of the month’s jobs, by id; there are more.`}
      </p>
    </>
  );
};
