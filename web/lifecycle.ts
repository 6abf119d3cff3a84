import { isFinal } from '../lib/billing/statuses.ts';
import type { Charge } from '../lib/shapes/charge.ts';
import type { Job, Resources, Transition } from '../lib/shapes/job.ts';
import { durationText } from './calendar.ts';
import { sumOf } from './live-usage.ts';
import { roundedSum } from './money.ts';
import { isUnrated } from './unbilled.ts';

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
  /** Whether statements have billed all of its charges. */
  readonly isBilled: boolean;
  /** Whether all of its billable time has no price. */
  readonly isUnrated: boolean;
  /** From when on its time is held, also if that is before it. */
  readonly heldFrom?: number;
  /** The run of the job, from 1; each restart begins the next. */
  readonly attempt: number;
  readonly resources?: Stated<Resources>;
  /** An ISO 8601 duration. */
  readonly timeout?: Stated<string>;
  /** Events within it that were taken back. */
  readonly retracted: readonly Transition[];
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

const within = (time: number, { start, end }: Job['intervals'][number]): boolean =>
  Date.parse(start) <= time && (end === undefined || time < Date.parse(end));

const endOf = (transition: Transition, next: Transition | undefined, now: number): { end?: number } => {
  if (next) return { end: Date.parse(next.time) };
  return isFinal(transition.status) ? {} : { end: Math.max(now, Date.parse(transition.time)) };
};

const chargesWithin = (charges: readonly Charge[], start: number, end = start): Charge[] =>
  charges.filter(
    (charge) => Date.parse(charge.start) < end && Date.parse(charge.end) > start && charge.minutes > 0,
  );

/** Usage months of which statements have billed all that the job's charges come to. */
const billedMonthsOf = ({ charges, billed = [], currency }: Job): ReadonlySet<string> => {
  const months = new Set(billed.map(({ usageMonth }) => usageMonth));
  const isOf =
    (month: string) =>
    ({ usageMonth }: { readonly usageMonth: string }) =>
      usageMonth === month;
  return new Set(
    [...months].filter(
      (month) =>
        roundedSum(
          charges.filter(isOf(month)).map(({ amountTimes60 }) => amountTimes60),
          currency,
        ) ===
        sumOf(
          billed.filter(isOf(month)).map(({ amount }) => amount),
          currency,
        ),
    ),
  );
};

/** Retracted events from the time of one event, or from the first on, until the next. */
const retractedWithin = (
  retracted: readonly Transition[],
  start: number,
  next: Transition | undefined,
): readonly Transition[] =>
  retracted.filter(({ time }) => Date.parse(time) >= start && (!next || time < next.time));

/** The status periods of a job up to `now`, in order; retracted events begin none. */
export const statusPeriodsOf = (job: Job, now: number): StatusPeriod[] => {
  const { transitions, intervals, charges } = job;
  const billedMonths = billedMonthsOf(job);
  const valid = transitions.filter(({ retracted }) => !retracted);
  const retracted = transitions.filter((transition) => transition.retracted);
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
    const ofPeriod = chargesWithin(charges, start, end.end);
    const heldFrom = interval?.held && Date.parse(interval.held.from);
    return {
      transition,
      key: eventKey(transition),
      start,
      ...end,
      isBillable: interval !== undefined,
      isBilled: ofPeriod.length > 0 && ofPeriod.every(({ usageMonth }) => billedMonths.has(usageMonth)),
      isUnrated: ofPeriod.length > 0 && ofPeriod.every(isUnrated),
      ...(heldFrom !== undefined && heldFrom < (end.end ?? start) && { heldFrom }),
      attempt,
      retracted: retractedWithin(retracted, index === 0 ? Number.NEGATIVE_INFINITY : start, valid[index + 1]),
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

/** The number of a charge among all of the job, from 1. */
export const chargeNumber = ({ moreCharges = 0 }: Job, index: number): number => moreCharges + index + 1;

/** What of a held run is counted. */
export interface CountedRun {
  readonly start: string;
  readonly minutes: number;
  readonly usageMonths: readonly string[];
  /** In exact sixtieths; absent without a price. */
  readonly times60?: readonly string[];
}

/** What is counted of the run of a job whose time is held. */
export const countedOfHeld = ({ charges }: Pick<Job, 'charges'>): CountedRun | undefined => {
  const last = charges.findLast(({ held }) => held);
  if (!last) return undefined;
  const counted = charges.filter(
    ({ openedBy, minutes }) => eventKey(openedBy) === eventKey(last.openedBy) && minutes > 0,
  );
  return {
    start: last.openedBy.time,
    minutes: counted.reduce((sum, { minutes }) => sum + minutes, 0),
    usageMonths: [...new Set(counted.map(({ usageMonth }) => usageMonth))],
    ...(!counted.every(isUnrated) && { times60: counted.map(({ amountTimes60 }) => amountTimes60) }),
  };
};

/** Whether a job has ended, and its charges with it: for a moment they are older than its last event. */
export const hasEnded = ({ status, charges }: Pick<Job, 'status' | 'charges'>): boolean =>
  status !== undefined && isFinal(status) && charges.every(({ state }) => state === 'final');
