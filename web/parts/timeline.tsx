import { isFinal } from '../../lib/billing/statuses.ts';
import type { Job, Transition } from '../../lib/shapes/job.ts';
import { durationText, roughDuration } from '../calendar.ts';
import { chargeNumber, chargesBy, eventKey, type StatusPeriod, timeoutText } from '../lifecycle.ts';
import { linkTo } from '../route.ts';
import { countsText } from '../units.ts';
import { lengthOf, lengthOfKind, Strip } from './strip.tsx';
import { NotShown, Time } from './text.tsx';

const ChargeLinks = ({
  job,
  charges,
  verb,
}: {
  readonly job: Job;
  readonly charges: readonly number[];
  readonly verb: string;
}) => (
  <>
    {charges.map((index) => (
      <a
        key={index}
        class="cites"
        href={linkTo({
          view: 'job',
          projectId: job.projectId,
          jobId: job.jobId,
          charge: job.charges[index]?.start ?? '',
        })}
      >
        {verb} charge {chargeNumber(job, index)}
      </a>
    ))}
  </>
);

const Change = ({ before }: { readonly before: string }) => (
  <>
    {' '}
    <span class="tag change">changed</span> <span class="muted">from {before}</span>
  </>
);

/** What an event states of the job, with a change marked. */
const Statements = ({ period: { resources, timeout } }: { readonly period: StatusPeriod }) => (
  <>
    {resources && (
      <div class="event-stated">
        {resources.value.flavor} <span class="muted">×</span> {countsText(resources.value)}
        {resources.before && (
          <Change before={`${resources.before.flavor} × ${countsText(resources.before)}`} />
        )}
      </div>
    )}
    {timeout && (
      <div class="event-stated">
        <span class="muted">timeout</span> {timeoutText(timeout.value)}
        {timeout.before !== undefined && <Change before={timeoutText(timeout.before)} />}
      </div>
    )}
  </>
);

/** How long a period lasts, and how much of it is counted where some is not. */
const lengthText = (period: StatusPeriod): string => {
  const { transition, end, isBillable, heldFrom, retracted } = period;
  if (isFinal(transition.status) && end === undefined) return '';
  const length = durationText(lengthOf(period));
  if (heldFrom !== undefined) {
    const held = lengthOfKind([period], 'held');
    const counted = lengthOf(period) - held;
    return counted > 0
      ? `${durationText(counted)} counted, ${roughDuration(held)} held`
      : `${roughDuration(held)}, all of it held`;
  }
  if (retracted.length > 0 && !isBillable) return `${length} to the next event that counts`;
  return `for ${length}`;
};

/** Whether the time of a status is billed, counted, held or waits for a price; nothing if it is free. */
const BillingTag = ({
  period: { isBillable, isBilled, isUnrated, heldFrom },
}: {
  readonly period: StatusPeriod;
}) => {
  if (heldFrom !== undefined) return <span class="tag warning">held</span>;
  if (isUnrated) return <span class="tag warning">no price yet</span>;
  return isBillable ? <span class="tag billable">{isBilled ? 'billed' : 'counted'}</span> : null;
};

/** An event that was taken back, where it would be. */
const Retracted = ({ transition, zone }: { readonly transition: Transition; readonly zone: string }) => (
  <li class="event retracted">
    <div class="event-head">
      <s class="status">{transition.status}</s>
      <span class="tag warning">taken back</span>
    </div>
    <div class="event-time tabular">
      <Time at={transition.time} zone={zone} />
    </div>
    <div class="event-id">
      <span class="muted">event</span> <code>{transition.id}</code>
    </div>
  </li>
);

