import type { Job } from '../../lib/shapes/job.ts';
import { durationText } from '../calendar.ts';
import { chargesBy, isEnd, type StatusPeriod, timeoutText } from '../lifecycle.ts';
import { linkTo } from '../route.ts';
import { countsText } from '../units.ts';
import { Time } from './text.tsx';

const lengthOf = ({ start, end = start }: StatusPeriod): number => end - start;

interface Segment {
  readonly ms: number;
  readonly kind: 'billable' | 'free' | 'held';
}

const segmentsOf = (period: StatusPeriod): Segment[] => {
  const ms = lengthOf(period);
  const { start, heldFrom, isBillable } = period;
  if (heldFrom === undefined) return [{ ms, kind: isBillable ? 'billable' : 'free' }];
  const counted = Math.max(heldFrom - start, 0);
  return [
    { ms: counted, kind: 'billable' },
    { ms: ms - counted, kind: 'held' },
  ];
};

const lengthOfKind = (periods: readonly StatusPeriod[], kind: Segment['kind']): number =>
  periods.flatMap(segmentsOf).reduce((sum, segment) => (segment.kind === kind ? sum + segment.ms : sum), 0);

/** The statuses of a job in one strip, to scale. Billable ones are high and colored. */
export const Strip = ({ periods }: { readonly periods: readonly StatusPeriod[] }) => {
  const billable = lengthOfKind(periods, 'billable');
  const held = lengthOfKind(periods, 'held');
  const whole = periods.reduce((sum, period) => sum + lengthOf(period), 0);
  return (
    <div
      class="strip"
      role="img"
      aria-label={`${durationText(whole)} in all, of which ${durationText(billable)} billable${held > 0 ? ` and ${durationText(held)} held` : ''}`}
    >
      {periods.flatMap((period) =>
        segmentsOf(period)
          .filter(({ ms }) => ms > 0)
          .map(({ ms, kind }) => (
            <span
              key={`${period.key} ${kind}`}
              class={kind}
              style={{ flexGrow: ms }}
              title={`${period.transition.status}${kind === 'held' ? ', held' : ''}, ${durationText(ms)}`}
            />
          )),
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
        href={linkTo({
          view: 'job',
          projectId: job.projectId,
          jobId: job.jobId,
          charge: job.charges[index]?.start ?? '',
        })}
      >
        {verb} charge {index + 1}
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
  const { transition, key, isBillable, heldFrom } = period;
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
        {heldFrom !== undefined && <span class="tag warning">held</span>}
        <span class="muted tabular">
          {isEnd(transition.status) && period.end === undefined
            ? ''
            : `for ${durationText(lengthOf(period))}`}
        </span>
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
  return (
    <>
      <Strip periods={periods} />
      <p class="legend hint" aria-hidden="true">
        <span class="swatch billable" /> billable <span class="swatch free" /> not billable
        {periods.some(({ heldFrom }) => heldFrom !== undefined) && (
          <>
            {' '}
            <span class="swatch held" /> held
          </>
        )}
        , about to scale
      </p>
      {attempts.map((attempt) => (
        <section key={attempt} aria-label={attempts.length > 1 ? `Run ${attempt}` : 'Events'}>
          {attempts.length > 1 && <h3>{attempt === 1 ? 'First run' : `Run ${attempt}, after a restart`}</h3>}
          <ol class="events">
            {periods
              .filter((period) => period.attempt === attempt)
              .map((period) => (
                <Event
                  key={period.key}
                  job={job}
                  period={period}
                  isChosen={period.key === chosen}
                  showsSource={sources.length > 1}
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
