import { createRounding, minorUnit } from '../billing/largest-remainder.ts';
import { type Line, lineId } from '../billing/lines.ts';
import { formatMinor, parseMinor, parseTimes60, toMilli } from '../billing/money.ts';
import type { BilledCharge, BilledChargeRecord } from '../shapes/charge.ts';
import type { Statement } from '../shapes/statement.ts';
import { createListCosts, type ListCosts } from './list-cost.ts';

/** A billed charge, or the reversal of one: then all quantities are negative. */
interface UnsharedRow {
  readonly jobId: string;
  readonly usageMonth: string;
  readonly start: string;
  readonly end: string;
  readonly endedBy: BilledCharge['endedBy']['cause'];
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

export interface BilledRow extends UnsharedRow {
  /** Share of its line, in whole minor units. */
  readonly billed: string;
  /** Exact cost, where it is a finite decimal. */
  readonly listCost: string;
}

/** No rows for a charge without a price or without minutes. */
const toRows = (charge: BilledCharge, sign: 1 | -1): UnsharedRow[] => {
  const { jobId, usageMonth, start, end, flavor, unit, units, minutes, tariff, pricePerHour, labels } =
    charge;
  if (flavor === undefined || unit === undefined || units === undefined || pricePerHour === undefined)
    return [];
  if (minutes === 0) return [];
  const milliUnits = toMilli(units);
  return [
    {
      ...{ jobId, usageMonth, start, end, flavor, unit, milliUnits, tariff, pricePerHour },
      endedBy: charge.endedBy.cause,
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
const unsharedRowsOf = (record: BilledChargeRecord): UnsharedRow[] => {
  const { replaces } = record;
  const billed = 'end' in record ? record : undefined;
  if (replaces && billed && isSameBilling(replaces, billed)) return [];
  return [...(replaces ? toRows(replaces, -1) : []), ...(billed ? toRows(billed, 1) : [])];
};

/** Roundings of the rows of one line. */
interface LineShares {
  readonly billed: ReturnType<typeof createRounding>;
  readonly list: ListCosts;
}

/**
 * Rows of the billed charges of a statement, in two passes. Billed amounts sum to their line, and
 * all to the total (I5), list costs to the exact ones; memory grows with lines, not with charges.
 */
export const createBilledRows = ({ lines, currency }: Pick<Statement, 'lines' | 'currency'>) => {
  const amounts = new Map(lines.map((line) => [lineId(line), parseMinor(line.amount)]));
  const shares = new Map<string, LineShares>();
  const sharesOf = (row: UnsharedRow): LineShares => {
    const id = lineId(row);
    const known = shares.get(id);
    if (known) return known;
    const added = {
      billed: createRounding(minorUnit(currency)),
      list: createListCosts(row.pricePerHour),
    };
    shares.set(id, added);
    return added;
  };
  return {
    add(record: BilledChargeRecord): void {
      for (const row of unsharedRowsOf(record)) {
        const { billed, list } = sharesOf(row);
        billed.add(row.amount);
        list.add(row.amount);
      }
    },

    /** Once all are added: the rows of each record, in the same order. */
    rows(): (record: BilledChargeRecord) => BilledRow[] {
      const rounded = new Map(
        [...shares].map(([id, { billed, list }]) => [
          id,
          // A line that cancels out is on no statement.
          { billed: billed.roundTo(amounts.get(id) ?? 0n), list: list.costs() },
        ]),
      );
      return (record) =>
        unsharedRowsOf(record).flatMap((row) => {
          const line = rounded.get(lineId(row));
          if (!line) return [];
          const billed = formatMinor(line.billed(row.amount), currency);
          return [{ ...row, billed, listCost: line.list(row.amount) }];
        });
    },
  };
};

/** The rows of all billed charges of a statement. */
export const billedRows = (statement: Statement, charges: readonly BilledChargeRecord[]): BilledRow[] => {
  const rows = createBilledRows(statement);
  charges.forEach(rows.add);
  return charges.flatMap(rows.rows());
};

/** A statement, and pages of its billed charges, which can be read more than once. */
export interface StatementToExport {
  readonly statement: Statement;
  readonly charges: () => AsyncIterable<readonly BilledChargeRecord[]>;
}

/** The same by page. It reads the charges twice, and holds one page. */
export async function* billedRowPages({
  statement,
  charges,
}: StatementToExport): AsyncGenerator<readonly BilledRow[]> {
  const rows = createBilledRows(statement);
  for await (const page of charges()) page.forEach(rows.add);
  const rowsOf = rows.rows();
  for await (const page of charges()) yield page.flatMap(rowsOf);
}
