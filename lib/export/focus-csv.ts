import type { JobStatuses } from '../billing/statuses.ts';
import type { BilledChargeRecord } from '../shapes/charge.ts';
import type { Statement } from '../shapes/statement.ts';
import { billedRows } from './billed-rows.ts';
import { csvLines } from './csv.ts';
import { COLUMNS, type FocusRow, focusRows, type Parties } from './focus-columns.ts';

export const FOCUS_HEADER = csvLines([Object.keys(COLUMNS)]);

export const focusLines = (rows: readonly FocusRow[]): string => {
  const columns = Object.values(COLUMNS);
  return csvLines(rows.map((row) => columns.map(({ of }) => of(row))));
};

/**
 * A statement as FOCUS 1.2 CSV, one row per charge, or per line without charges. Billed costs sum
 * to the total exactly; what is included, unrated or held has no row.
 */
export const focusCsv = (
  parties: Parties,
  statement: Statement,
  charges?: readonly BilledChargeRecord[],
  statuses?: JobStatuses,
): string =>
  FOCUS_HEADER +
  focusLines(focusRows(parties, statement, charges && billedRows(statement, charges), statuses));
