import { addMonths, monthsFrom } from '../../billing/months.ts';
import { type BillingContext, writingMonths } from '../billing-context.ts';
import { readMarks, SHARDS } from './changed-months.ts';

/** The latest month that ended at least `closeAfterMs` ago, in the billing zone. */
export const lastEndedMonth = ({ calendar, now }: BillingContext, closeAfterMs = 0): string =>
  addMonths(calendar.monthOf(now() - closeAfterMs).id, -1);

/** The first changed month, however late its facts were reported; none in a table without usage. */
const firstChangedMonth = async (context: BillingContext): Promise<string | undefined> => {
  const current = context.calendar.monthOf(context.now()).id;
  // The clock of the first use may have been ahead.
  const first = context.since < current ? context.since : current;
  const writing = writingMonths(context, addMonths(first, -1), context.now());
  const changed = await Promise.all(SHARDS.map((shard) => readMarks(context, shard, writing)));
  return changed
    .flatMap((marks) => [...marks.values()].map(({ usageMonth }) => usageMonth))
    .sort()
    .at(0);
};

/**
 * The months up to `last` that are not closed, oldest first. Before the first close they begin with
 * the first changed month, so an imported history has a statement for each month (protocol rule 5).
 */
export const openMonths = async (
  context: BillingContext,
  last: string,
  lastClosed: string | undefined,
): Promise<string[]> => {
  const first = lastClosed === undefined ? await firstChangedMonth(context) : addMonths(lastClosed, 1);
  return first === undefined ? [] : monthsFrom(first, last);
};

/** The month that a close would issue next, if one that has ended is open. */
export const nextToClose = async (context: BillingContext): Promise<string | undefined> => {
  const lastClosed = await context.store.readLastClosedMonth();
  const [next] = await openMonths(context, lastEndedMonth(context), lastClosed);
  return next;
};

/** Whether a month is closed. One is unused while nothing was used up to its end: no close issues it. */
export const stateOfMonth = async (
  context: BillingContext,
  month: string,
): Promise<'closed' | 'open' | 'unused'> => {
  const lastClosed = await context.store.readLastClosedMonth();
  if (lastClosed !== undefined && month <= lastClosed) return 'closed';
  return (await openMonths(context, month, lastClosed)).length === 0 ? 'unused' : 'open';
};

/**
 * The months that the schedule closes now: they ended at least `closeAfterMs` ago. Before the first
 * close usage was first seen that long ago too, so that an import of history is complete by then.
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

/**
 * The ended months that a close with these options closes: up to `month`, or with `closeAfterMs`
 * those that the schedule closes now, or all.
 */
export const dueMonths = async (
  context: BillingContext,
  { month, closeAfterMs }: { readonly month?: string | undefined; readonly closeAfterMs?: number },
  lastClosed: string | undefined,
): Promise<string[]> => {
  if (month === undefined && closeAfterMs !== undefined)
    return closableMonths(context, closeAfterMs, lastClosed);
  const lastEnded = lastEndedMonth(context);
  return openMonths(context, month !== undefined && month < lastEnded ? month : lastEnded, lastClosed);
};

/** How far behind the schedule is with its closes. */
export interface CloseBacklog {
  /** Months that could be closed; none while the oldest of them waits for people only. */
  readonly overdue: number;
  /** Drafts of the oldest of them that wait for a person, or are held back. */
  readonly drafts: number;
}

/** The closable months that are not closed. May record the time usage was first seen. */
export const closeBacklog = async (context: BillingContext, closeAfterMs: number): Promise<CloseBacklog> => {
  const { store } = context;
  const lastClosed = await store.readLastClosedMonth();
  const months = await closableMonths(context, closeAfterMs, lastClosed);
  const [oldest] = months;
  const shards = oldest === undefined ? [] : await store.readShards(oldest);
  const drafts = shards.reduce((sum, shard) => sum + (shard.drafts ?? 0), 0);
  const waitsForPeople =
    drafts > 0 &&
    shards.every(
      ({ step, isPaused, failures }) => step === 'done' || (isPaused === true && failures.length === 0),
    );
  return { overdue: waitsForPeople ? 0 : months.length, drafts };
};
