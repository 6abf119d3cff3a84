import { DAY_MS } from '../../lib/billing/minutes.ts';
import { createCalendar } from '../../lib/billing/months.ts';
import type { ReportedEvent } from '../../lib/sources/reported-event.ts';

/** Events older than 400 days are refused; a run may take a day. */
const OLDEST_MS = 399 * DAY_MS;

export interface Shift {
  readonly source: string;
  /** Whole days by which all times of the source were moved; negative is earlier. */
  readonly days: number;
}

export interface FittedEvents {
  /** By time. */
  readonly events: readonly ReportedEvent[];
  readonly shifts: readonly Shift[];
  /** Jobs that are too old even then. */
  readonly jobsLeftOut: number;
}

const jobOf = ({ data, subject }: ReportedEvent) => `${data.projectId} ${subject}`;
const timeOf = ({ time }: ReportedEvent) => Date.parse(time);

/**
 * The shift after which the last event is in a month that has ended; none if all fit as they are.
 */
const shiftOf = (events: readonly ReportedEvent[], oldest: number, end: number): number => {
  let [first, last] = [Infinity, -Infinity];
  for (const event of events) {
    first = Math.min(first, timeOf(event));
    last = Math.max(last, timeOf(event));
  }
  return first >= oldest && last < end ? 0 : Math.floor((end - 1 - last) / DAY_MS);
};

/**
 * Moves the events of each source by whole days, if need be, so that all are in months that have
 * ended and as many jobs as possible are recent enough to be accepted. Ids stay.
 */
export const fitEvents = (events: readonly ReportedEvent[], now: number): FittedEvents => {
  const end = createCalendar('UTC').monthOf(now).start;
  const oldest = now - OLDEST_MS;
  const shifts: Shift[] = [];
  const fitted: ReportedEvent[] = [];
  for (const [source, ofSource] of Map.groupBy(events, (event) => event.source)) {
    const days = shiftOf(ofSource, oldest, end);
    shifts.push({ source, days });
    for (const event of ofSource)
      fitted.push({ ...event, time: new Date(timeOf(event) + days * DAY_MS).toISOString() });
  }
  const tooOld = new Set(fitted.filter((event) => timeOf(event) < oldest).map(jobOf));
  return {
    events: fitted.filter((event) => !tooOld.has(jobOf(event))).sort((a, b) => timeOf(a) - timeOf(b)),
    shifts,
    jobsLeftOut: tooOld.size,
  };
};
