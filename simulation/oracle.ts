import type { Labels, ReportedFact, Resources, Transition, Unit } from '../lib/billing/facts.ts';
import type { LimitCause } from '../lib/billing/intervals.ts';
import type { Status } from '../lib/billing/statuses.ts';
import type { Tariff } from '../lib/billing/tariff.ts';

/**
 * What must be billed, computed in the plainest way there is: minute by minute. It shares types
 * with the real rules and nothing else, so that both are wrong only if the same mistake is made
 * twice.
 */

/** Consecutive minutes of one interval, in one month, with one price and one count of its unit. */
export interface Piece {
  readonly jobId: string;
  readonly projectId: string;
  readonly usageMonth: string;
  readonly start: number;
  end: number;
  /** Zero only where the whole interval is held. */
  minutes: number;
  readonly openedBy: string;
  readonly labels: Labels | undefined;
  readonly flavor: string | undefined;
  /** The unit of the price; absent without a price. */
  readonly unit: Unit | undefined;
  /** Absent, as the price is, where the job has no count of the unit. */
  readonly milliUnits: number | undefined;
  readonly pricePerHour: string | undefined;
  heldFrom?: number;
  heldBy?: LimitCause;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The month of an instant, by Intl once an hour: no month of these zones starts within an hour. */
const createMonthAt = (timeZone: string) => {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit' });
  const known = new Map<number, string>();
  return (time: number): string => {
    const hour = Math.floor(time / HOUR);
    const month = known.get(hour) ?? format.format(hour * HOUR).slice(0, 7);
    known.set(hour, month);
    return month;
  };
};

/** The month in which an instant lies, by billing time zone. */
export const MONTH_AT = { UTC: createMonthAt('UTC'), 'Europe/Paris': createMonthAt('Europe/Paris') } as const;

/** Of statuses in one instant, the order where the lifecycle leaves a choice. */
const ORDER: readonly (readonly Status[])[] = [
  ['RESTARTING'],
  ['QUEUED'],
  ['INITIALIZING'],
  ['PENDING'],
  ['RUNNING'],
  ['INTERRUPTING', 'TIMEOUT'],
  ['FINALIZING'],
  ['DONE', 'INTERRUPTED', 'FAILED', 'ERROR', 'SYNC_FAILED'],
];

const rank = (status: Status) => ORDER.findIndex((statuses) => statuses.includes(status));
const text = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);

const ENDS: readonly Status[] = ['DONE', 'INTERRUPTED', 'FAILED', 'ERROR', 'SYNC_FAILED'];
const BEGINNINGS: readonly Status[] = ['RESTARTING', 'QUEUED'];

/** The lifecycle: what comes directly after each status. */
const DIRECTLY_AFTER: Readonly<Record<Status, readonly Status[]>> = {
  RESTARTING: ['QUEUED', 'INITIALIZING'],
  QUEUED: ['INITIALIZING', 'INTERRUPTING', 'INTERRUPTED', 'FAILED', 'ERROR'],
  INITIALIZING: ['PENDING', 'INTERRUPTING', 'INTERRUPTED', 'FAILED', 'ERROR', 'SYNC_FAILED'],
  PENDING: ['RUNNING', 'INTERRUPTING', 'FINALIZING', 'INTERRUPTED', 'FAILED', 'ERROR'],
  RUNNING: ['INTERRUPTING', 'TIMEOUT', 'FINALIZING', 'RESTARTING', 'DONE', 'INTERRUPTED', 'FAILED', 'ERROR'],
  INTERRUPTING: ['FINALIZING', 'RESTARTING', 'INTERRUPTED', 'FAILED', 'ERROR'],
  TIMEOUT: ['INTERRUPTING', 'FINALIZING', 'RESTARTING', 'DONE', 'INTERRUPTED', 'FAILED', 'ERROR'],
  FINALIZING: ['RESTARTING', 'DONE', 'INTERRUPTED', 'FAILED', 'ERROR', 'SYNC_FAILED'],
  DONE: BEGINNINGS,
  INTERRUPTED: BEGINNINGS,
  FAILED: BEGINNINGS,
  ERROR: BEGINNINGS,
  SYNC_FAILED: BEGINNINGS,
};

