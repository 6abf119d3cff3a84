import { toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Table } from './table.ts';

/** What the store needs to know of a report: its jobs, and what each costs. */
export interface StoredReconciliation {
  readonly rows: readonly { readonly jobs: readonly { readonly amount: string }[] }[];
}

/** Of a report as text. An item holds 400 KB, with its keys. */
const MAX_REPORT_BYTES = 390_000;

const bytesOf = (content: object) => Buffer.byteLength(JSON.stringify(content));

const cost = ({ amount }: { readonly amount: string }) => Math.abs(Number(amount));

/** The report without the least expensive jobs, as many as do not fit. Its sums stay. */
const fitted = <Report extends StoredReconciliation>(report: Report): Report => {
  const withJobs = (keep: (job: object) => boolean): Report => ({
    ...report,
    rows: report.rows.map((row) => ({ ...row, jobs: row.jobs.filter(keep) })),
  });
  let room = MAX_REPORT_BYTES - bytesOf(withJobs(() => false));
  const kept = new Set<object>();
  for (const job of report.rows.flatMap(({ jobs }) => jobs).sort((a, b) => cost(b) - cost(a))) {
    room -= bytesOf(job) + 1;
    if (room < 0) break;
    kept.add(job);
  }
  return withJobs((job) => kept.has(job));
};

/** The last comparison of each project and month with the provider's bill. */
export const createReconciliations = (table: Table) => ({
  /** Replaces what was saved for the month. */
  async saveReconciliation(projectId: string, month: string, report: StoredReconciliation): Promise<void> {
    // A text: minutes may be fractions, and its size is that of the item.
    const content = { report: JSON.stringify(fitted(report)) };
    await table.put({ item: toItem(keys.reconciliationKey(projectId, month), content) });
  },

  async readReconciliation<Report extends StoredReconciliation>(
    projectId: string,
    month: string,
  ): Promise<Report | undefined> {
    const item = await table.get(keys.reconciliationKey(projectId, month));
    return item && (JSON.parse(item.report as string) as Report);
  },
});
