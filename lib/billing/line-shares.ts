import type { FinalCharge } from './charges.ts';
import { allocate } from './largest-remainder.ts';
import { type Line, lineId } from './lines.ts';
import { parseMinor } from './money.ts';

/** Exact amounts of one member of a whole, e.g. a job or a group of jobs, by line. */
export type MemberAmounts = Map<string, bigint>;

/** Adds a charge to its line. A charge without a price is on no line. */
export const addToMember = (amounts: MemberAmounts, { amount, ...charge }: FinalCharge): void => {
  const { flavor, unit, pricePerHour } = charge;
  if (flavor === undefined || unit === undefined || pricePerHour === undefined) return;
  const id = lineId({ ...charge, flavor, unit, pricePerHour });
  amounts.set(id, (amounts.get(id) ?? 0n) + amount);
};

/**
 * The share of each member in the lines, in minor units: the amount of a line is allocated to its
 * members by largest remainder, so the shares sum to the total (I5).
 */
export const shareLines = (lines: readonly Line[], members: readonly MemberAmounts[]): bigint[] => {
  const shares = members.map(() => 0n);
  for (const line of lines) {
    const id = lineId(line);
    const onLine = members.flatMap((amounts, member) => {
      const amount = amounts.get(id);
      return amount === undefined ? [] : [{ member, amount }];
    });
    const amounts = allocate(
      parseMinor(line.amount),
      onLine.map(({ amount }) => amount),
    );
    for (const [index, { member }] of onLine.entries())
      shares[member] = (shares[member] ?? 0n) + (amounts[index] ?? 0n);
  }
  return shares;
};
