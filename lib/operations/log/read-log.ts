import { DAY_MS } from '../../billing/minutes.ts';
import { addMonths, monthsFrom } from '../../billing/months.ts';
import type { LoggedAction as LoggedActionView } from '../../shapes/operations.ts';
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

const utcMonth = (time: number): string => isoTime(time).slice(0, 7);

/** The times that are wanted: of a month, or from before the first use on. Clocks may be ahead. */
const rangeOf = ({ calendar, since, now }: BillingContext, { month }: LogRequest) =>
  month === undefined
    ? { start: calendar.month(addMonths(since, -1)).start, end: now() + DAY_MS }
    : calendar.month(month);

const toView = ({ id: _, at, ...action }: LoggedAction): LoggedActionView => ({ at: isoTime(at), ...action });

/** A page of the log of what people did, latest first, and the last entry of it if there are more. */
export const readLog = async (
  context: BillingContext,
  request: LogRequest,
): Promise<{ readonly actions: LoggedActionView[]; readonly next?: LogPosition }> => {
  const { projectId, action, limit, before } = request;
  const { start, end } = rangeOf(context, request);
  const last = Math.min(end - 1, before?.at ?? Infinity);
  const actions: LoggedActionView[] = [];
  let latest: LogPosition | undefined;
  // Entries are kept by months of UTC.
  for (const month of last < start ? [] : monthsFrom(utcMonth(start), utcMonth(last)).reverse()) {
    const after = before && utcMonth(before.at) === month ? before : undefined;
    for await (const entry of context.store.loggedActions(month, after)) {
      if (entry.at < start) break;
      if (entry.at >= end) continue;
      if (projectId !== undefined && entry.projectId !== projectId) continue;
      if (action !== undefined && entry.action !== action) continue;
      if (latest && actions.length === limit) return { actions, next: latest };
      latest = { at: entry.at, id: entry.id };
      actions.push(toView(entry));
    }
  }
  return { actions };
};
