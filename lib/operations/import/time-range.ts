import { isoTime } from '../public-shapes.ts';

/** The first and the last time of events, ISO 8601. Absent without an event. */
export interface TimeRange {
  readonly from?: string;
  readonly to?: string;
}

export const createTimeRange = () => {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    /** Epoch milliseconds. */
    add(time: number) {
      from = Math.min(from, time);
      to = Math.max(to, time);
    },
    result: (): TimeRange => (from <= to ? { from: isoTime(from), to: isoTime(to) } : {}),
  };
};
