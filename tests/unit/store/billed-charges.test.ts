import { expect, test } from 'vitest';
import { createChargeItems, MONTH } from '../../../bench/charge-pages.ts';
import { toBilledCharge } from '../../../lib/billing/billed-charge.ts';
import type { FinalCharge } from '../../../lib/billing/charges.ts';
import { compareText } from '../../../lib/billing/compare-text.ts';
import { BLOCK_RECORDS, createBilledCharges } from '../../../lib/store/billed-charges.ts';
import { usagePartition } from '../../../lib/store/keys.ts';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';
import type { QueryOptions, Table } from '../../../lib/store/table.ts';
import { allOf } from '../../../simulation/items-on.ts';

const PAGE_BYTES = 1024 * 1024;
const OF = { projectId: 'proj-1', usageMonth: MONTH };

test('a page asks for all blocks that fit into it, and for not many more', async () => {
  const table = createMemoryTable();
  let asked: QueryOptions | undefined;
  const noted: Table = {
    ...table,
    query(pk, options) {
      asked = options;
      return table.query(pk, options);
    },
  };
  const { itemOf } = await createChargeItems();
  const records = Array.from({ length: BLOCK_RECORDS }, (_, index) => {
    const charge = itemOf(OF.projectId, index) as unknown as FinalCharge;
    const { jobId, usageMonth, start } = charge;
    return { statementId: 's', jobId, usageMonth, start, billed: toBilledCharge(charge) };
  }).sort((a, b) => compareText(a.jobId, b.jobId));

  const { writeBilledCharges, billedChargePages } = createBilledCharges(noted);
  await writeBilledCharges(OF, 's', records);
  expect((await Array.fromAsync(billedChargePages(OF, 's'))).flat()).toEqual(records);
  const [block, ...others] = await allOf(table.query(usagePartition(OF.projectId, OF.usageMonth)));
  expect(others).toEqual([]);
  const fitting = PAGE_BYTES / ((block?.rows as Uint8Array | undefined)?.length ?? 0);
  expect(asked?.pageItems).toBeGreaterThan(fitting);
  expect(asked?.pageItems).toBeLessThan(2 * fitting);
});
