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
  /** An open interval counts up to it. A closed one is billed whole, and flagged if it is longer. */
  readonly limit: Limit;
}

const earliest = (limits: readonly Limit[], fallback: Limit): Limit =>
  limits.reduce((least, limit) => (limit.at < least.at ? limit : least), fallback);

/**
 * Whether the lifecycle forbids the step that opens an interval: then the stop or the start has a
 * wrong time. `endedBefore`: the job has ended and neither RESTARTING nor QUEUED has come since.
 */
const isForbiddenOpening = (before: Status | undefined, opening: Status, endedBefore: boolean): boolean =>
  endedBefore || (before !== opening && isForbiddenStep(before, opening));

interface Opening {
  readonly openedBy: Transition;
  readonly isForbidden: boolean;
}

const limitOf = (
  { openedBy, isForbidden }: Opening,
  { timeoutMs, lastHeard }: Lifecycle,
  tariffs: TariffBook,
  isOpen: boolean,
): Limit => {
  const { maxRunningMs, maxSilenceMs } = tariffs.limitsAt(openedBy.time);
  return earliest(
    [
      ...(isOpen && isForbidden ? [{ at: openedBy.time, cause: 'forbidden step' } as const] : []),
      ...(timeoutMs === undefined ? [] : [{ at: openedBy.time + timeoutMs, cause: 'timeout' } as const]),
      ...(isOpen && lastHeard !== undefined
        ? [{ at: lastHeard + maxSilenceMs, cause: 'maxSilence' } as const]
        : []),
    ],
    { at: openedBy.time + maxRunningMs, cause: 'maxRunning' },
  );
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
      const { openedBy } = opening;
      if (openedBy.time < time)
        intervals.push({
          openedBy,
          closedBy: transition,
          limit: limitOf(opening, lifecycle, tariffs, false),
        });
      opening = undefined;
    }
    if (isFinal(status)) endedBefore = true;
    before = status;
  }
  if (opening)
    intervals.push({ openedBy: opening.openedBy, limit: limitOf(opening, lifecycle, tariffs, true) });
  return intervals;
};
