import { bytesInAnswer } from '../answer-bytes.ts';
import type { JobStatuses } from '../billing/statuses.ts';
import type { BilledChargeRecord } from '../shapes/charge.ts';
import type { Statement } from '../shapes/statement.ts';
import { type BilledRow, createBilledRows } from './billed-rows.ts';
import { focusRows, type Parties } from './focus-columns.ts';
import { FOCUS_HEADER, focusLines } from './focus-csv.ts';

/** Usage month, job and start of a charge. */
export type ChargePosition = readonly string[];

/** A statement, and pages of its billed charges, from the beginning or after a position. */
export interface StatementToPage {
  readonly statement: Statement;
  readonly charges: (after?: ChargePosition) => AsyncIterable<readonly BilledChargeRecord[]>;
}

/** Charges after a position, at most so many. */
export interface PageRange {
  readonly after?: ChargePosition | undefined;
  readonly limit: number;
}

/** The pages of a statement, one after the other, are its FOCUS CSV. */
export interface FocusPage {
  readonly csv: string;
  readonly next?: ChargePosition;
}

type RowsOf = (record: BilledChargeRecord) => BilledRow[];
type ReadStatuses = (charges: readonly BilledChargeRecord[]) => Promise<JobStatuses>;

/** The bytes after which a page ends. With the charges of its last chunk it fits into an answer. */
const PAGE_BYTES = 5_000_000;
/** Charges whose rows are made together: with the longest ids and labels 18 KB each. */
const CHUNK = 50;

const positionOf = ({ usageMonth, jobId, start }: BilledChargeRecord): ChargePosition => [
  usageMonth,
  jobId,
  start,
];

/** The charges of pages up to a position have had their share of the roundings. */
async function* skipTo(
  after: ChargePosition,
  pages: AsyncIterable<readonly BilledChargeRecord[]>,
  rowsOf: RowsOf,
): AsyncGenerator<readonly BilledChargeRecord[]> {
  const name = after.join(' ');
  let isAfter = false;
  for await (const page of pages) {
    const end: number = isAfter ? -1 : page.findIndex((record) => positionOf(record).join(' ') === name);
    if (!isAfter) page.slice(0, end === -1 ? page.length : end + 1).forEach(rowsOf);
    if (isAfter || end !== -1) yield page.slice(end + 1);
    isAfter ||= end !== -1;
  }
}

const take = async (pages: AsyncIterable<readonly BilledChargeRecord[]>, count: number) => {
  const taken: BilledChargeRecord[] = [];
  for await (const page of pages) {
    taken.push(...page.slice(0, count - taken.length));
    if (taken.length === count) break;
  }
  return taken;
};

/** Roundings of the charges from a position on, and the first of these charges. */
const readFrom = async (
  { statement, charges }: StatementToPage,
  after: ChargePosition | undefined,
  count: number,
): Promise<{ readonly rowsOf: RowsOf; readonly taken: readonly BilledChargeRecord[] }> => {
  const rows = createBilledRows(statement);
  const first: BilledChargeRecord[] = [];
  for await (const page of charges()) {
    page.forEach(rows.add);
    first.push(...page.slice(0, count - first.length));
  }
  const rowsOf = rows.rows();
  return { rowsOf, taken: after ? await take(skipTo(after, charges(), rowsOf), count) : first };
};

/**
 * Makes pages of FOCUS CSV. Which rows are rounded up follows from all charges of a statement, so
 * they are read for each page; only one that follows the page made last goes on where that ended. A
 * position without a charge has no page.
 */
export const createFocusPages = (parties: Parties) => {
  /** Roundings after the page made last. A statement never changes. */
  let made: { readonly name: string; readonly rowsOf: RowsOf } | undefined;
  const nameOf = ({ statement }: StatementToPage, after: ChargePosition) =>
    [statement.statementId, ...after].join(' ');

  return async (
    subject: StatementToPage,
    readStatuses: ReadStatuses,
    { after, limit }: PageRange,
  ): Promise<FocusPage | undefined> => {
    const kept = after && made?.name === nameOf(subject, after) ? made : undefined;
    made = undefined;
    const { rowsOf, taken } = kept
      ? { rowsOf: kept.rowsOf, taken: await take(subject.charges(after), limit + 1) }
      : await readFrom(subject, after, limit + 1);
    // A page is only followed by another one if there are charges for it.
    if (after && taken.length === 0) return undefined;
    const parts = after ? [] : [FOCUS_HEADER];
    let bytes = 0;
    let end = 0;
    while (end < Math.min(limit, taken.length) && bytes < PAGE_BYTES) {
      const chunk = taken.slice(end, Math.min(end + CHUNK, limit));
      const rows = focusRows(parties, subject.statement, chunk.flatMap(rowsOf), await readStatuses(chunk));
      const lines = focusLines(rows);
      parts.push(lines);
      bytes += bytesInAnswer(lines);
      end += chunk.length;
    }
    const csv = parts.join('');
    const last = end < taken.length ? taken[end - 1] : undefined;
    if (!last) return { csv };
    const next = positionOf(last);
    made = { name: nameOf(subject, next), rowsOf };
    return { csv, next };
  };
};
