import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  amountTimes60,
  canonicalPrice,
  exactAmount,
  formatMinor,
  fromMilli,
  isCurrency,
  isPrice,
  minorDigits,
  PRICE_RULE,
  parseMinor,
  parseTimes60,
  roundHalfUp,
  toMilli,
} from '../../../lib/billing/money.ts';

describe('prices', () => {
  test.each(['0', '0.03', '1.93', '00.030', '999999999.999999999999', '0.000000000001'])(
    '%s is a price',
    (text) => {
      expect(isPrice(text)).toBe(true);
    },
  );

  test.each([
    '',
    '.5',
    '1.',
    '-1',
    '+1',
    '1e3',
    '1,5',
    ' 1',
    '1 ',
    '1\n',
    '0x1',
    '1.0000000000001',
    '1234567890',
    'NaN',
  ])('%j is not a price', (text) => {
    expect(isPrice(text)).toBe(false);
    expect(() => exactAmount(1n, text)).toThrow('a price is a decimal string');
    expect(() => canonicalPrice(text)).toThrow('a price is a decimal string');
  });

  test.each([
    ['00.030', '0.03'],
    ['0.03', '0.03'],
    ['1.000', '1'],
    ['10', '10'],
    ['007', '7'],
    ['0.0', '0'],
  ])('%s is spelled %s', (price, canonical) => {
    expect(canonicalPrice(price)).toBe(canonical);
  });

  test('the documented pattern is the one that is checked', () => {
    const [whole = 0, decimals = 0] = [...PRICE_RULE.matchAll(/\d+/g)].map(Number);
    const isPriceOf = (before: number, after: number) =>
      isPrice(`${'9'.repeat(before)}.${'9'.repeat(after)}`);
    expect(isPriceOf(whole, decimals)).toBe(true);
    expect(isPriceOf(whole + 1, decimals)).toBe(false);
    expect(isPriceOf(whole, decimals + 1)).toBe(false);
  });

  test('one spelling stands for one value', () => {
    const digits = (pattern: RegExp) => fc.stringMatching(pattern);
    fc.assert(
      fc.property(digits(/^\d{1,6}$/), digits(/^\d{1,9}$/), digits(/^0{0,3}$/), (whole, decimals, zeros) => {
        const price = `${whole}.${decimals}`;
        expect(canonicalPrice(`${zeros}${price}${zeros}`)).toBe(canonicalPrice(price));
        expect(canonicalPrice(canonicalPrice(price))).toBe(canonicalPrice(price));
        expect(exactAmount(7n, canonicalPrice(price))).toBe(exactAmount(7n, price));
      }),
    );
  });
});

describe('exact amounts', () => {
  const eur = (milliUnitMinutes: bigint, pricePerHour: string) =>
    formatMinor(roundHalfUp(exactAmount(milliUnitMinutes, pricePerHour), 'EUR'), 'EUR');

  test('10 days of 2 CPUs at 0.03 are 14.40', () => {
    expect(eur(10n * 24n * 60n * 2_000n, '0.03')).toBe('14.40');
  });

  test('5 hours of 2 GPUs at 1.93 are 19.30', () => {
    expect(eur(5n * 60n * 2_000n, '1.93')).toBe('19.30');
  });

  test('an hour costs the price of an hour to its last decimal', () => {
    expect(amountTimes60(exactAmount(60_000n, '0.000000000001'))).toBe('0.00000000006');
    expect(amountTimes60(exactAmount(1_000n, '0.000000000001'))).toBe('0.000000000001');
    // A thousandth of a unit.
    expect(amountTimes60(exactAmount(1n, '0.000000000001'))).toBe('0.000000000000001');
  });

  test.each([
    [20_000n, '0.03', '0.6'],
    [1_000n, '1.93', '1.93'],
    [500n, '1.93', '0.965'],
    [1n, '1.93', '0.00193'],
    [100_000n, '0.03', '3'],
    [0n, '0.03', '0'],
    [1_000_000_000_000_000n, '999999999.999999999999', '999999999999999999999'],
  ])('%i thousandths of unit minutes at %s are a sixtieth of %s', (milliUnitMinutes, price, times60) => {
    expect(amountTimes60(exactAmount(milliUnitMinutes, price))).toBe(times60);
  });

  test('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), (amount) => {
        expect(parseTimes60(amountTimes60(amount))).toBe(amount);
      }),
    );
  });

  test('adding up minutes and adding up amounts is the same', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), (minutes) => {
        const sum = minutes.reduce((total, count) => total + BigInt(count), 0n);
        const amounts = minutes.map((count) => exactAmount(BigInt(count), '0.123456789012'));
        expect(exactAmount(sum, '0.123456789012')).toBe(amounts.reduce((a, b) => a + b, 0n));
      }),
    );
  });
});