/** Reporters may skip statuses of a run, but neither its end nor what begins the next one. */
const mayFollow = (from: Status, to: Status, passed: readonly Status[] = []): boolean =>
  DIRECTLY_AFTER[from].includes(to) ||
  DIRECTLY_AFTER[from].some(
    (next) => ![...ENDS, ...BEGINNINGS, ...passed].includes(next) && mayFollow(next, to, [...passed, next]),
  );

const STATUSES = ORDER.flat();
const FORBIDDEN = new Set(
  STATUSES.flatMap((from) => STATUSES.filter((to) => !mayFollow(from, to)).map((to) => `${from} ${to}`)),
);
const isForbidden = (from: Status | undefined, to: Status) =>
  from !== undefined && from !== to && FORBIDDEN.has(`${from} ${to}`);

/** Every order of the events, those that keep the given order longest first. */
function* permutations(events: readonly Transition[]): Generator<readonly Transition[]> {
  if (events.length <= 1) yield events;
  else
    for (const [index, first] of events.entries())
      for (const rest of permutations(events.toSpliced(index, 1))) yield [first, ...rest];
}

interface Path {
  /** Steps that the lifecycle forbids, and repeats but those of RUNNING in a later instant. */
  readonly forbidden: number;
  /** Runs that end in the instant they began in, and stops without a run. */
  readonly unlikely: number;
  readonly events: readonly Transition[];
}

const isBetter = (a: Path, b: Path) =>
  a.forbidden < b.forbidden || (a.forbidden === b.forbidden && a.unlikely < b.unlikely);

interface Step {
  readonly from: Status | undefined;
  readonly to: Status;
  readonly isWithin: boolean;
}

const isOutOfOrder = ({ from, to, isWithin }: Step) =>
  from === to ? isWithin || to !== 'RUNNING' : isForbidden(from, to);

const isEmptyRun = ({ from, to, isWithin }: Step) => isWithin && from === 'RUNNING' && to !== 'RUNNING';

const isStopWithoutRun = ({ from, to }: Step) =>
  from !== to && (from === undefined || rank(from) < rank('RUNNING')) && rank(to) > rank('RUNNING');

/**
 * The events in the order that takes the fewest forbidden steps from `before` to the end, of several
 * the one with the fewest unlikely ones, and of those the first by rank, source and id in the
 * earliest instant that differs.
 */
const bestPath = (instants: readonly (readonly Transition[])[], first: Status | undefined): Path => {
  const known = new Map<string, Path>();
  const pathFrom = (index: number, before: Status | undefined): Path => {
    const instant = instants[index];
    if (!instant) return { forbidden: 0, unlikely: 0, events: [] };
    const name = `${index} ${before}`;
    let best = known.get(name);
    if (best) return best;
    for (const order of permutations(instant)) {
      const statuses = order.map(({ status }) => status);
      const steps = statuses.map((to, at): Step => {
        return { from: at === 0 ? before : statuses[at - 1], to, isWithin: at > 0 };
      });
      const rest = pathFrom(index + 1, statuses.at(-1));
      const path = {
        forbidden: steps.filter(isOutOfOrder).length + rest.forbidden,
        unlikely: steps.filter((step) => isEmptyRun(step) || isStopWithoutRun(step)).length + rest.unlikely,
        events: [...order, ...rest.events],
      };
      if (!best || isBetter(path, best)) best = path;
    }
    best ??= { forbidden: 0, unlikely: 0, events: [] };
    known.set(name, best);
    return best;
  };
  return pathFrom(0, first);
};

