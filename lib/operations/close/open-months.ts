import { addMonths, monthsFrom } from '../../billing/months.ts';
import { type BillingContext, writingMonths } from '../billing-context.ts';
import { readMarks, SHARDS } from './changed-months.ts';

/** The latest month that ended at least so long ago, in the billing zone. */
export const lastEndedMonth = ({ calendar, now }: BillingContext, closeAfterMs = 0): string =>
  addMonths(calendar.monthOf(now() - closeAfterMs).id, -1);

/** The first month with anything due, however late it was reported; none in a table without usage. */
const firstDueMonth = async (context: BillingContext): Promise<string | undefined> => {
  const current = context.calendar.monthOf(context.now()).id;
  // The clock of the first use may have been ahead.
  const first = context.since < current ? context.since : current;
  const writing = writingMonths(context, addMonths(first, -1), context.now());
  const due = await Promise.all(SHARDS.map((shard) => readMarks(context, shard, writing)));
  return due
    .flatMap((marks) => [...marks.values()].map(({ usageMonth }) => usageMonth))
    .sort()
    .at(0);
};

/**
 * The months up to `last` that are not closed, oldest first.
 *
 * They begin after the last closed month, or else with the first that has anything due: a table that is
 * filled with its history gets a statement for each month of it (protocol rule 5).
 */
export const openMonths = async (
  context: BillingContext,
  last: string,
  lastClosed: string | undefined,
): Promise<string[]> => {
  const first = lastClosed === undefined ? await firstDueMonth(context) : addMonths(lastClosed, 1);
  return first === undefined ? [] : monthsFrom(first, last);
};

/**
 * The months that the schedule closes now: they ended at least `closeAfterMs` ago.
 *
 * Before the first close it also waits so long after usage was first seen: a table that is being filled with
 * its history is complete by then, and no month of it is closed half-way.
 */
export const closableMonths = async (
  context: BillingContext,
  closeAfterMs: number,
  lastClosed: string | undefined,
): Promise<string[]> => {
  const months = await openMonths(context, lastEndedMonth(context, closeAfterMs), lastClosed);
  if (months.length === 0 || lastClosed !== undefined) return months;
  const seenAt = await context.store.firstUsageSeenAt(context.now());
  return context.now() < seenAt + closeAfterMs ? [] : months;
};

/** How many months the schedule could have closed and has not. The first call that sees usage keeps its time. */
export const monthsOverdue = async (context: BillingContext, closeAfterMs: number): Promise<number> => {
  const lastClosed = (await context.store.readClosedMonths()).at(-1);
  return (await closableMonths(context, closeAfterMs, lastClosed)).length;
};
