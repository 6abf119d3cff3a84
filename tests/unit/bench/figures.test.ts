import { expect, test } from 'vitest';
import {
  atMost,
  type Figure,
  type Limit,
  ratioAtLeast,
  ratioAtMost,
  ratioOf,
  reached,
} from '../../../bench/figures.ts';

const figure = (measured: number, floor: number, limit?: Limit): Figure => ({
  what: 'something',
  unit: 'ms',
  measured,
  floor,
  ...(limit && { limit }),
});

test('the ratio is what was measured over the floor', () => {
  expect(ratioOf(figure(3, 2))).toBe(1.5);
  expect(ratioOf({ what: 'something', unit: 'ms', measured: 3 })).toBeUndefined();
});

test.each<[Limit, number, boolean]>([
  [atMost(9), 9, true],
  [atMost(9), 9.01, false],
  [ratioAtMost(2), 20, true],
  [ratioAtMost(2), 20.1, false],
  [ratioAtLeast(0.8), 8, true],
  [ratioAtLeast(0.8), 7.9, false],
])('a figure keeps its limit or does not: %j, %d over 10', (limit, measured, is) => {
  expect(reached(figure(measured, 10, limit))).toBe(is);
});

test('a figure for comparison has no limit', () => {
  expect(reached(figure(1, 1))).toBeUndefined();
});

test('a ratio without a floor keeps no limit', () => {
  expect(reached({ what: 'something', unit: 'ms', measured: 1, limit: ratioAtMost(2) })).toBe(false);
});
