import { formatDigits } from '../../billing/money.ts';
import { ONE } from '../../sources/provider-figure.ts';

/** Unit minutes and money, each in {@link ONE}s: exact, of either sign. */
export interface Quantity {
  readonly time: bigint;
  readonly money: bigint;
}

export const NOTHING: Quantity = { time: 0n, money: 0n };

export const plus = (a: Quantity, b: Quantity): Quantity => ({
  time: a.time + b.time,
  money: a.money + b.money,
});

export const minus = (a: Quantity, b: Quantity): Quantity => ({
  time: a.time - b.time,
  money: a.money - b.money,
});

export const total = (quantities: Iterable<Quantity>): Quantity => {
  let sum = NOTHING;
  for (const quantity of quantities) sum = plus(sum, quantity);
  return sum;
};

export const isNothing = ({ time, money }: Quantity): boolean => time === 0n && money === 0n;

export const size = (value: bigint): bigint => (value < 0n ? -value : value);

/** Whole 10^-decimals of a value, half up. */
export const rounded = (value: bigint, decimals: number): bigint => {
  const scaled = 2n * value * 10n ** BigInt(decimals) + ONE;
  const whole = scaled / (2n * ONE);
  return scaled < 0n && scaled % (2n * ONE) !== 0n ? whole - 1n : whole;
};

/** A value with at most so many decimals, without zeros at the end. */
export const shortText = (value: bigint, decimals: number): string =>
  formatDigits(rounded(value, decimals), decimals)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');

/** A number for JSON: thousandths of a unit and fractions of a minute are rounded to nine digits. */
export const toNumber = (value: bigint): number => Number(formatDigits(rounded(value, 9), 9));