describe('thousandths', () => {
  test.each([
    [500, 0.5],
    [1, 0.001],
    [1_001, 1.001],
    [64_000, 64],
    [0, 0],
  ])('%i of them are %d', (milli, count) => {
    expect(fromMilli(milli)).toBe(count);
    expect(toMilli(count)).toBe(milli);
  });

  test('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), (milli) => {
        expect(toMilli(fromMilli(milli))).toBe(milli);
      }),
    );
  });

  test.each([0.0005, 1.0001, 0.9999, 1 / 3, Number.NaN])('%d is no number of them', (count) => {
    expect(toMilli(count)).toBeNaN();
  });
});

describe('rounding', () => {
  test.each([
    // 0.03 an hour is 0.0005 a minute.
    ['EUR', 9n, '0.03', 0n],
    ['EUR', 10n, '0.029999999999', 0n],
    ['EUR', 10n, '0.03', 1n],
    ['EUR', 20n, '0.03', 1n],
    ['EUR', 29n, '0.03', 1n],
    ['EUR', 30n, '0.03', 2n],
    ['EUR', 0n, '0.03', 0n],
    ['KWD', 1n, '0.03', 1n],
    ['KWD', 2n, '0.03', 1n],
    ['KWD', 1n, '0.029999999999', 0n],
    ['JPY', 1n, '30', 1n],
    ['JPY', 1n, '29.999999999999', 0n],
    ['JPY', 3n, '30', 2n],
    ['JPY', 5n, '30', 3n],
  ])('%s: %i minutes at %s are %i minor units', (currency, minutes, price, minor) => {
    expect(roundHalfUp(exactAmount(minutes * 1_000n, price), currency)).toBe(minor);
  });

  test('never moves an amount by more than half a minor unit, and a tie goes up', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 27n }),
        fc.constantFrom('EUR', 'JPY', 'KWD'),
        (amount, currency) => {
          const amountPerMinor = (60n * 10n ** 15n) / 10n ** BigInt(minorDigits(currency));
          const gained = roundHalfUp(amount, currency) * amountPerMinor - amount;
          expect(2n * gained <= amountPerMinor && -2n * gained < amountPerMinor).toBe(true);
        },
      ),
    );
  });

  test('refuses a cumulative amount below zero', () => {
    expect(() => roundHalfUp(-1n, 'EUR')).toThrow('never negative');
  });
});

describe('currencies', () => {
  test.each([
    ['EUR', 2],
    ['USD', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['KWD', 3],
    ['TND', 3],
    ['CLF', 4],
    // ISO 4217 gives these two digits, although five of the minor unit make one.
    ['MGA', 2],
    ['MRU', 2],
  ])('%s has %i digits', (currency, digits) => {
    expect(isCurrency(currency)).toBe(true);
    expect(minorDigits(currency)).toBe(digits);
  });

  test.each(['', 'eur', 'EURO', 'ZZZ', 'constructor'])('%j is no currency', (code) => {
    expect(isCurrency(code)).toBe(false);
    expect(() => minorDigits(code)).toThrow(`${code} is not a currency`);
  });
});

describe('minor units as text', () => {
  test.each([
    [1440n, 'EUR', '14.40'],
    [0n, 'EUR', '0.00'],
    [5n, 'EUR', '0.05'],
    [-5n, 'EUR', '-0.05'],
    [-1930n, 'EUR', '-19.30'],
    [1440n, 'JPY', '1440'],
    [-1n, 'JPY', '-1'],
    [0n, 'JPY', '0'],
    [1440n, 'KWD', '1.440'],
    [-40n, 'KWD', '-0.040'],
  ])('%i %s is %s', (minor, currency, text) => {
    expect(formatMinor(minor, currency)).toBe(text);
  });

  test('are read back as they were written', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        fc.constantFrom('EUR', 'JPY', 'KWD'),
        (minor, currency) => {
          expect(parseMinor(formatMinor(minor, currency))).toBe(minor);
        },
      ),
    );
  });
});
