import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { durationMs, durationWords, isoDuration, isoDurationMs } from '../../../lib/billing/duration.ts';

const ISO: [string, number][] = [
  ['PT0S', 0],
  ['PT0.5S', 500],
  ['PT6H', 21_600_000],
  ['P1DT1M', 86_460_000],
  ['P28D', 2_419_200_000],
  ['P1W', 604_800_000],
  ['P2W3DT0.5S', 1_468_800_500],
  ['-PT1H', -3_600_000],
  ['-P1W', -604_800_000],
];

const SHORT: [string, number][] = [
  ['0s', 0],
  ['45s', 45_000],
  ['90m', 5_400_000],
  ['36h', 129_600_000],
  ['7d', 604_800_000],
  ['1w', 604_800_000],
  ['1w2d', 777_600_000],
  ['1h30m', 5_400_000],
];

test.each([...ISO, ...SHORT])('%s is %d milliseconds', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each([
  '',
  'P',
  'P1M',
  'P1Y',
  'PT1H ',
  '21600',
  'h',
  '7 d',
  '7D',
  '30m1h',
  '1d1d',
  '-1h',
  '1.5h',
  '1y',
  '1mo',
])('%j is no duration', (text) => {
  expect(durationMs(text)).toBeNaN();
});

test.each(ISO)('of ISO 8601 only, %s is %d milliseconds', (text, ms) => {
  expect(isoDurationMs(text)).toBe(ms);
});

test.each(SHORT)('of ISO 8601 only, %s is no duration', (text) => {
  expect(isoDurationMs(text)).toBeNaN();
});

describe('a duration of whole seconds', () => {
  test.each([
    [0, 'PT0S', '0 seconds'],
    [1_000, 'PT1S', '1 second'],
    [5_400_000, 'PT1H30M', '1 hour 30 minutes'],
    [86_460_000, 'P1DT1M', '1 day 1 minute'],
    [2_419_200_000, 'P28D', '28 days'],
  ])('of %d ms is %s, or %s', (ms, iso, words) => {
    expect([isoDuration(ms), durationWords(ms)]).toEqual([iso, words]);
  });

  test('is read as it is shown', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 366 * 86_400 }), (seconds) => {
        expect(isoDurationMs(isoDuration(seconds * 1_000))).toBe(seconds * 1_000);
      }),
    );
  });
});
