import type { Charge } from '../lib/shapes/charge.ts';
import type { Job, Resources, Transition } from '../lib/shapes/job.ts';
import { durationText } from './calendar.ts';

type Evidence = Charge['openedBy'];

/** Identifies an event within its job, as part of an address. */
export const eventKey = ({ source, id }: Pick<Evidence, 'source' | 'id'>): string => `${id}@${source}`;

/** The time a job was in one status. */
export interface StatusPeriod {
  readonly transition: Transition;
  readonly key: string;
  /** Epoch milliseconds. A final status has no end. */
  readonly start: number;
  readonly end?: number;
  /** Whether the tariff bills this status. */
  readonly isBillable: boolean;
  /** From when on its time is held. */
  readonly heldFrom?: number;
  /** The run of the job, from 1; each restart begins the next. */
  readonly attempt: number;
  readonly resources?: Stated<Resources>;
  /** An ISO 8601 duration. */
  readonly timeout?: Stated<string>;
}

/** What an event states, and what was stated before if that was something else. */
interface Stated<Value> {
  readonly value: Value;
  readonly before?: Value;
}

const stated = <Value>(
  value: Value | undefined,
  before: Value | undefined,
  isSame: (a: Value, b: Value) => boolean,
): Stated<Value> | undefined =>
  value === undefined
    ? undefined
    : { value, ...(before !== undefined && !isSame(before, value) && { before }) };

const isSameResources = (a: Resources, b: Resources): boolean =>
  a.flavor === b.flavor && a.gpu === b.gpu && a.cpu === b.cpu && (a.node ?? 0) === (b.node ?? 0);

const ENDS: ReadonlySet<string> = new Set(['DONE', 'INTERRUPTED', 'FAILED', 'ERROR', 'SYNC_FAILED']);

/** Whether a job leaves a status only by a restart. */
export const isEnd = (status: string): boolean => ENDS.has(status);

const within = (time: number, { start, end }: Job['intervals'][number]): boolean =>
  Date.parse(start) <= time && (end === undefined || time < Date.parse(end));

const endOf = (transition: Transition, next: Transition | undefined, now: number): { end?: number } => {
  if (next) return { end: Date.parse(next.time) };
  return isEnd(transition.status) ? {} : { end: Math.max(now, Date.parse(transition.time)) };
};

/** The status periods of a job up to `now`, in order, without retracted events. */
export const statusPeriodsOf = ({ transitions, intervals }: Job, now: number): StatusPeriod[] => {
  const valid = transitions.filter(({ retracted }) => !retracted);
  let attempt = 1;
  let last: Pick<Transition, 'resources' | 'timeout'> = {};
  return valid.map((transition, index) => {
    const start = Date.parse(transition.time);
    if (transition.status === 'RESTARTING') attempt += 1;
    const resources = stated(transition.resources, last.resources, isSameResources);
    const timeout = stated(transition.timeout, last.timeout, (a, b) => a === b);
    last = {
      ...last,
      ...(resources && { resources: resources.value }),
      ...(timeout && { timeout: timeout.value }),
    };
    const end = endOf(transition, valid[index + 1], now);
    const interval = intervals.find((one) => within(start, one));
    const heldFrom = interval?.held && Date.parse(interval.held.from);
    return {
      transition,
      key: eventKey(transition),
      start,
      ...end,
      isBillable: interval !== undefined,
      ...(heldFrom !== undefined && heldFrom < (end.end ?? start) && { heldFrom }),
      attempt,
      ...(resources && { resources }),
      ...(timeout && { timeout }),
    };
  });
};

/** The timeout of a job in milliseconds, which the API states in seconds. */
export const timeoutMs = (timeout: string): number =>
  Number(/^PT(\d+(?:\.\d+)?)S$/.exec(timeout)?.[1] ?? Number.NaN) * 1000;

/** "2 h", or the text of the API if it is no number of seconds. */
export const timeoutText = (timeout: string): string => {
  const ms = timeoutMs(timeout);
  return Number.isNaN(ms) ? timeout : durationText(ms);
};

/** The status that the event behind a charge reported. */
export const statusOf = (job: Job, evidence: Evidence): string | undefined =>
  job.transitions.find((transition) => eventKey(transition) === eventKey(evidence))?.status;

/** The indices of the charges that an event opened or ended. */
export const chargesBy = (job: Job, key: string) => {
  const indicesWhere = (cites: (charge: Charge) => boolean) =>
    job.charges.flatMap((charge, index) => (cites(charge) ? [index] : []));
  return {
    opened: indicesWhere(({ openedBy }) => eventKey(openedBy) === key),
    ended: indicesWhere(({ endedBy }) => endedBy.cause === 'fact' && eventKey(endedBy.fact) === key),
  };
};
