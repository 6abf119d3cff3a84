import { compareText } from '../lib/billing/compare-text.ts';
import { createStore } from '../lib/store/store.ts';
import type { Item, Table } from '../lib/store/table.ts';
import { type ChargeItems, MONTH } from './charge-pages.ts';

/** When the month of the charges is closed. */
export const CLOSED_AT = Date.parse('2026-10-02T02:00:00Z');

const BATCH_ITEMS = 25;
const BATCHES_AT_ONCE = 4;

/** Items that are best written together: some batches at once. */
export const ITEMS_TOGETHER = BATCH_ITEMS * BATCHES_AT_ONCE;

/** Writes up to as many items. */
export const writeTogether = async (table: Table, items: readonly Item[]): Promise<void> => {
  const batches = Array.from({ length: Math.ceil(items.length / BATCH_ITEMS) }, (_, batch) =>
    items.slice(batch * BATCH_ITEMS, (batch + 1) * BATCH_ITEMS),
  );
  await Promise.all(batches.map((batch) => table.putEach(batch)));
};

/** Writes a project's charges of the month, in the order of their keys, and that it has changed. */
export const writeCharges = async (
  table: Table,
  { jobIdOf, itemOf }: ChargeItems,
  { projectId, charges }: { readonly projectId: string; readonly charges: number },
  onItems: (items: readonly Item[]) => void = () => {},
): Promise<void> => {
  const jobs = Array.from({ length: charges }, (_, index) => ({ index, jobId: jobIdOf(projectId, index) }));
  jobs.sort((a, b) => compareText(a.jobId, b.jobId));
  for (let from = 0; from < charges; from += ITEMS_TOGETHER) {
    const items = jobs.slice(from, from + ITEMS_TOGETHER).map(({ index }) => itemOf(projectId, index));
    onItems(items);
    await writeTogether(table, items);
  }
  const mark = { projectId, usageMonth: MONTH };
  await createStore(table).markChanged(MONTH, mark, Math.ceil(CLOSED_AT / 1_000));
};
