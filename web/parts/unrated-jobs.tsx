import type { Charge } from '../../lib/shapes/charge.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { count } from '../money.ts';
import { billedOnce } from '../unbilled.ts';
import { JobLink } from './job-link.tsx';
import { counted } from './text.tsx';

const MAX_LINKS = 5;

/** Charges by what they wait for. */
const byReason = (charges: readonly Charge[]): [reason: string, charges: Charge[]][] => [
  ...Map.groupBy(charges, billedOnce),
];

/** The number of jobs; of charges where not all of them are listed. */
const titleOf = ({ charges, count: all }: Usage['unrated']): string => {
  const jobs = new Set(charges.map(({ jobId }) => jobId)).size;
  return `No price yet: ${all > charges.length ? counted(all, 'charge') : counted(jobs, 'job')}`;
};

/** The jobs without a price in a month, by what they wait for. They have no amount. */
export const UnratedJobs = ({ usage: { unrated } }: { readonly usage: Usage }) =>
  unrated.count === 0 ? null : (
    <section class="callout warning" aria-labelledby="unrated">
      <h2 id="unrated">{titleOf(unrated)}</h2>
      <p>Time without a price has no amount, and is not in the total:</p>
      <ul>
        {byReason(unrated.charges).map(([reason, charges]) => {
          const jobs = [...new Map(charges.map((charge) => [charge.jobId, charge])).values()];
          const minutes = charges.reduce((sum, charge) => sum + charge.minutes, 0);
          return (
            <li key={reason}>
              {jobs.slice(0, MAX_LINKS).map(({ projectId, jobId }, index) => (
                <span key={jobId}>
                  {index > 0 && ', '}
                  <JobLink projectId={projectId} jobId={jobId} />
                </span>
              ))}
              {jobs.length > MAX_LINKS && ` and ${count(jobs.length - MAX_LINKS)} more`}: {count(minutes)}{' '}
              min, {reason}
            </li>
          );
        })}
      </ul>
    </section>
  );
