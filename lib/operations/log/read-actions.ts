import { DAY_MS } from '../../billing/minutes.ts';
import { addMonths, monthsFrom } from '../../billing/months.ts';
import type { ActionLog, ActionName, LoggedAction as LoggedActionView } from '../../shapes/operations.ts';
import type { LoggedAction } from '../../store/action-log.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';

/** An entry, for the start of the next page. */
export type LogPosition = Pick<LoggedAction, 'at' | 'id'>;

export interface LogRequest {
  /** A month of the billing zone; without it all months, latest first. */
  readonly month?: string | undefined;
  readonly projectId?: string | undefined;
  readonly action?: string | undefined;
  readonly limit: number;
  /** Only entries before this one. */
  readonly before?: LogPosition | undefined;
}

/** A page, and the last entry of it if there are more. */
type LogPage = Omit<ActionLog, 'next'> & { readonly next?: LogPosition };

const utcMonth = (time: number): string => isoTime(time).slice(0, 7);

/** The times that are wanted: of a month, or from before the first use on. Clocks may be ahead. */
const rangeOf = ({ calendar, since, now }: BillingContext, { month }: LogRequest) =>
  month === undefined
    ? { start: calendar.month(addMonths(since, -1)).start, end: now() + DAY_MS }
    : calendar.month(month);

const toView = ({ id: _, at, action, ...entry }: LoggedAction): LoggedActionView => ({
  at: isoTime(at),
  action: action as ActionName,
  ...entry,
});

/** A page of the log of what people did, latest first. */
export const readActions = async (context: BillingContext, request: LogRequest): Promise<LogPage> => {
  const { month, projectId, action, limit, before } = request;
  const { timeZone } = context.calendar;
  const page = { timeZone, ...(month !== undefined && { month }) };
  const { start, end } = rangeOf(context, request);
  const last = Math.min(end - 1, before?.at ?? Infinity);
  const actions: LoggedActionView[] = [];
  let latest: LogPosition | undefined;
  // Entries are kept by months of UTC.
  for (const utc of last < start ? [] : monthsFrom(utcMonth(start), utcMonth(last)).reverse()) {
    const after = before && utcMonth(before.at) === utc ? before : undefined;
    for await (const entry of context.store.loggedActions(utc, after)) {
      if (entry.at < start) break;
      if (entry.at >= end) continue;
      if (projectId !== undefined && entry.projectId !== projectId) continue;
      if (action !== undefined && entry.action !== action) continue;
      if (latest && actions.length === limit) return { ...page, actions, next: latest };
      latest = { at: entry.at, id: entry.id };
      actions.push(toView(entry));
    }
  }
  return { ...page, actions };
};
