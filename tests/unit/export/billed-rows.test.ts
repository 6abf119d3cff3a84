import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactAmount } from '../../../lib/billing/money.ts';
import { roundTogether } from '../../../lib/export/billed-rows.ts';

/** So many sixtieths of a euro. */
const sixtieths = (count: bigint): bigint => exactAmount(count, '1');

describe('amounts that are rounded together', () => {
  test('give what is left over to the largest remainder', () => {
    // 1.2 cents and 1.8 cents.
    expect(roundTogether(3n, [exactAmount(60n, '0.012'), exactAmount(60n, '0.018')], 'EUR')).toEqual([
      1n,
      2n,
    ]);
  });

  test('give equal remainders to the earlier one', () => {
    const third = exactAmount(20n, '0.01');
    expect(roundTogether(1n, [third, third, third], 'EUR')).toEqual([1n, 0n, 0n]);
  });

  test('may be negative, and cancel out', () => {
    const amount = exactAmount(61n, '1.93');
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
      expect(() => roundTogether(total, [exactAmount(60n, '0.015')], 'EUR')).toThrow(
        'the total is that of the amounts, rounded once',
      );
    expect(() => roundTogether(2n, [exactAmount(60n, '0.01')], 'EUR')).toThrow('the total is that');
  });

  test('sum to the total, each within one unit of its exact value (I5)', () => {
    const cent = exactAmount(60n, '0.01');
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
