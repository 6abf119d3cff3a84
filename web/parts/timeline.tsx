import type { Job } from '../../lib/shapes/job.ts';
import { durationText } from '../calendar.ts';
import { chargesBy, isEnd, type Stay } from '../lifecycle.ts';
import { linkTo } from '../route.ts';
import { Time } from './text.tsx';

const lengthOf = ({ start, end = start }: Stay): number => end - start;

/** The job's life in one strip, to scale: what is billed is high and coloured. */
export const Strip = ({ stays }: { readonly stays: readonly Stay[] }) => {
  const billable = stays
    .filter(({ isBillable }) => isBillable)
    .reduce((sum, stay) => sum + lengthOf(stay), 0);
  const whole = stays.reduce((sum, stay) => sum + lengthOf(stay), 0);
  return (
    <div
      class="strip"
      role="img"
      aria-label={`${durationText(whole)} in all, of which ${durationText(billable)} billable`}
    >
      {stays.map((stay) =>
        lengthOf(stay) === 0 ? null : (
          <span
            key={stay.key}
            class={stay.isBillable ? 'billable' : 'free'}
            style={{ flexGrow: lengthOf(stay) }}
            title={`${stay.transition.status}, ${durationText(lengthOf(stay))}`}
          />
        ),
      )}
    </div>
  );
};

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
        href={linkTo({ view: 'job', jobId: job.jobId, charge: job.charges[index]?.start ?? '' })}
      >
        {verb} charge {index + 1}
      </a>
    ))}
  </>
);

const Event = ({
  job,
  stay,
  isChosen,
  tellsSource,
  zone,
}: {
  readonly job: Job;
  readonly stay: Stay;
  readonly isChosen: boolean;
  /** Several sources report this job, so that an id alone does not name an event. */
  readonly tellsSource: boolean;
  readonly zone: string;
}) => {
  const { transition, key, isBillable } = stay;
  const { opened, ended } = chargesBy(job, key);
  return (
    <li
      class={`event ${isBillable ? 'billable' : ''} ${isChosen ? 'chosen' : ''}`}
      id={`event-${key}`}
      tabIndex={-1}
    >
      <div class="event-head">
        <strong class="status">{transition.status}</strong>
        {isBillable && <span class="tag billable">billable</span>}
        <span class="muted tabular">
          {isEnd(transition.status) && stay.end === undefined ? '' : `for ${durationText(lengthOf(stay))}`}
        </span>
      </div>
      <div class="event-time tabular">
        <Time at={transition.time} zone={zone} />
      </div>
      <div class="event-id">
        <span class="muted">event</span> <code>{transition.id}</code>
        {tellsSource && (
          <>
            {' '}
            <span class="muted">from</span> <code>{transition.source}</code>
          </>
        )}
      </div>
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
      <p class="hint">Reported by mistake and ignored.</p>
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

/** What happened to a job, event by event, with the time that is billed marked. */
export const Timeline = ({
  job,
  stays,
  chosen,
  zone,
}: {
  readonly job: Job;
  readonly stays: readonly Stay[];
  /** The key of the event that a charge was followed to. */
  readonly chosen: string | undefined;
  readonly zone: string;
}) => {
  const attempts = [...new Set(stays.map(({ attempt }) => attempt))];
  const sources = [...new Set(stays.map(({ transition }) => transition.source))];
  return (
    <>
      <Strip stays={stays} />
      <p class="legend hint" aria-hidden="true">
        <span class="swatch billable" /> billable <span class="swatch free" /> not billable, about to scale
      </p>
      {attempts.map((attempt) => (
        <section key={attempt} aria-label={attempts.length > 1 ? `Run ${attempt}` : 'Events'}>
          {attempts.length > 1 && <h3>{attempt === 1 ? 'First run' : `Run ${attempt}, after a restart`}</h3>}
          <ol class="events">
            {stays
              .filter((stay) => stay.attempt === attempt)
              .map((stay) => (
                <Event
                  key={stay.key}
                  job={job}
                  stay={stay}
                  isChosen={stay.key === chosen}
                  tellsSource={sources.length > 1}
                  zone={zone}
                />
              ))}
          </ol>
        </section>
      ))}
      {sources.length === 1 && (
        <p class="hint">
          All events are from <code>{sources[0]}</code>.
        </p>
      )}
      <TakenBack job={job} zone={zone} />
    </>
  );
};
