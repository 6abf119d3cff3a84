import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { BEFORE, type FigureName } from '../../../bench/before.ts';
import { type Figure, ratioAtMost } from '../../../bench/figures.ts';
import { showLines, viewOf } from '../../../bench/show.ts';

const SETTINGS = { rounds: 5, quick: false };

const figures = (Object.keys(BEFORE) as FigureName[]).map(
  (name): Figure => ({
    what: `${name}, with as many words behind it as the longest of them has in the table`,
    ...{ name, unit: 'units', measured: 12_345_678, floor: 12_345.6, limit: ratioAtMost(99.99) },
  }),
);

test('a figure stands beside its value of the last release, a ratio beside a ratio', () => {
  const figure: Figure = { what: 'sums', name: 'billing over sums', unit: 'ms', measured: 50, floor: 10 };
  expect(showLines([figure], SETTINGS)).toMatch(/sums +13\.80x +50 ms +10 ms +5\.00x/);
  expect(viewOf([figure], SETTINGS).lines).toMatchObject([
    { name: 'billing over sums', before: 13.8, ratio: 5 },
  ]);
});

test('a figure without a name has none', () => {
  const text = showLines([{ what: 'something', unit: 'ms', measured: 50 }], SETTINGS);
  expect(text).toMatch(/something +50 ms/);
  expect(text).not.toContain('before:');
});

test('the table is at most 120 columns wide, whatever the figures are called', () => {
  const lines = stripVTControlCharacters(showLines(figures, SETTINGS)).split('\n');
  expect(lines.some((line) => line.includes('99.99x'))).toBe(true);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
});