const isSameInstant = (a: Transition, b: Transition) =>
  a.time === b.time && (a.nanos ?? 0) === (b.nanos ?? 0);

const inOrder = (facts: readonly ReportedFact[]): readonly Transition[] => {
  const retracted = facts.flatMap((fact) => (fact.kind === 'retraction' ? [fact.retracts] : []));
  const byRank = facts
    .flatMap((fact) => (fact.kind === 'transition' ? [fact] : []))
    .filter((fact) => !retracted.some(({ source, id }) => source === fact.source && id === fact.id))
    .sort(
      (a, b) =>
        a.time - b.time ||
        (a.nanos ?? 0) - (b.nanos ?? 0) ||
        rank(a.status) - rank(b.status) ||
        text(a.source, b.source) ||
        text(a.id, b.id),
    );
  const instants: Transition[][] = [];
  for (const transition of byRank) {
    const instant = instants.at(-1);
    if (instant?.[0] && isSameInstant(instant[0], transition)) instant.push(transition);
    else instants.push([transition]);
  }
  return bestPath(instants, undefined).events;
};

const tariffAt = (tariffs: readonly Tariff[], time: number): Tariff | undefined => {
  let inForce: Tariff | undefined;
  for (const tariff of tariffs) {
    if (tariff.effectiveFrom > time) continue;
    const later = inForce === undefined || tariff.effectiveFrom > inForce.effectiveFrom;
    const revised = inForce?.effectiveFrom === tariff.effectiveFrom && tariff.revision > inForce.revision;
    if (later || revised) inForce = tariff;
  }
  return inForce;
};

/** The last resources stated up to `time`; before all statements the first of them. */
const resourcesAt = (statements: readonly Transition[], time: number): Resources | undefined =>
  (statements.findLast((statement) => statement.time <= time) ?? statements[0])?.resources;

type Usage = Pick<Piece, 'flavor' | 'unit' | 'milliUnits' | 'pricePerHour'>;

/** What decides to which piece a minute belongs. */
interface Minute {
  readonly month: string;
  readonly resources: Resources | undefined;
  readonly tariff: Tariff | undefined;
}

const isSameMinute = (a: Minute, b: Minute) =>
  a.month === b.month && a.resources === b.resources && a.tariff === b.tariff;

/** What a minute counts, and at which price. */
const usageOf = (resources: Resources | undefined, tariff: Tariff | undefined): Usage => {
  const price = resources && tariff?.prices[resources.flavor];
  const milliUnits = price && resources.milliUnits[price.unit];
  return {
    flavor: resources?.flavor,
    unit: price?.unit,
    milliUnits,
    pricePerHour: milliUnits === undefined ? undefined : price?.pricePerHour,
  };
};

/**
 * Whether the job may not enter a billable status here: it has ended, or this step is none of its.
 */
const isForbiddenOpening = (before: readonly Transition[], opened: Transition): boolean => {
  const previous = before.at(-1)?.status;
  const lastEnd = before.findLastIndex(({ status }) => ENDS.includes(status));
  const lastBeginning = before.findLastIndex(({ status }) => BEGINNINGS.includes(status));
  return lastEnd > lastBeginning || (previous !== opened.status && isForbidden(previous, opened.status));
};

/**
 * All pieces of a job once nothing is left to happen: an interval without a stop runs to its limit.
 */
