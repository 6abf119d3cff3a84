import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocate, createRounding, minorUnit } from '../../../lib/billing/largest-remainder.ts';
import { exactAmount } from '../../../lib/billing/money.ts';

/** So many sixtieths of a euro. */
const sixtieths = (count: bigint): bigint => exactAmount(count * 1_000n, '1');

const roundTogether = (total: bigint, amounts: readonly bigint[], currency: string): bigint[] => {
  const rounding = createRounding(minorUnit(currency));
  for (const amount of amounts) rounding.add(amount);
  return amounts.map(rounding.roundTo(total));
};

describe('amounts that are rounded together', () => {
  test('give what is left over to the largest remainder', () => {
    // 1.2 cents and 1.8 cents.
    expect(roundTogether(3n, [exactAmount(60_000n, '0.012'), exactAmount(60_000n, '0.018')], 'EUR')).toEqual([
      1n,
      2n,
    ]);
  });

  test('give equal remainders to the earlier one', () => {
    const third = exactAmount(20_000n, '0.01');
    expect(roundTogether(1n, [third, third, third], 'EUR')).toEqual([1n, 0n, 0n]);
  });

  test('may be negative, and cancel out', () => {
    const amount = exactAmount(61_000n, '1.93');
    expect(roundTogether(0n, [-amount, amount], 'EUR')).toEqual([-196n, 196n]);
    expect(roundTogether(-1930n, [sixtieths(-1158n)], 'EUR')).toEqual([-1930n]);
  });

  test('are whole units of a currency without minor ones', () => {
    expect(roundTogether(2n, [sixtieths(59n), sixtieths(61n)], 'JPY')).toEqual([1n, 1n]);
  });

  test('are none', () => {
    expect(roundTogether(0n, [], 'EUR')).toEqual([]);
  });

  test('are refused a total that is not theirs', () => {
    for (const total of [0n, 3n])
      expect(() => roundTogether(total, [exactAmount(60_000n, '0.015')], 'EUR')).toThrow(
        'the total is that of the amounts, rounded once',
      );
    expect(() => roundTogether(2n, [exactAmount(60_000n, '0.01')], 'EUR')).toThrow('the total is that');
  });

  test('have a sum of their own, half up', () => {
    const rounding = createRounding(minorUnit('EUR'));
    expect(rounding.total()).toBe(0n);
    for (const price of ['0.012', '0.013', '0.99']) rounding.add(exactAmount(60_000n, price));
    expect(rounding.total()).toBe(102n);
    rounding.add(-exactAmount(60_000n, '2.01'));
    expect(rounding.total()).toBe(-99n);
  });

  test('sum to the total, each within one unit of its exact value (I5)', () => {
    const cent = exactAmount(60_000n, '0.01');
    const amount = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
    fc.assert(
      fc.property(fc.array(amount), fc.boolean(), (amounts, up) => {
        const sum = amounts.reduce((a, b) => a + b, 0n);
        const down = (sum - (((sum % cent) + cent) % cent)) / cent;
        const total = up && down * cent !== sum ? down + 1n : down;
        const rounded = roundTogether(total, amounts, 'EUR');
        expect(rounded.reduce((a, b) => a + b, 0n)).toBe(total);
        for (const [index, share] of rounded.entries()) {
          const off = share * cent - (amounts[index] ?? 0n);
          expect(off > -cent && off < cent).toBe(true);
        }
      }),
    );
  });
});

describe('allocation', () => {
  test('gives what is left over to the largest remainder', () => {
    // Exact parts 1.5, 2.8 and 5.7.
    expect(allocate(10n, [15n, 28n, 57n])).toEqual([1n, 3n, 6n]);
    // Exact parts 1.9, 3 and 5.1: the largest remainder is that of the smallest share.
    expect(allocate(10n, [19n, 30n, 51n])).toEqual([2n, 3n, 5n]);
  });

  test('gives equal remainders to the earlier share', () => {
    expect(allocate(100n, [1n, 1n, 1n])).toEqual([34n, 33n, 33n]);
    expect(allocate(2n, [1n, 1n, 1n])).toEqual([1n, 1n, 0n]);
  });

  test('mirrors a negative total', () => {
    expect(allocate(-100n, [1n, 1n, 1n])).toEqual([-34n, -33n, -33n]);
  });

  test('gives nothing to no weight', () => {
    expect(allocate(7n, [0n, 3n, 0n])).toEqual([0n, 7n, 0n]);
    expect(allocate(0n, [0n, 0n])).toEqual([0n, 0n]);
    expect(allocate(0n, [])).toEqual([]);
  });

  test('refuses money that no weight could take, and negative weights', () => {
    for (const weights of [[], [0n], [-1n, 2n]])
      expect(() => allocate(1n, weights)).toThrow('weights are not negative, and positive in sum');
  });

  test('sums exactly, each share within one unit of its exact part (I5)', () => {
    const weight = fc.bigInt({ min: 0n, max: 10n ** 9n });
    const weights = fc.array(weight, { minLength: 1 }).filter((all) => all.some((one) => one > 0n));
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), weights, (total, all) => {
        const sum = all.reduce((a, b) => a + b, 0n);
        const shares = allocate(total, all);
        expect(shares.reduce((a, b) => a + b, 0n)).toBe(total);
        for (const [index, share] of shares.entries()) {
          const off = share * sum - total * (all[index] ?? 0n);
          expect(off > -sum && off < sum).toBe(true);
        }
      }),
    );
  });
});