const Event = ({
  job,
  period,
  isChosen,
  showsSource,
  zone,
}: {
  readonly job: Job;
  readonly period: StatusPeriod;
  readonly isChosen: boolean;
  /** The job has several sources, so an id alone does not identify an event. */
  readonly showsSource: boolean;
  readonly zone: string;
}) => {
  const { transition, key, isBillable, isUnrated, heldFrom } = period;
  const { opened, ended } = chargesBy(job, key);
  return (
    <li
      class={`event ${isBillable ? 'billable' : ''} ${heldFrom === undefined && !isUnrated ? '' : 'held'} ${isChosen ? 'chosen' : ''}`}
      id={`event-${key}`}
      tabIndex={-1}
    >
      <div class="event-head">
        <strong class="status">{transition.status}</strong>
        <BillingTag period={period} />
        <span class="muted tabular">{lengthText(period)}</span>
      </div>
      <div class="event-time tabular">
        <Time at={transition.time} zone={zone} />
      </div>
      <div class="event-id">
        <span class="muted">event</span> <code>{transition.id}</code>
        {showsSource && (
          <>
            {' '}
            <span class="muted">from</span> <code>{transition.source}</code>
          </>
        )}
      </div>
      <Statements period={period} />
      {(opened.length > 0 || ended.length > 0) && (
        <div class="event-charges">
          <ChargeLinks job={job} charges={opened} verb="opens" />
          <ChargeLinks job={job} charges={ended} verb="ends" />
        </div>
      )}
    </li>
  );
};

const TakenBack = ({ job, zone }: { readonly job: Job; readonly zone: string }) => {
  const retracted = job.transitions.filter((transition) => transition.retracted);
  if (retracted.length === 0 && job.retractions.length === 0) return null;
  return (
    <>
      <h3>Taken back</h3>
      <p class="hint">These events were sent by mistake, and count for nothing.</p>
      <NotShown count={job.moreRetractions} what="earlier retraction" />
      <ul class="taken-back">
        {job.retractions.map(({ retracts, reason, time, id }) => {
          const of = retracted.find((one) => one.id === retracts.id && one.source === retracts.source);
          return (
            <li key={id}>
              <s>{of ? of.status : `event ${retracts.id}`}</s>
              {of && (
                <>
                  {' '}
                  of <Time at={of.time} zone={zone} />
                </>
              )}
              , taken back at <Time at={time} zone={zone} />: “{reason}”
            </li>
          );
        })}
      </ul>
    </>
  );
};

/** The name of a run. Those before the first event that is shown are not counted. */
const runName = (attempt: number, isPart: boolean): string => {
  if (isPart) return attempt === 1 ? 'Before a restart' : 'After a restart';
  return attempt === 1 ? 'First run' : `Run ${attempt}, after a restart`;
};

/** The events of a job in order, with the billable time marked. */
export const Timeline = ({
  job,
  periods,
  chosen,
  zone,
}: {
  readonly job: Job;
  readonly periods: readonly StatusPeriod[];
  /** The key of the event that the address names. */
  readonly chosen: string | undefined;
  readonly zone: string;
}) => {
  const attempts = [...new Set(periods.map(({ attempt }) => attempt))];
  const sources = [...new Set(periods.map(({ transition }) => transition.source))];
  const isPart = job.moreTransitions !== undefined;
  return (
    <>
      <NotShown count={job.moreTransitions} what="earlier status event" />
      <Strip periods={periods} isPart={isPart} />
      {attempts.map((attempt) => (
        <section key={attempt} aria-label={attempts.length > 1 ? runName(attempt, isPart) : 'Events'}>
          {attempts.length > 1 && <h3>{runName(attempt, isPart)}</h3>}
          <ol class="events">
            {periods
              .filter((period) => period.attempt === attempt)
              .flatMap((period) => [
                <Event
                  key={period.key}
                  job={job}
                  period={period}
                  isChosen={period.key === chosen}
                  showsSource={sources.length > 1}
                  zone={zone}
                />,
                ...period.retracted.map((transition) => (
                  <Retracted key={eventKey(transition)} transition={transition} zone={zone} />
                )),
              ])}
          </ol>
        </section>
      ))}
      {sources.length === 1 && (
        <p class="hint">
          All events{isPart && ' shown'} were sent by <code>{sources[0]}</code>.
        </p>
      )}
      <TakenBack job={job} zone={zone} />
    </>
  );
};
