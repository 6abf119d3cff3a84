import type { Transition } from './facts.ts';
import type { TariffBook } from './tariff.ts';

/** Time in billable statuses, half-open `[openedBy.time, closedBy.time)`. */
export interface BillableInterval {
  readonly openedBy: Transition;
  /** Absent while the interval is open. */
  readonly closedBy?: Transition;
  /** Where `maxRunning` ends, epoch milliseconds: time beyond it is held. */
  readonly limit: number;
}

/**
 * The maximal runs of billable statuses; empty ones vanish. Whether a status is billable is decided
 * by the tariff in force when it was entered, `maxRunning` by the one when the interval opened.
 */
export const billableIntervals = (
  transitions: readonly Transition[],
  tariffs: TariffBook,
): BillableInterval[] => {
  const intervals: BillableInterval[] = [];
  let openedBy: Transition | undefined;
  const limitOf = (opened: Transition) => opened.time + tariffs.maxRunningAt(opened.time);
  for (const transition of transitions) {
    const billable = tariffs.isBillable(transition.status, transition.time);
    if (billable) {
      openedBy ??= transition;
    } else if (openedBy) {
      if (openedBy.time < transition.time)
        intervals.push({ openedBy, closedBy: transition, limit: limitOf(openedBy) });
      openedBy = undefined;
    }
  }
  if (openedBy) intervals.push({ openedBy, limit: limitOf(openedBy) });
  return intervals;
};
