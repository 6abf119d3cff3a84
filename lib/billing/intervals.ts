import type { Transition } from './facts.ts';
import type { TariffBook } from './tariff.ts';

/** Time in billable statuses, half-open `[openedBy.time, closedBy.time)`; no `closedBy` while it is still running. */
export interface BillableInterval {
  readonly openedBy: Transition;
  readonly closedBy?: Transition;
  /** Where `maxRunning` ends, epoch milliseconds: what runs beyond it is held. */
  readonly limit: number;
}

/**
 * Walks the ordered transitions: an interval opens at the first billable status and closes at the first that is not. A step
 * between two billable statuses neither closes nor rounds; empty intervals vanish. A job that restarts has several, and each is
 * billed. Whether a status is billable is
 * decided by the tariff in force when it was entered, `maxRunning` by the one in force when the interval opened.
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
