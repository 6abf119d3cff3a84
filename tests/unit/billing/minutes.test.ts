import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commencedMinutes, splitMinutes } from '../../../lib/billing/minutes.ts';
import { createCalendar } from '../../../lib/billing/months.ts';
import { at, MINUTE } from './builders.ts';

const START = at('2026-10-05T08:00:00Z');

describe('commenced minutes', () => {
  test.each([
    [0, 0],
    [1, 1],
    [59_999, 1],
    [60_000, 1],
    [60_001, 2],
    [120_000, 2],
    [10 * 24 * 60 * 60_000, 14_400],
  ])('%i ms are %i minutes', (duration, minutes) => {
    expect(commencedMinutes(START, START + duration)).toBe(minutes);
  });

  test('an interval never ends before it starts', () => {
    expect(() => commencedMinutes(START, START - 1)).toThrow('never ends before it starts');
  });
});

describe('splitting', () => {
  const utc = createCalendar('UTC');
  const byMonth = (start: string, end: string) =>
    splitMinutes(at(start), at(end), utc.monthOf).map((run) => [
      run.stretch.id,
      new Date(run.start).toISOString(),
      new Date(run.end).toISOString(),
      run.minutes,
    ]);

  test('a minute that straddles midnight of the 1st belongs to the month it started in', () => {
    expect(byMonth('2026-10-31T23:58:30Z', '2026-11-01T00:01:00Z')).toEqual([
      ['2026-10', '2026-10-31T23:58:30.000Z', '2026-11-01T00:00:30.000Z', 2],
      ['2026-11', '2026-11-01T00:00:30.000Z', '2026-11-01T00:01:00.000Z', 1],
    ]);
  });

  test('a minute that starts at midnight of the 1st belongs to the new month', () => {
    expect(
      byMonth('2026-10-31T23:59:00Z', '2026-11-01T00:01:00Z').map(([month, , , minutes]) => [month, minutes]),
    ).toEqual([
      ['2026-10', 1],
      ['2026-11', 1],
    ]);
  });

  test('a minute that starts a millisecond earlier belongs to the old one', () => {
    expect(byMonth('2026-10-31T23:59:59.999Z', '2026-11-01T00:00:30Z')).toEqual([
      ['2026-10', '2026-10-31T23:59:59.999Z', '2026-11-01T00:00:30.000Z', 1],
    ]);
  });

  test('an interval that ends at midnight of the 1st leaves nothing in the new month', () => {
    expect(byMonth('2026-10-31T23:00:00Z', '2026-11-01T00:00:00Z')).toEqual([
      ['2026-10', '2026-10-31T23:00:00.000Z', '2026-11-01T00:00:00.000Z', 60],
    ]);
  });

  test('29 February has its own 1,440 minutes', () => {
    expect(
      byMonth('2028-02-28T12:00:00Z', '2028-03-01T12:00:00Z').map(([month, , , minutes]) => [month, minutes]),
    ).toEqual([
      ['2028-02', 36 * 60],
      ['2028-03', 12 * 60],
    ]);
  });

  test('an empty interval has no parts', () => {
    expect(byMonth('2026-10-31T23:00:00Z', '2026-10-31T23:00:00Z')).toEqual([]);
  });

  test('however an interval is split its minutes sum to the minutes it commenced (I2)', () => {
    const durationMs = fc.integer({ min: 0, max: 300 * MINUTE });
    const bounds = fc.array(fc.integer({ min: 0, max: 300 * MINUTE }), { maxLength: 12 });
    fc.assert(
      fc.property(durationMs, bounds, (duration, unsorted) => {
        const ends = [...unsorted.map((bound) => START + bound), Number.POSITIVE_INFINITY].sort(
          (a, b) => a - b,
        );
        const stretchAt = (time: number) => ({ end: ends.find((end) => end > time) ?? Number.NaN });
        const runs = splitMinutes(START, START + duration, stretchAt);
        expect(runs.reduce((sum, run) => sum + run.minutes, 0)).toBe(Math.ceil(duration / 60_000));
        for (const [index, run] of runs.entries()) {
          expect(run.minutes).toBeGreaterThan(0);
          expect((run.start - START) % MINUTE).toBe(0);
          expect(run.start).toBeLessThan(run.stretch.end);
          expect(run.end).toBe(runs[index + 1]?.start ?? START + duration);
        }
      }),
    );
  });

  test('never come from a price that has ended before they start', () => {
    const split = (end: number) => splitMinutes(START, START + MINUTE, () => ({ end }));
    const rule = 'a minute starts before its stretch ends';
    expect(() => split(START)).toThrow(rule);
    expect(() => split(START - 1)).toThrow(rule);
    expect(split(START + 1)).toHaveLength(1);
  });
});
