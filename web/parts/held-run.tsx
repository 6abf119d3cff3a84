import type { HeldTime } from '../../lib/shapes/held.ts';
import type { Job } from '../../lib/shapes/job.ts';
import { durationText, monthName, roughDuration } from '../calendar.ts';
import { countedOfHeld } from '../lifecycle.ts';
import { count, grouped, roundedSum } from '../money.ts';
import { Money, Time } from './text.tsx';
import { WHY_HELD } from './why-held.ts';

interface HeldRunProps {
  readonly job: Job;
  readonly held: HeldTime;
  readonly now: number;
  readonly zone: string;
}

const Counted = ({ job, held, zone }: HeldRunProps) => {
  const run = countedOfHeld(job);
  if (!run || run.minutes === 0) return <>Nothing of this run.</>;
  const { start, minutes, times60, usageMonths } = run;
  const isPart = job.moreCharges !== undefined && job.charges[0]?.openedBy.time === start;
  return (
    <>
      {durationText(Date.parse(held.from) - Date.parse(start))}, up to <Time at={held.from} zone={zone} />
      {isPart ? null : times60 === undefined ? (
        <> ({count(minutes)} min, without a price yet)</>
      ) : (
        <>
          : <Money amount={roundedSum(times60, job.currency)} currency={job.currency} />. It is in the total
          of {usageMonths.map(monthName).join(' and ')}
        </>
      )}
      .
    </>
  );
};

const NotCounted = ({ job, held, now }: HeldRunProps) => (
  <>
    The {roughDuration(now - Date.parse(held.from))} since then
    {Number(held.atStakePerHour) > 0 && (
      <>
        : {count(held.minutes)} begun minutes so far, at {grouped(held.atStakePerHour)} {job.currency} per
        hour, would cost <Money amount={held.cost} currency={job.currency} />
      </>
    )}
    . It is in no total and on no statement.
  </>
);

/** Since when a run is held and why, what of it is counted and what is not, and what settles it. */
export const HeldRun = (props: HeldRunProps) => {
  const { job, held, zone } = props;
  const last = job.transitions.findLast(({ retracted }) => !retracted);
  return (
    <section class="callout warning" aria-labelledby="held">
      <h2 id="held">
        Held since <Time at={held.from} zone={zone} />
      </h2>
      <p>
        Its stop is not known, and {WHY_HELD[held.cause]}.
        {last && (
          <>
            {' '}
            The last event is {last.status} of <Time at={last.time} zone={zone} />.
          </>
        )}
      </p>
      <dl class="story">
        <dt>Counted</dt>
        <dd>
          <Counted {...props} />
        </dd>
        <dt>Not counted</dt>
        <dd>
          <NotCounted {...props} />
        </dd>
        <dt>Settled by</dt>
        <dd>
          {held.settledBy.join(', or ')}. The run is billed up to the time that its stop states; if the stop
          was earlier than what is counted, the extra time is taken off.
        </dd>
      </dl>
    </section>
  );
};
