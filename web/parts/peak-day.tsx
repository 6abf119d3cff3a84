import { parseMinor } from '../../lib/billing/money.ts';
import type { JobUsage, Usage } from '../../lib/shapes/usage.ts';
import { dayName, daySpan } from '../calendar.ts';
import { sumOf } from '../live-usage.ts';
import { JobLink } from './job-link.tsx';
import { Money } from './text.tsx';

const MAX_JOBS = 3;

/** The day of a month that cost most. */
const peakOf = ({ days, currency }: Usage): { date: string; amount: string } | undefined => {
  const byDate = [...Map.groupBy(days, ({ date }) => date)].map(([date, lines]) => ({
    date,
    amount: sumOf(
      lines.map(({ amount }) => amount),
      currency,
    ),
  }));
  return byDate.toSorted((a, b) => Number(parseMinor(b.amount) - parseMinor(a.amount)))[0];
};

const ranOn = ({ start, end }: JobUsage, date: string, zone: string): boolean => {
  const day = daySpan(date, zone);
  return Date.parse(start) < day.end && (end === undefined || Date.parse(end) > day.start);
};

/** The day that cost most, and the dearest jobs of the month that ran on it. */
export const PeakDay = ({
  usage,
  jobs,
  zone,
}: {
  readonly usage: Usage;
  /** The most expensive jobs of the month. */
  readonly jobs: readonly JobUsage[];
  readonly zone: string;
}) => {
  const peak = peakOf(usage);
  if (!peak) return null;
  const ran = jobs.filter((job) => Number(job.cost) > 0 && ranOn(job, peak.date, zone)).slice(0, MAX_JOBS);
  return (
    <p data-testid="peak">
      Highest on {dayName(peak.date)}: <Money amount={peak.amount} currency={usage.currency} />
      {ran.length > 0 && <>. The most expensive jobs that ran on that day, with their cost in the month: </>}
      {ran.map(({ jobId, cost, currency }, index) => (
        <span key={jobId}>
          {index > 0 && ', '}
          <JobLink projectId={usage.projectId} jobId={jobId} /> (<Money amount={cost} currency={currency} />)
        </span>
      ))}
    </p>
  );
};
