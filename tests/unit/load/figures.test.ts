import { expect, test } from 'vitest';
import { growthPerMinute } from '../../load/memory.ts';
import { percentile } from '../../load/report.ts';

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

test('a percentile is the smallest value that so much of all are not above', () => {
  expect([0.5, 0.95, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 95, 99, 100]);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([], 0.5)).toBeUndefined();
});

const samplesOf = (mebibytesAt: (second: number) => number) =>
  Array.from({ length: 601 }, (_, seconds) => ({ seconds, mebibytes: mebibytesAt(seconds) }));

test('memory that rises and stays is flat, whatever the first third did', () => {
  expect(growthPerMinute(samplesOf((second) => (second < 150 ? 100 + second : 250)))).toBeCloseTo(0);
});

test('memory that rises for good grows by what it rises a minute', () => {
  expect(growthPerMinute(samplesOf((second) => 100 + second / 30))).toBeCloseTo(2);
});

test('one sample, or none, has no growth', () => {
  expect(growthPerMinute([])).toBe(0);
  expect(growthPerMinute([{ seconds: 0, mebibytes: 100 }])).toBe(0);
});
