import { expect, test } from 'vitest';
import { rounded, shortText, toNumber } from '../../../../lib/operations/reconcile/quantity.ts';
import { ONE } from '../../../../lib/sources/provider-figure.ts';
import { compare, H100, inWords, ran, received, usageJson } from './provider.ts';

test.each([
  [0n, 0, '0'],
  [300n * ONE, 0, '300'],
  [300n * ONE, 2, '300'],
  [(33n * ONE) / 10n, 2, '3.3'],
  [ONE / 20n, 3, '0.05'],
  [-10n * ONE, 1, '-10'],
  [-ONE / 3n, 3, '-0.333'],
])('%d with at most %d decimals is %s', (value, decimals, text) => {
  expect(shortText(value, decimals)).toBe(text);
});

test('half is rounded up, of either sign', () => {
  const halves = [1n, 3n, -1n, -3n].map((of) => rounded((of * ONE) / 2n, 0));
  expect(halves).toEqual([1n, 2n, 0n, -1n]);
  expect([rounded((-ONE * 51n) / 100n, 0), rounded((ONE * 49n) / 100n, 0)]).toEqual([-1n, 0n]);
  expect(toNumber(ONE / 3n)).toBe(0.333333333);
});

/** All of October on four GPUs: 56 of them are 9,999,360 unit minutes, 499,968.00 here. */
const HUGE = Array.from({ length: 56 }, (_, n) =>
  ran(`huge-${n}`, '1 00:00', '2026-11-01T00:00:00Z', { gpu: 4 }),
);

test.each([
  ['JPY', 499_969, '1'],
  ['KWD', 499_967.999, '-0.001'],
  ['EUR', 499_967.99, '-0.01'],
])('of 10 million minutes one digit of %s is seen', (currency, amount, difference) => {
  const here = Object.fromEntries(HUGE.map((job) => [job.id, received(job)]));
  const usage = usageJson([['GRA', H100, 56 * 4 * 31 * 1440, amount]]);
  expect(inWords(compare({ here, listed: HUGE, usage, currency }))).toEqual([
    `GRA h100-1-gpu 0 min ${difference} | price 0 min ${difference}`,
  ]);
});
