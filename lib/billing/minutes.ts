import assert from 'node:assert/strict';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
/** 24 hours, for limits and ages; a calendar day may be longer or shorter. */
export const DAY_MS = 24 * HOUR_MS;

/** Minutes that commence in `[start, end)`, each counted whole. Epoch milliseconds. */
export const commencedMinutes = (start: number, end: number): number => {
  assert(start <= end, 'an interval never ends before it starts');
  return Math.ceil((end - start) / MINUTE_MS);
};

/** Minutes of `[start, end)` that commence in one stretch, e.g. a month or a time of one price. */
export interface MinuteRun<Stretch> {
  readonly stretch: Stretch;
  /** When the run's first minute starts. */
  readonly start: number;
  /** End of its last minute, or of the interval if that is earlier. */
  readonly end: number;
  readonly minutes: number;
}

/**
 * The minutes of `[start, end)`, split where the stretch changes. Minute k starts at `start + 60k
 * s` and belongs wholly to the stretch it starts in, so however an interval is split, its minutes
 * sum to ceil(duration / 60 s) (I2).
 */
export const splitMinutes = <Stretch extends { readonly end: number }>(
  start: number,
  end: number,
  stretchAt: (time: number) => Stretch,
): MinuteRun<Stretch>[] => {
  const runs: MinuteRun<Stretch>[] = [];
  for (let minuteStart = start; minuteStart < end; ) {
    const stretch = stretchAt(minuteStart);
    assert(stretch.end > minuteStart, 'a minute starts before its stretch ends');
    const minutes = commencedMinutes(minuteStart, Math.min(end, stretch.end));
    const nextStart = minuteStart + minutes * MINUTE_MS;
    runs.push({ stretch, start: minuteStart, end: Math.min(nextStart, end), minutes });
    minuteStart = nextStart;
  }
  return runs;
};
