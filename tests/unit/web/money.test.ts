import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amountTimes60, exactAmount, formatMinor, roundHalfUp } from '../../../lib/billing/money.ts';
import { exactSixtieth, grouped, roundedAmount, roundedSum, wholeUnits } from '../../../web/money.ts';

describe('an amount for people', () => {
  test.each([
    ['0.00', '0.00'],
    ['999.99', '999.99'],
    ['1234.50', '1\u202f234.50'],
    ['1234567', '1\u202f234\u202f567'],
    ['-1234.5', '\u22121\u202f234.5'],
    ['1.234567', '1.234567'],
  ])('%s is %s', (decimal, shown) => {
    expect(grouped(decimal)).toBe(shown);
  });
});

test.each([
  ['2318.81', '2319'],
  ['2318.50', '2319'],
  ['2318.49', '2318'],
  ['999.5', '1000'],
  ['9007199254740993.50', '9007199254740994'],
  ['0.40', '0'],
  ['-0.40', '0'],
  ['-14.60', '-15'],
  ['1234', '1234'],
])('%s in whole units is %s', (decimal, whole) => {
  expect(wholeUnits(decimal)).toBe(whole);
});

describe('an exact amount', () => {
  test.each([
    ['694.8', 'EUR', '11.58'],
    ['864', 'EUR', '14.40'],
    ['3.86', 'EUR', '0.064333…'],
    ['50.18', 'EUR', '0.836333…'],
    ['0', 'EUR', '0.00'],
    ['0.000001', 'EUR', '0.000000…'],
    ['120', 'JPY', '2'],
    ['60.06', 'JPY', '1.001'],
  ])('%s sixtieths in %s is written out as %s', (times60, currency, shown) => {
    expect(exactSixtieth(times60, currency)).toBe(shown);
  });

  test('is never further from what is billed than half a cent and what was cut off', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 9n }),
        fc.integer({ min: 0, max: 10 ** 7 }),
        (minutes, price) => {
          const times60 = amountTimes60(exactAmount(minutes, (price / 10_000).toFixed(4)));
          const exact = Number(exactSixtieth(times60, 'EUR').replace('…', ''));
          expect(Math.abs(Number(roundedSum([times60], 'EUR')) - exact)).toBeLessThanOrEqual(0.005 + 1e-3);
        },
      ),
    );
  });

  test('is rounded once, after it is added up', () => {
    const third = amountTimes60(exactAmount(1_000n, '0.20'));
    expect(roundedSum([third, third, third, third], 'EUR')).toBe('0.01');
    expect(roundedSum([], 'EUR')).toBe(formatMinor(roundHalfUp(0n, 'EUR'), 'EUR'));
  });
});

test.each([
  ['7.72', 'EUR', '7.72'],
  ['7.7', 'EUR', '7.70'],
  ['0.321666666666666', 'EUR', '0.32'],
  ['-0.005', 'EUR', '-0.01'],
  ['-0.004', 'EUR', '0.00'],
  ['-1234.5', 'JPY', '-1235'],
  ['123456789012345678.125', 'KWD', '123456789012345678.125'],
])('%s in the digits of %s is %s', (decimal, currency, rounded) => {
  expect(roundedAmount(decimal, currency)).toBe(rounded);
});
