import { formatMinor, minorDigits, parseTimes60, roundHalfUp } from '../lib/billing/money.ts';

export { count, grouped } from '../lib/export/display-text.ts';

/** An amount in whole units of its currency, half up: "2318.50" is "2319", "-0.40" is "0". */
export const wholeUnits = (decimal: string): string => {
  const [whole = '', decimals = ''] = decimal.replace('-', '').split('.');
  const units = BigInt(whole) + (decimals >= '5' ? 1n : 0n);
  return String(decimal.startsWith('-') ? -units : units);
};

const SHOWN_DECIMALS = 6;
/** Sixtieths of the scaled amounts of lib/billing/money.ts in one unit of the currency. */
const SIXTIETHS = parseTimes60('60');

/**
 * A sixtieth of an exact decimal: "694.8" is "11.58", "3.86" is "0.064333…". It has at least the
 * digits of the currency, and is truncated with "…" after six decimals.
 */
export const exactSixtieth = (times60: string, currency: string): string => {
  const scaled = parseTimes60(times60) * 10n ** BigInt(SHOWN_DECIMALS);
  const truncated = (scaled / SIXTIETHS).toString().padStart(SHOWN_DECIMALS + 1, '0');
  const whole = truncated.slice(0, -SHOWN_DECIMALS);
  const decimals = truncated.slice(-SHOWN_DECIMALS);
  if (scaled % SIXTIETHS !== 0n) return `${whole}.${decimals}…`;
  const kept = decimals.replace(/0+$/, '').padEnd(minorDigits(currency), '0');
  return kept === '' ? whole : `${whole}.${kept}`;
};

/** The sum of exact amounts, rounded once to the minor unit of the currency. */
export const roundedSum = (times60: readonly string[], currency: string): string =>
  formatMinor(
    roundHalfUp(
      times60.reduce((sum, amount) => sum + parseTimes60(amount), 0n),
      currency,
    ),
    currency,
  );

/** An exact amount in the digits of its currency, half away from zero: "-0.005" is "-0.01". */
export const roundedAmount = (decimal: string, currency: string): string => {
  const minor = roundHalfUp(parseTimes60(decimal.replace('-', '')) * 60n, currency);
  return formatMinor(decimal.startsWith('-') ? -minor : minor, currency);
};
