import { roundTogether } from '../billing/largest-remainder.ts';
import { type Line, lineId } from '../billing/lines.ts';
import { parseMinor, parseTimes60, toMilli } from '../billing/money.ts';
import type { BilledCharge, BilledChargeRecord } from '../shapes/charge.ts';
import type { Statement } from '../shapes/statement.ts';

/** A billed charge, or the reversal of one: then all quantities are negative. */
export interface BilledRow {
  readonly jobId: string;
  readonly usageMonth: string;
  readonly start: string;
  readonly end: string;
  readonly flavor: string;
  readonly unit: Line['unit'];
  readonly milliUnits: number;
  readonly minutes: number;
  readonly milliUnitMinutes: number;
  readonly labels?: BilledCharge['labels'];
  readonly tariff?: string | undefined;
  readonly pricePerHour: string;
  /** Exact, in sixtieths of the scaled price. */
  readonly amount: bigint;
}

/** No rows for a charge without a price or without minutes. */
const toRows = (charge: BilledCharge, sign: 1 | -1): BilledRow[] => {
  const { jobId, usageMonth, start, end, flavor, unit, units, minutes, tariff, pricePerHour, labels } =
    charge;
  if (flavor === undefined || unit === undefined || units === undefined || pricePerHour === undefined)
    return [];
  if (minutes === 0) return [];
  const milliUnits = toMilli(units);
  return [
    {
      ...{ jobId, usageMonth, start, end, flavor, unit, milliUnits, tariff, pricePerHour },
      minutes: sign * minutes,
      milliUnitMinutes: sign * minutes * milliUnits,
      ...(labels && { labels }),
      amount: BigInt(sign) * parseTimes60(charge.amountTimes60),
    },
  ];
};

const isSameBilling = (a: BilledCharge, b: BilledCharge): boolean =>
  a.minutes === b.minutes &&
  a.flavor === b.flavor &&
  a.unit === b.unit &&
  a.units === b.units &&
  a.pricePerHour === b.pricePerHour;

/** Rows of a billed charge: the reversal of what it replaces, then the new content. */
export const billedRowsOf = (record: BilledChargeRecord): BilledRow[] => {
  const { replaces } = record;
  const billed = 'end' in record ? record : undefined;
  if (replaces && billed && isSameBilling(replaces, billed)) return [];
  return [...(replaces ? toRows(replaces, -1) : []), ...(billed ? toRows(billed, 1) : [])];
};

/**
 * Amount of each row in minor units: rows sum to their line, and all rows to the total (I5). Rows
 * of a line that cancels out sum to zero.
 */
export const shareLines = (
  { lines, currency }: Pick<Statement, 'lines' | 'currency'>,
  rows: readonly BilledRow[],
): bigint[] => {
  const amounts = new Map(lines.map((line) => [lineId(line), parseMinor(line.amount)]));
  const shares = new Map<BilledRow, bigint>();
  for (const [id, members] of Map.groupBy(rows, lineId)) {
    const rounded = roundTogether(
      amounts.get(id) ?? 0n,
      members.map(({ amount }) => amount),
      currency,
    );
    for (const [index, member] of members.entries()) shares.set(member, rounded[index] ?? 0n);
  }
  return rows.map((member) => shares.get(member) ?? 0n);
};
