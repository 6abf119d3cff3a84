import { DAY_MS } from '../../lib/billing/minutes.ts';
import { createCalendar } from '../../lib/billing/months.ts';
import type { ReportedEvent } from '../../lib/sources/reported-event.ts';

/** Events older than 400 days are refused; a run may take a day. */
const OLDEST_MS = 399 * DAY_MS;

export interface FittedEvents {
  /** By time. */
  readonly events: readonly ReportedEvent[];
  /** Whole days by which all times were moved; negative is earlier. */
  readonly shiftDays: number;
  /** Jobs that are too old even then. */
  readonly jobsLeftOut: number;
}

const jobOf = ({ data, subject }: ReportedEvent) => `${data.projectId} ${subject}`;
const timeOf = ({ time }: ReportedEvent) => Date.parse(time);

/**
 * Moves all events by the same number of whole days, if need be, so that the last one is in a month
 * that has ended and as many jobs as possible are recent enough to be accepted. Ids stay.
 */
export const fitEvents = (events: readonly ReportedEvent[], now: number): FittedEvents => {
  const bounds = { first: Infinity, last: -Infinity };
  for (const event of events) {
    bounds.first = Math.min(bounds.first, timeOf(event));
    bounds.last = Math.max(bounds.last, timeOf(event));
  }
  const end = createCalendar('UTC').monthOf(now).start;
  const oldest = now - OLDEST_MS;
  const fits = events.length === 0 || (bounds.first >= oldest && bounds.last < end);
  const shiftDays = fits ? 0 : Math.floor((end - 1 - bounds.last) / DAY_MS);
  const shiftMs = shiftDays * DAY_MS;
  const tooOld = new Set(events.filter((event) => timeOf(event) + shiftMs < oldest).map(jobOf));
  return {
    events: events
      .filter((event) => !tooOld.has(jobOf(event)))
      .map((event) => ({ ...event, time: new Date(timeOf(event) + shiftMs).toISOString() }))
      .sort((a, b) => timeOf(a) - timeOf(b)),
    shiftDays,
    jobsLeftOut: tooOld.size,
  };
};
