import type { JobStatuses } from '../billing/statuses.ts';
import type { Statement } from '../shapes/statement.ts';
import { type BilledRow, billedRowPages, type StatementToExport } from './billed-rows.ts';
import { CHARGES_HEADER, chargesCsv } from './charges-csv.ts';
import { focusRows, type Parties } from './focus-columns.ts';
import { FOCUS_HEADER, focusLines } from './focus-csv.ts';

/** Rows of one statement. */
interface Page {
  readonly statement: Statement;
  readonly rows: readonly BilledRow[];
  readonly statuses: JobStatuses;
}

type Pages = AsyncIterable<Page>;

async function* csv(pages: Pages, header: string, lines: (page: Page) => string) {
  yield header;
  for await (const page of pages) yield lines(page);
}

const focus =
  (parties: Parties) =>
  ({ statement, rows, statuses }: Page) =>
    focusRows(parties, statement, rows, statuses);

/** Its writer is loaded on demand. */
async function* parquet(pages: Pages, parties: Parties) {
  const { focusParquet } = await import('./focus-parquet.ts');
  async function* rows() {
    for await (const page of pages) yield focus(parties)(page);
  }
  yield* focusParquet(rows());
}

/** How an export is written: what it is, and its content part by part. */
export const EXPORT_FORMATS = {
  csv: {
    mediaType: 'text/csv; charset=utf-8; header=present',
    extension: 'csv',
    write: (pages: Pages) =>
      csv(pages, CHARGES_HEADER, ({ statement, rows, statuses }) => chargesCsv(statement, rows, statuses)),
  },
  focus: {
    mediaType: 'text/csv; charset=utf-8; header=present',
    extension: 'csv',
    write: (pages: Pages, parties: Parties) =>
      csv(pages, FOCUS_HEADER, (page) => focusLines(focus(parties)(page))),
  },
  parquet: {
    mediaType: 'application/vnd.apache.parquet',
    extension: 'parquet',
    write: parquet,
  },
} as const;

export type ExportFormat = keyof typeof EXPORT_FORMATS;

type ReadStatuses = (projectId: string, rows: readonly BilledRow[]) => Promise<JobStatuses>;

/** Rows of statements, page by page. Memory grows with the lines of a statement, not with its rows. */
export async function* exportPages(
  statements: AsyncIterable<StatementToExport>,
  readStatuses: ReadStatuses,
): Pages {
  for await (const each of statements)
    for await (const rows of billedRowPages(each)) {
      const { statement } = each;
      yield { statement, rows, statuses: await readStatuses(statement.projectId, rows) };
    }
}
