import assert from 'node:assert/strict';
import { exactAmount, minorDigits } from './money.ts';

/**
 * An exact quantity of minor units: whole ones, rounded down, and the rest in a common fraction.
 */
interface Part {
  readonly whole: bigint;
  readonly rest: bigint;
}

/** Splits an exact amount into whole units, rounded down, and the rest. */
const split = (amount: bigint, unit: bigint): Part => {
  const rest = ((amount % unit) + unit) % unit;
  return { whole: (amount - rest) / unit, rest };
};

/**
 * Rounds exact amounts, of either sign, to whole units by largest remainder, in two passes: all are
 * added, then each is rounded in the same order. Memory grows with distinct rests, not with amounts.
 */
export const createRounding = (unit: bigint) => {
  let wholes = 0n;
  const rests = new Map<bigint, bigint>();
  return {
    add(amount: bigint): void {
      const { whole, rest } = split(amount, unit);
      wholes += whole;
      if (rest > 0n) rests.set(rest, (rests.get(rest) ?? 0n) + 1n);
    },

    /** The sum of all amounts in whole units, half up. */
    total(): bigint {
      let rest = 0n;
      for (const [each, count] of rests) rest += each * count;
      return wholes + (2n * rest + unit) / (2n * unit);
    },

    /** Rounds each amount so that they sum to `total`, their sum rounded up or down. */
    roundTo(total: bigint): (amount: bigint) => bigint {
      let left = total - wholes;
      const ups = new Map<bigint, bigint>();
      for (const [rest, count] of [...rests].sort(([a], [b]) => (a < b ? 1 : -1))) {
        const up = left < count ? left : count;
        ups.set(rest, up);
        left -= up;
      }
      assert(left === 0n && total >= wholes, 'the total is that of the amounts, rounded once');
      return (amount) => {
        const { whole, rest } = split(amount, unit);
        const up = ups.get(rest) ?? 0n;
        if (up === 0n) return whole;
        ups.set(rest, up - 1n);
        return whole + 1n;
      };
    },
  };
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
  const { add, roundTo } = createRounding(sum);
  const exact = weights.map((weight) => total * weight);
  exact.forEach(add);
  return exact.map(roundTo(total));
};

/** One minor unit of a currency as an exact amount. */
export const minorUnit = (currency: string): bigint =>
  exactAmount(60_000n, '1') / 10n ** BigInt(minorDigits(currency));
