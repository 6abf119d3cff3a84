import assert from 'node:assert/strict';
import { CURRENCY_DIGITS } from './currency-digits.ts';

/**
 * Exact money. An amount is the bigint `minutes x units in thousandths x price scaled by 10^12`:
 * sixtieths of the currency scaled by 10^15, as prices are per hour.
 * Nothing is divided before a statement line is rounded.
 */
const PRICE_DECIMALS = 12;
const AMOUNT_DECIMALS = PRICE_DECIMALS + 3;
const SIXTIETHS_PER_UNIT = 60n * 10n ** BigInt(AMOUNT_DECIMALS);

export const PRICE = /^\d{1,9}(\.\d{1,12})?$/;

/** The format of a price, for error messages. */
export const PRICE_RULE = 'a decimal string with at most 9 digits before and 12 after the point, like "0.03"';

export const isPrice = (text: string): boolean => PRICE.test(text);

const parseScaled = (text: string, digits: number): bigint => {
  const [whole, decimals = ''] = text.split('.');
  return BigInt(`${whole}${decimals.padEnd(digits, '0')}`);
};

const ZERO = '0'.charCodeAt(0);

const formatScaled = (scaled: bigint, digits: number): string => {
  const text = scaled.toString().padStart(digits + 1, '0');
  const point = text.length - digits;
  let end = text.length;
  while (end > point && text.charCodeAt(end - 1) === ZERO) end -= 1;
  return end === point ? text.slice(0, point) : `${text.slice(0, point)}.${text.slice(point, end)}`;
};

/** An exact amount times 60 as a plain decimal: 20 minutes at 0.03 is "0.6" (0.6 / 60 = 0.01). */
export const amountTimes60 = (amount: bigint): string => formatScaled(amount, AMOUNT_DECIMALS);

/** The reverse of {@link amountTimes60}. */
export const parseTimes60 = (text: string): bigint => parseScaled(text, AMOUNT_DECIMALS);

const parsePrice = (price: string): bigint => {
  assert(isPrice(price), 'a price is a decimal string');
  return parseScaled(price, PRICE_DECIMALS);
};

/** Exact cost of minutes x units, given in thousandths of a unit minute. */
export const exactAmount = (milliUnitMinutes: bigint, pricePerHour: string): bigint =>
  milliUnitMinutes * parsePrice(pricePerHour);

/** The one spelling of a price, so that equal prices are equal strings: `00.030` is `0.03`. */
export const canonicalPrice = (price: string): string => formatScaled(parsePrice(price), PRICE_DECIMALS);

/**
 * Thousandths as the number that people and JSON write: 500 is 0.5. Exact in its shortest decimal
 * form.
 */
export const fromMilli = (milli: number): number => milli / 1000;

/** The reverse of {@link fromMilli}; not a number of thousandths gives NaN. */
export const toMilli = (count: number): number => {
  const milli = Math.round(count * 1000);
  return milli / 1000 === count ? milli : Number.NaN;
};

const DIGITS = new Map(CURRENCY_DIGITS);

export const isCurrency = (code: string): boolean => DIGITS.has(code);

/** Digits of the currency's minor unit (ISO 4217): EUR 2, JPY 0, KWD 3. */
export const minorDigits = (currency: string): number =>
  DIGITS.get(currency) ?? assert.fail(`${currency} is not a currency of ISO 4217`);

/** An exact amount in whole minor units, half up. Amounts are cumulative and so never negative. */
export const roundHalfUp = (amount: bigint, currency: string): bigint => {
  assert(amount >= 0n, 'a cumulative amount is never negative');
  const scaled = 2n * amount * 10n ** BigInt(minorDigits(currency));
  return (scaled + SIXTIETHS_PER_UNIT) / (2n * SIXTIETHS_PER_UNIT);
};

/** `value / 10^digits` with all its digits: 12345 with two of them is "123.45". */
export const formatDigits = (value: bigint, digits: number): string => {
  if (value < 0n) return `-${formatDigits(-value, digits)}`;
  const text = value.toString().padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
};

/** Minor units as a decimal string with the currency's digits: 1440n EUR is "14.40". */
export const formatMinor = (minor: bigint, currency: string): string =>
  formatDigits(minor, minorDigits(currency));

/** The reverse of {@link formatMinor}. */
export const parseMinor = (text: string): bigint => BigInt(text.replace('.', ''));

/** Minor units of money with at most the currency's digits: "8" EUR is 800n; else nothing. */
export const toMinor = (text: string, currency: string): bigint | undefined => {
  const digits = minorDigits(currency);
  const [, decimals = ''] = text.split('.');
  return decimals.length > digits ? undefined : parseScaled(text, digits);
};