export const walkJob = (
  facts: readonly ReportedFact[],
  tariffs: readonly Tariff[],
  monthAt: (time: number) => string,
): Piece[] => {
  const transitions = inOrder(facts);
  const first = transitions[0];
  if (!first) return [];
  const { jobId, projectId } = first;
  const statements = transitions.filter(({ resources }) => resources);
  const labels = transitions.find((transition) => transition.labels)?.labels;
  const timeoutMs = transitions.findLast((transition) => transition.timeoutMs !== undefined)?.timeoutMs;
  const signsOfLife = [...transitions, ...facts.filter(({ kind }) => kind === 'retraction')];
  const lastHeard = Math.max(...signsOfLife.map(({ time }) => time));
  const pieces: Piece[] = [];

  /** The earliest limit; of several in one instant the first here. */
  const limitOf = (index: number, opened: Transition) => {
    const { maxRunningMs, maxSilenceMs } = tariffAt(tariffs, opened.time) ?? {
      maxRunningMs: 28 * DAY,
      maxSilenceMs: 7 * DAY,
    };
    const forbidden = isForbiddenOpening(transitions.slice(0, index), opened);
    const limits: { readonly at: number; readonly cause: LimitCause }[] = [
      { at: opened.time + maxRunningMs, cause: 'maxRunning' },
      ...(timeoutMs === undefined ? [] : [{ at: opened.time + timeoutMs, cause: 'timeout' as const }]),
      { at: lastHeard + maxSilenceMs, cause: 'maxSilence' },
      ...(forbidden ? [{ at: opened.time, cause: 'forbidden step' as const }] : []),
    ];
    return limits.reduce((earliest, limit) => (limit.at < earliest.at ? limit : earliest));
  };

  const walk = (index: number, opened: Transition, stop?: number) => {
    const limit = stop === undefined ? limitOf(index, opened) : undefined;
    const end = stop ?? limit?.at ?? opened.time;
    const minuteAt = (time: number): Minute => ({
      month: monthAt(time),
      resources: resourcesAt(statements, time),
      tariff: tariffAt(tariffs, time),
    });
    const pieceFrom = (start: number, { month, resources, tariff } = minuteAt(start)): Piece => ({
      ...{ jobId, projectId, usageMonth: month, start, end: start, minutes: 0 },
      ...{ openedBy: opened.id, labels },
      ...usageOf(resources, tariff),
    });
    let piece: Piece | undefined;
    let before: Minute | undefined;
    for (let minute = opened.time; minute < end; minute += MINUTE) {
      const now = minuteAt(minute);
      if (!piece || !before || !isSameMinute(before, now)) {
        const next = pieceFrom(minute, now);
        if (!piece || !isSamePiece(piece, next)) {
          piece = next;
          pieces.push(piece);
        }
        before = now;
      }
      piece.minutes += 1;
      piece.end = Math.min(minute + MINUTE, end);
    }
    if (!limit) return;
    if (!piece) {
      piece = pieceFrom(opened.time);
      pieces.push(piece);
    }
    piece.heldFrom = limit.at;
    piece.heldBy = limit.cause;
  };

  let opened: { readonly index: number; readonly by: Transition } | undefined;
  for (const [index, transition] of transitions.entries()) {
    const billable = tariffAt(tariffs, transition.time)?.billableStatuses ?? ['RUNNING'];
    if (billable.includes(transition.status)) opened ??= { index, by: transition };
    else if (opened) {
      walk(opened.index, opened.by, transition.time);
      opened = undefined;
    }
  }
  if (opened) walk(opened.index, opened.by);
  return pieces;
};

const isSamePiece = (a: Piece, b: Piece) =>
  (['usageMonth', 'flavor', 'unit', 'milliUnits', 'pricePerHour'] as const).every(
    (name) => a[name] === b[name],
  );

const DIGITS: Readonly<Record<string, number>> = { EUR: 2, JPY: 0, KWD: 3 };

/** The price of thousandths of unit minutes, in minor units, half up. */
export const priceOf = (milliUnitMinutes: number, pricePerHour: string, currency: string): bigint => {
  const [whole = '0', decimals = ''] = pricePerHour.split('.');
  const hours = 60n * 1000n * 10n ** BigInt(decimals.length);
  const exact = BigInt(milliUnitMinutes) * BigInt(whole + decimals) * 10n ** BigInt(DIGITS[currency] ?? 2);
  return exact / hours + ((exact % hours) * 2n >= hours ? 1n : 0n);
};
