import { expect, test } from 'vitest';
import { durationMs } from '../../../lib/billing/duration.ts';

test.each([
  ['PT0S', 0],
  ['PT0.5S', 500],
  ['PT6H', 21_600_000],
  ['P1DT1M', 86_460_000],
  ['P28D', 2_419_200_000],
  ['-PT1H', -3_600_000],
])('%s is %d milliseconds', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each(['', '6h', 'P', 'P1M', 'P1Y', 'PT1H ', '21600'])('%j is no duration of days and hours', (text) => {
  expect(durationMs(text)).toBeNaN();
});
