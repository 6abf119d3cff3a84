import assert from 'node:assert/strict';
import * as iso4217 from 'dinero.js/currencies';

/**
 * Exact money. A price is a decimal string scaled by 10^12; an amount is the bigint
 * `minutes x units x scaledPrice`: sixtieths of the scaled price, as prices are per hour.
 * Nothing is divided before a statement line is rounded.
 */
const PRICE_DECIMALS = 12;
const SIXTIETHS_PER_UNIT = 60n * 10n ** BigInt(PRICE_DECIMALS);

export const PRICE = /^\d{1,9}(\.\d{1,12})?$/;

/** The format of a price, for error messages. */
export const PRICE_RULE = 'a decimal string with at most 9 digits before and 12 after the point, like "0.03"';

export const isPrice = (text: string): boolean => PRICE.test(text);

/** An exact amount times 60 as a plain decimal: 20 minutes at 0.03 is "0.6" (0.6 / 60 = 0.01). */
export const amountTimes60 = (amount: bigint): string => {
  const digits = amount.toString().padStart(PRICE_DECIMALS + 1, '0');
  const decimals = digits.slice(-PRICE_DECIMALS).replace(/0+$/, '');
  return `${digits.slice(0, -PRICE_DECIMALS)}${decimals === '' ? '' : `.${decimals}`}`;
};

/** The reverse of {@link amountTimes60}. */
export const parseTimes60 = (text: string): bigint => {
  const [whole, decimals = ''] = text.split('.');
  return BigInt(`${whole}${decimals.padEnd(PRICE_DECIMALS, '0')}`);
};

/** Exact cost of `unitMinutes` (minutes x units) in sixtieths of the scaled price. */
export const exactAmount = (unitMinutes: bigint, pricePerHour: string): bigint => {
  assert(isPrice(pricePerHour), 'a price is a decimal string');
  return unitMinutes * parseTimes60(pricePerHour);
};

/** The one spelling of a price, so that equal prices are equal strings: `00.030` is `0.03`. */
export const canonicalPrice = (price: string): string => amountTimes60(exactAmount(1n, price));

/** Ariary and ouguiya are divided into five, but ISO 4217 gives them two digits. */
const DIGITS = new Map<string, number>(
  Object.values(iso4217).map(({ code, base, exponent }) => [code, base === 10 ? exponent : 2]),
);

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

/** Minor units as a decimal string with the currency's digits: 1440n EUR is "14.40". */
export const formatMinor = (minor: bigint, currency: string): string => {
  if (minor < 0n) return `-${formatMinor(-minor, currency)}`;
  const digits = minorDigits(currency);
  const text = minor.toString().padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
};

/** The reverse of {@link formatMinor}. */
export const parseMinor = (text: string): bigint => BigInt(text.replace('.', ''));
