import type { Transition } from '../../../lib/billing/facts.ts';
import type { Status } from '../../../lib/billing/statuses.ts';

/*
 * The order of transitions stated a second time, by trying every order, without the code it checks.
 */

export const RANKS: Record<Status, number> = {
  RESTARTING: 0,
  QUEUED: 1,
  INITIALIZING: 2,
  PENDING: 3,
  RUNNING: 4,
  INTERRUPTING: 5,
  TIMEOUT: 5,
  FINALIZING: 6,
  DONE: 7,
  INTERRUPTED: 7,
  FAILED: 7,
  ERROR: 7,
  SYNC_FAILED: 7,
};

const ENDS = ['DONE', 'INTERRUPTED', 'FAILED', 'ERROR', 'SYNC_FAILED'] as const;
const BEGINNINGS = ['RESTARTING', 'QUEUED'] as const;

/** What may follow each status, skipped statuses included. */
export const ALLOWED: Record<Status, readonly Status[]> = {
  RESTARTING: [
    ...(['QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT', 'FINALIZING'] as const),
    ...ENDS,
  ],
  QUEUED: [
    ...(['RESTARTING', 'INITIALIZING', 'PENDING', 'RUNNING'] as const),
    ...(['INTERRUPTING', 'TIMEOUT', 'FINALIZING'] as const),
    ...ENDS,
  ],
  INITIALIZING: ['RESTARTING', 'PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT', 'FINALIZING', ...ENDS],
  PENDING: ['RESTARTING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT', 'FINALIZING', ...ENDS],
  RUNNING: ['RESTARTING', 'INTERRUPTING', 'TIMEOUT', 'FINALIZING', ...ENDS],
  INTERRUPTING: ['RESTARTING', 'FINALIZING', ...ENDS],
  TIMEOUT: ['RESTARTING', 'INTERRUPTING', 'FINALIZING', ...ENDS],
  FINALIZING: ['RESTARTING', ...ENDS],
  DONE: BEGINNINGS,
  INTERRUPTED: BEGINNINGS,
  FAILED: BEGINNINGS,
  ERROR: BEGINNINGS,
  SYNC_FAILED: BEGINNINGS,
};

/** Nanoseconds since the epoch, more than a number holds. */
const instantOf = ({ time, nanos = 0 }: Transition) => BigInt(time) * 1_000_000n + BigInt(nanos);

interface Report {
  readonly status: Status;
  readonly instant: unknown;
}

type Pair = readonly [before: Report | undefined, after: Report];

const pairsOf = (log: readonly Report[]) => log.map((report, index): Pair => [log[index - 1], report]);

/** Steps that the lifecycle does not have. RUNNING may be reported again, at another instant. */
export const countForbidden = (log: readonly Report[]): number =>
  pairsOf(log).filter(([before, { status, instant }]) => {
    if (before === undefined) return false;
    if (before.status === status) return status !== 'RUNNING' || before.instant === instant;
    return !ALLOWED[before.status].includes(status);
  }).length;

/** Stops of jobs that did not run, or ran for no time. */
export const countUnlikely = (log: readonly Report[]): number =>
  pairsOf(log).filter(([before, { status, instant }]) => {
    if (before?.status === status) return false;
    if (before?.status === 'RUNNING') return before.instant === instant;
    return RANKS[status] > 4 && (before === undefined || RANKS[before.status] < 4);
  }).length;

export const reportsOf = (transitions: readonly Transition[]): Report[] =>
  transitions.map((transition) => ({ status: transition.status, instant: instantOf(transition) }));

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));

/** Compares two orders of the same events, event by event: by rank, source and id. */
const compareOrders = (a: readonly Transition[], b: readonly Transition[]): number => {
  for (const [index, one] of a.entries()) {
    const other = b[index];
    if (!other || one === other) continue;
    const rank = RANKS[one.status] - RANKS[other.status];
    if (rank !== 0) return rank;
    return one.source === other.source ? (one.id < other.id ? -1 : 1) : one.source < other.source ? -1 : 1;
  }
  return 0;
};

interface Best {
  readonly order: readonly Transition[];
  readonly forbidden: number;
  readonly unlikely: number;
}

const isBetter = (a: Best, b: Best | undefined): boolean =>
  !b || (a.forbidden - b.forbidden || a.unlikely - b.unlikely || compareOrders(a.order, b.order)) < 0;

/**
 * The best order of all, of every permutation of every instant: the fewest forbidden steps, then the
 * fewest unlikely ones, and of those the first by rank, source and id. Of the orders so far, one for
 * each last status is enough.
 */
export const bestOrder = (transitions: readonly Transition[]): Transition[] => {
  const byInstant = Map.groupBy(transitions, instantOf);
  const instants = [...byInstant].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, instant]) => instant);
  let bests: readonly Best[] = [{ order: [], forbidden: 0, unlikely: 0 }];
  for (const instant of instants) {
    const byLast = new Map<Status | undefined, Best>();
    for (const own of permutations(instant))
      for (const before of bests) {
        const order = [...before.order, ...own];
        const log = reportsOf(order);
        const longer = { order, forbidden: countForbidden(log), unlikely: countUnlikely(log) };
        const last = own.at(-1)?.status;
        if (isBetter(longer, byLast.get(last))) byLast.set(last, longer);
      }
    bests = [...byLast.values()];
  }
  return [...bests.reduce((best, other) => (isBetter(other, best) ? other : best)).order];
};
