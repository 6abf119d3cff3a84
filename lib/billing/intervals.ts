import type { Transition } from './facts.ts';
import type { Lifecycle } from './lifecycle.ts';
import { beginsRun, isFinal, isForbiddenStep, type Status } from './statuses.ts';
import type { TariffBook } from './tariff.ts';

/** Why time without a known stop is not billed beyond a limit. */
export type LimitCause = 'maxRunning' | 'timeout' | 'maxSilence' | 'forbidden step';

/** Where an interval without a known stop is no longer believed, epoch milliseconds. */
export interface Limit {
  readonly at: number;
  readonly cause: LimitCause;
}

/** Time in billable statuses, half-open `[openedBy.time, closedBy.time)`. */
export interface BillableInterval {
  readonly openedBy: Transition;
  /** Absent while the interval is open. */
  readonly closedBy?: Transition;
  /**
   * An open interval counts up to it. A closed one is billed whole, and flagged if it is longer.
   */
  readonly limit: Limit;
  /** The limit apart from silence and a forbidden step: how long the interval may count at most. */
  readonly longest: Limit;
}

const earliest = (limits: readonly Limit[], fallback: Limit): Limit =>
  limits.reduce((least, limit) => (limit.at < least.at ? limit : least), fallback);

/**
 * Whether the lifecycle forbids the step that opens an interval: then the stop or the start has a
 * wrong time. `endedBefore`: the job has ended and neither RESTARTING nor QUEUED has come since.
 */
const isForbiddenOpening = (before: Status | undefined, opening: Status, endedBefore: boolean): boolean =>
  endedBefore || isForbiddenStep(before, opening);

interface Opening {
  readonly openedBy: Transition;
  readonly isForbidden: boolean;
}

/** The limits by time alone: whatever is reported meanwhile, only a stop changes them. */
const longestOf = (openedBy: Transition, { timeoutMs }: Lifecycle, tariffs: TariffBook): Limit =>
  earliest(timeoutMs === undefined ? [] : [{ at: openedBy.time + timeoutMs, cause: 'timeout' }], {
    at: openedBy.time + tariffs.limitsAt(openedBy.time).maxRunningMs,
    cause: 'maxRunning',
  });

const closedInterval = (
  { openedBy }: Opening,
  closedBy: Transition,
  lifecycle: Lifecycle,
  tariffs: TariffBook,
): BillableInterval => {
  const limit = longestOf(openedBy, lifecycle, tariffs);
  return { openedBy, closedBy, limit, longest: limit };
};

const openInterval = (
  { openedBy, isForbidden }: Opening,
  lifecycle: Lifecycle,
  tariffs: TariffBook,
): BillableInterval => {
  const longest = longestOf(openedBy, lifecycle, tariffs);
  const { lastHeard = openedBy.time } = lifecycle;
  const silence = {
    at: lastHeard + tariffs.limitsAt(openedBy.time).maxSilenceMs,
    cause: 'maxSilence',
  } as const;
  const forbidden = isForbidden ? [{ at: openedBy.time, cause: 'forbidden step' } as const] : [];
  return { openedBy, limit: earliest([...forbidden, silence], longest), longest };
};

/**
 * The maximal runs of billable statuses; empty ones vanish. Whether a status is billable is decided
 * by the tariff in force when it was entered, the limits by the one when the interval opened.
 */
export const billableIntervals = (lifecycle: Lifecycle, tariffs: TariffBook): BillableInterval[] => {
  const intervals: BillableInterval[] = [];
  let opening: Opening | undefined;
  let before: Status | undefined;
  let endedBefore = false;
  for (const transition of lifecycle.transitions) {
    const { status, time } = transition;
    if (beginsRun(status)) endedBefore = false;
    if (tariffs.isBillable(status, time)) {
      opening ??= { openedBy: transition, isForbidden: isForbiddenOpening(before, status, endedBefore) };
    } else if (opening) {
      if (opening.openedBy.time < time)
        intervals.push(closedInterval(opening, transition, lifecycle, tariffs));
      opening = undefined;
    }
    if (isFinal(status)) endedBefore = true;
    before = status;
  }
  if (opening) intervals.push(openInterval(opening, lifecycle, tariffs));
  return intervals;
};
