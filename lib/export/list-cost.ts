import { createRounding } from '../billing/largest-remainder.ts';
import { exactAmount } from '../billing/money.ts';
import { decimal } from './decimal.ts';

const LEAST_DECIMALS = 12;
/** A finite cost has at most so many decimals: 12 of a price, 3 of units, and 2 of sixtieths. */
export const LIST_COST_DECIMALS = 17;

/** Amounts are scaled by 10^15, so that their sixtieths are whole in 17 decimals. */
const TO_UNIT = 100n;

/**
 * Digits that any finite cost at the price has room in: so a list cost is rounded only if it would
 * never end, as a third does.
 */
const decimalsAt = (pricePerHour: string): number =>
  Math.max(LEAST_DECIMALS, (pricePerHour.split('.')[1]?.length ?? 0) + 5);

/**
 * Costs at one price, in two passes: exact where they are finite decimals, otherwise rounded so that
 * they sum to the exact cost of all.
 */
export const createListCosts = (pricePerHour: string) => {
  const decimals = decimalsAt(pricePerHour);
  const one = exactAmount(60_000n, '1') * TO_UNIT;
  const rounding = createRounding(one / 10n ** BigInt(decimals));
  return {
    add: (amount: bigint): void => rounding.add(amount * TO_UNIT),
    costs: () => {
      const round = rounding.roundTo(rounding.total());
      return (amount: bigint): string => decimal(round(amount * TO_UNIT), decimals);
    },
  };
};

export type ListCosts = ReturnType<typeof createListCosts>;

/** The cost of thousandths of unit minutes, of either sign. */
export const listCostOf = (milliUnitMinutes: number, pricePerHour: string): string => {
  const costs = createListCosts(pricePerHour);
  const amount = exactAmount(BigInt(milliUnitMinutes), pricePerHour);
  costs.add(amount);
  return costs.costs()(amount);
};
