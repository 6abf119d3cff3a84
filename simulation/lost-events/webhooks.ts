import type { Transition } from '../../lib/billing/facts.ts';
import { createOvhTranslator } from '../../lib/sources/ovh.ts';
import type { ReportedEvent } from '../../lib/sources/reported-event.ts';
import type { JobState, StateChange } from '../../local/ovh-stand-in/api-model.ts';
import { jobAt, microsOf, type ScriptedJob } from '../../local/ovh-stand-in/scripted-job.ts';
import type { Random } from '../random.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Probabilities. */
export interface Losses {
  /** That nothing is delivered of the end of a run, up to what begins the next. */
  readonly stops: number;
  /** That an event is not delivered. */
  readonly events: number;
}

/** A job, what its webhook delivers, and when. */
export interface SentJob {
  readonly job: ScriptedJob;
  readonly deliveries: readonly Delivery[];
  /** State changes that are never delivered. */
  readonly lost: ReadonlySet<StateChange>;
  readonly runs: number;
  /** Runs of whose end nothing is delivered. */
  readonly lostStops: number;
}

export interface Delivery {
  readonly at: number;
  readonly event: ReportedEvent;
}

const BEGINNINGS: readonly JobState[] = ['QUEUED', 'RESTARTING'];

/** The state changes that end each run. */
const stopsOf = ({ transitions }: ScriptedJob): StateChange[][] => {
  const stops: StateChange[][] = [];
  let stop: StateChange[] | undefined;
  for (const change of transitions) {
    if (change.state === 'RUNNING') {
      stop = [];
      stops.push(stop);
    } else if (BEGINNINGS.includes(change.state)) stop = undefined;
    else stop?.push(change);
  }
  return stops;
};

/** Mostly within a minute; some hours late, and a few after their month was closed. */
const delayOf = (random: Random): number => {
  if (random.chance(0.9)) return random.integer(0, MINUTE);
  return random.chance(0.9) ? random.integer(0, 5 * HOUR) : random.integer(0, 3 * DAY);
};

/** Of one job: duplicated, out of order, and not all of it. */
export const sendJob = (random: Random, job: ScriptedJob, losses: Losses): SentJob => {
  const lost = new Set(job.transitions.filter(() => random.chance(losses.events)));
  let lostStops = 0;
  const stops = stopsOf(job);
  for (const stop of stops) {
    if (random.chance(losses.stops)) for (const change of stop) lost.add(change);
    if (stop.length > 0 && stop.every((change) => lost.has(change))) lostStops += 1;
  }
  const isLost = new Set([...lost].map(({ state, date }) => `${state} ${microsOf(date)}`));
  const { events, skipped } = createOvhTranslator({ timeZone: 'UTC', project: { id: job.project } }).next(
    jobAt(job, Infinity),
    1,
  );
  if (skipped.length > 0) throw new Error(JSON.stringify(skipped));
  const deliveries = events
    .filter(({ time, data }) => !isLost.has(`${data.status} ${microsOf(time)}`))
    .flatMap((event) =>
      Array.from({ length: random.chance(0.1) ? 2 : 1 }, () => ({
        at: Date.parse(event.time) + delayOf(random),
        event,
      })),
    );
  return { job, deliveries, lost, runs: stops.length, lostStops };
};

/**
 * The facts of some state changes of a job, made without the translator. The first change of the
 * job states what it is, so without that one nobody knows its resources.
 */
export const factsOf = (job: ScriptedJob, changes: readonly StateChange[]): Transition[] => {
  const { id: jobId, project: projectId, resources, timeoutSeconds } = job;
  const milliUnits = { ...(resources.gpu > 0 && { gpu: resources.gpu * 1000 }), cpu: resources.cpu * 1000 };
  return changes.map((change): Transition => {
    const { state: status, date } = change;
    const nanos = (microsOf(date) % 1000) * 1000;
    return {
      ...{ kind: 'transition', source: 'provider', id: `${status} ${date}`, jobId, projectId, status },
      time: Date.parse(date),
      ...(nanos > 0 && { nanos }),
      ...(change === job.transitions[0] && {
        resources: { flavor: resources.flavor, milliUnits },
        ...(timeoutSeconds !== undefined && { timeoutMs: timeoutSeconds * SECOND }),
      }),
    };
  });
};
