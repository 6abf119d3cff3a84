import type { Charge } from '../../lib/shapes/charge.ts';
import type { SilentJobs } from '../../lib/shapes/held.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { monthName } from '../calendar.ts';
import { count, roundedSum } from '../money.ts';
import { isUnrated } from '../unbilled.ts';
import { JobLink } from './job-link.tsx';
import { NumberCell, NumberHead } from './table-cells.tsx';
import { counted, Money, Time } from './text.tsx';
import { WHY_HELD } from './why-held.ts';

interface HeldJobsProps {
  readonly usage: Usage;
  readonly zone: string;
}

const Row = ({ charge, usage: { currency, held }, zone }: HeldJobsProps & { readonly charge: Charge }) =>
  charge.held ? (
    <tr>
      <th scope="row">
        <JobLink projectId={charge.projectId} jobId={charge.jobId} />
      </th>
      <td data-label="Held since">
        <Time at={charge.held.from} zone={zone} />
      </td>
      <td data-label="Why">
        {WHY_HELD[charge.held.cause]}; settled by{' '}
        {held.causes.find(({ cause }) => cause === charge.held?.cause)?.settledBy.join(', or ')}
      </td>
      <NumberCell label="Counted" isStrong>
        {isUnrated(charge) ? (
          <span class="muted">no price yet</span>
        ) : (
          <Money amount={roundedSum([charge.amountTimes60], currency)} currency={currency} />
        )}
      </NumberCell>
    </tr>
  ) : null;

/** " Of these 1 is held already." as far as they are listed. */
const alreadyHeld = ({ jobs }: SilentJobs): string => {
  const held = jobs.filter((job) => job.held).length;
  return held === 0
    ? ''
    : ` Of these ${count(held)} ${held === 1 ? 'is held already: its' : 'are held already: their'} time up to the limit is in this amount.`;
};

const SilentTable = ({
  silent: { jobs, currency },
  usage: { projectId },
  zone,
}: HeldJobsProps & { readonly silent: SilentJobs }) => (
  <table class="stacking">
    <caption class="visually-hidden">Silent jobs</caption>
    <thead>
      <tr>
        <th scope="col">Job</th>
        <th scope="col">Last event</th>
        <NumberHead>Counted since</NumberHead>
      </tr>
    </thead>
    <tbody>
      {jobs.map(({ jobId, since, cost, held }) => (
        <tr key={jobId}>
          <th scope="row">
            <JobLink projectId={projectId} jobId={jobId} />
            {held && <span class="tag warning">held</span>}
          </th>
          <td data-label="Last event">
            <Time at={since} zone={zone} />
          </td>
          <NumberCell label="Counted since" isStrong>
            <Money amount={cost} currency={currency} />
          </NumberCell>
        </tr>
      ))}
    </tbody>
  </table>
);

/** Running jobs without a sign of life, what the total has of them, and what to do. */
const Silent = (props: HeldJobsProps) => {
  const { silent, month } = props.usage;
  return !silent ? null : (
    <section class="callout warning" aria-labelledby="silent">
      <h2 id="silent">Silent: {counted(silent.count, 'job')}</h2>
      <p data-testid="silent">
        {counted(silent.count, 'running job')} {silent.count === 1 ? 'has' : 'have'} reported nothing for more
        than 24 hours, so {silent.count === 1 ? 'its stop' : 'their stops'} may be lost. The total of{' '}
        {monthName(month)} includes{' '}
        <strong>
          <Money amount={silent.cost} currency={silent.currency} />
        </strong>{' '}
        of time since {silent.count === 1 ? 'its last event' : 'their last events'}.{alreadyHeld(silent)}
      </p>
      <SilentTable silent={silent} {...props} />
      {silent.count > silent.jobs.length && (
        <p class="hint">
          These are the first {count(silent.jobs.length)} of {count(silent.count)}.
        </p>
      )}
      <p>
        If a job still runs, report RUNNING again; if it has stopped, report its stop with the time at which
        it stopped: what is counted beyond is then taken off.
      </p>
    </section>
  );
};

const Held = (props: HeldJobsProps) => {
  const { held } = props.usage;
  return (
    <>
      <p>
        Held time is not in the total and on no statement. Report the stop of each job with the time at which
        it stopped: the job is then billed up to there. What else settles it is named below.
        {Number(held.cost) > 0 && (
          <>
            {' '}
            If the jobs ran on until now, their held time in this month would cost{' '}
            <Money amount={held.cost} currency={held.currency} />.
          </>
        )}
      </p>
      <table class="stacking">
        <caption class="visually-hidden">Jobs with held time</caption>
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">Held since</th>
            <th scope="col">Why</th>
            <NumberHead>Counted</NumberHead>
          </tr>
        </thead>
        <tbody>
          {held.charges.map((charge) => (
            <Row key={`${charge.jobId} ${charge.start}`} charge={charge} {...props} />
          ))}
        </tbody>
      </table>
      {held.count > held.charges.length && (
        <p class="hint">
          These are the first {count(held.charges.length)} of {count(held.count)}.
        </p>
      )}
    </>
  );
};

const titleOf = ({ held }: Usage): string => {
  const jobs = new Set(held.charges.map(({ jobId }) => jobId)).size;
  return `Held: ${held.count > held.charges.length ? counted(held.count, 'charge') : counted(jobs, 'job')}`;
};

/** Jobs without a known stop: what the total has of them, what it has not, and what settles them. */
export const HeldJobs = (props: HeldJobsProps) => (
  <>
    {props.usage.held.count > 0 && (
      <section class="callout warning" aria-labelledby="held">
        <h2 id="held">{titleOf(props.usage)}</h2>
        <Held {...props} />
      </section>
    )}
    <Silent {...props} />
  </>
);
