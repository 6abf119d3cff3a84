import assert from 'node:assert/strict';
import { exactAmount, minorDigits } from './money.ts';

/**
 * An exact quantity of minor units: whole ones, rounded down, and the rest in a common fraction.
 */
interface Part {
  readonly whole: bigint;
  readonly rest: bigint;
}

/**
 * Rounds up the parts with the largest rests until they sum to `total`; of equal ones the first.
 */
const roundParts = (total: bigint, parts: readonly Part[]): bigint[] => {
  const rounded = parts.map(({ whole }) => whole);
  const left = total - rounded.reduce((a, b) => a + b, 0n);
  const largestFirst = parts
    .map(({ rest }, index) => ({ rest, index }))
    .filter(({ rest }) => rest > 0n)
    .sort((a, b) => (a.rest === b.rest ? 0 : a.rest < b.rest ? 1 : -1));
  assert(left >= 0n && left <= BigInt(largestFirst.length), 'the total is that of the amounts, rounded once');
  for (const { index } of largestFirst.slice(0, Number(left))) rounded[index] = (rounded[index] ?? 0n) + 1n;
  return rounded;
};

/**
 * Splits `total` minor units over `weights` by largest remainder: each share is within one unit of
 * its exact part and the shares sum to `total` (I5). Of equal remainders the earlier one counts.
 */
export const allocate = (total: bigint, weights: readonly bigint[]): bigint[] => {
  const sum = weights.reduce((a, b) => a + b, 0n);
  assert(
    weights.every((weight) => weight >= 0n) && (sum > 0n || total === 0n),
    'weights are not negative, and positive in sum',
  );
  if (sum === 0n) return weights.map(() => 0n);
  if (total < 0n) return allocate(-total, weights).map((share) => -share);
  return roundParts(
    total,
    weights.map((weight) => ({ whole: (total * weight) / sum, rest: (total * weight) % sum })),
  );
};

/**
 * Rounds exact amounts, of either sign, to minor units that sum to `total`, by largest remainder:
 * each is within one unit of its exact value (I5). `total` is their sum rounded up or down.
 */
export const roundTogether = (total: bigint, amounts: readonly bigint[], currency: string): bigint[] => {
  const unit = exactAmount(60_000n, '1');
  const digits = 10n ** BigInt(minorDigits(currency));
  return roundParts(
    total,
    amounts.map((amount) => {
      const scaled = amount * digits;
      const rest = ((scaled % unit) + unit) % unit;
      return { whole: (scaled - rest) / unit, rest };
    }),
  );
};
