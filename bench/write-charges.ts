import { compareText } from '../lib/billing/compare-text.ts';
import { createStore } from '../lib/store/store.ts';
import type { Item, Table } from '../lib/store/table.ts';
import { type ChargeItems, MONTH } from './charge-pages.ts';

/** When the month of the charges is closed. */
export const CLOSED_AT = Date.parse('2026-10-02T02:00:00Z');

/** Items of a batch of DynamoDB, and batches written at once. */
const BATCH_ITEMS = 25;
const BATCHES_AT_ONCE = 4;

/** Writes a project's charges of the month, in the order of their keys, and that it has changed. */
export const writeCharges = async (
  table: Table,
  { jobIdOf, itemOf }: ChargeItems,
  { projectId, charges }: { readonly projectId: string; readonly charges: number },
  onItems: (items: readonly Item[]) => void = () => {},
): Promise<void> => {
  const jobs = Array.from({ length: charges }, (_, index) => ({ index, jobId: jobIdOf(projectId, index) }));
  jobs.sort((a, b) => compareText(a.jobId, b.jobId));
  const batchAt = (from: number) =>
    jobs.slice(from, from + BATCH_ITEMS).map(({ index }) => itemOf(projectId, index));
  for (let from = 0; from < charges; from += BATCH_ITEMS * BATCHES_AT_ONCE) {
    const batches = Array.from({ length: BATCHES_AT_ONCE }, (_, batch) =>
      batchAt(from + batch * BATCH_ITEMS),
    );
    for (const batch of batches) onItems(batch);
    await Promise.all(batches.map((batch) => table.putEach(batch)));
  }
  const mark = { projectId, usageMonth: MONTH };
  await createStore(table).markChanged(MONTH, mark, Math.ceil(CLOSED_AT / 1_000));
};
