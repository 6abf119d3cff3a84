import * as iso4217 from 'dinero.js/currencies';

/**
 * Each currency of ISO 4217 with its digits. Ariary and ouguiya are divided into five, but have two
 * digits. `deploy/currency-digits-plugin.js` computes them when a function is bundled.
 */
export const CURRENCY_DIGITS: readonly (readonly [code: string, digits: number])[] = Object.values(
  iso4217,
).map(({ code, base, exponent }) => [code, base === 10 ? exponent : 2]);
