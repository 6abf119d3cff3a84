import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactAmount } from '../../../lib/billing/money.ts';
import { scaled } from '../../../lib/export/decimal.ts';
import { createListCosts, listCostOf } from '../../../lib/export/list-cost.ts';

test('a cost that ends is exact, with the digits it has and no more', () => {
  expect(listCostOf(8_000, '0.03')).toBe('0.004');
  expect(listCostOf(-60_000, '1.93')).toBe('-1.93');
  expect(listCostOf(1, '0.000000000003')).toBe('0.00000000000000005');
});

test('a cost that never ends has twelve decimals, or those of its price and five more', () => {
  expect(listCostOf(4_000, '1.93')).toBe('0.128666666667');
  expect(listCostOf(1, '0.000000000001')).toBe('0.00000000000000002');
});

/** Whole numbers of thousandths of unit minutes, mostly of whole minutes and units. */
const quantity = fc.oneof(
  fc.integer({ min: -10_000, max: 10_000 }).map((minutes) => minutes * 1000),
  fc.integer({ min: -(10 ** 9), max: 10 ** 9 }),
);
const price = fc
  .tuple(fc.nat({ max: 999 }), fc.stringMatching(/^\d{0,12}$/))
  .map(([whole, decimals]) => `${whole}${decimals === '' ? '' : `.${decimals}`}`);

/** Of sixtieths in 10^-17, which are whole for every cost that ends. */
const EVER = 17;

test('costs at a price are exact where they end, and sum to the exact cost of all', () => {
  fc.assert(
    fc.property(price, fc.array(quantity), (perHour, quantities) => {
      const exact = quantities.map((each) => exactAmount(BigInt(each), perHour) * 100n);
      const costs = createListCosts(perHour);
      for (const amount of exact) costs.add(amount / 100n);
      const costOf = costs.costs();
      const given = exact.map((amount) => scaled(costOf(amount / 100n), EVER) * 60n);
      const last = 60n * 10n ** BigInt(EVER - 12);
      for (const [index, amount] of exact.entries()) {
        const off = (given[index] ?? 0n) - amount;
        if (amount % 60n === 0n) expect(off).toBe(0n);
        else expect(off < last && off > -last).toBe(true);
      }
      const [total, ofAll] = [given, exact].map((all) => all.reduce((a, b) => a + b, 0n));
      const off = (total ?? 0n) - (ofAll ?? 0n);
      if ((ofAll ?? 0n) % 60n === 0n) expect(off).toBe(0n);
      else expect(2n * off <= last && 2n * off >= -last).toBe(true);
    }),
  );
});
