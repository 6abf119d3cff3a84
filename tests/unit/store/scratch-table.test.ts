import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';
import { createScratchTable } from '../../../lib/store/scratch-table.ts';
import type { Condition, Put, Table } from '../../../lib/store/table.ts';
import { allOf, itemsOn } from '../../../simulation/items-on.ts';

const condition = fc.constantFrom<Condition | undefined>(
  undefined,
  { kind: 'absent' },
  { kind: 'not newer', than: { version: 2 } },
  { kind: 'unchanged', from: { version: 1 } },
);
const put = fc
  .record({
    pk: fc.constantFrom('a', 'b'),
    sk: fc.constantFrom('1', '2', '3', 'x1', 'x2'),
    version: fc.nat(3),
  })
  .chain((item) => condition.map((one): Put => ({ item, ...(one && { condition: one }) })));

const readAll = async (table: Table) => ({
  items: await Promise.all(['1', '2', '3', 'x1', 'x2'].map((sk) => table.get({ pk: 'a', sk }))),
  queries: await Promise.all(
    [{}, { prefix: 'x' }, { after: '2' }, { limit: 2 }, { backwards: true as const }].map(async (options) =>
      allOf(table.query('a', options)),
    ),
  ),
});

test('a scratch table reads as the table would with the same writes, which it never gets', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(put), fc.array(put), async (first, later) => {
      const [below, twin] = [createMemoryTable(), createMemoryTable()];
      for (const one of first) for (const table of [below, twin]) await table.put(one);
      const before = await itemsOn(below);
      const scratch = createScratchTable(below);
      for (const one of later) expect(await scratch.put(one)).toEqual(await twin.put(one));
      const together: Put[] = [
        { item: { pk: 'a', sk: 'x1' }, condition: { kind: 'absent' } },
        { item: { pk: 'a', sk: 'x9' } },
      ];
      expect(await scratch.putTogether(together)).toEqual(await twin.putTogether(together));
      expect(await readAll(scratch)).toEqual(await readAll(twin));
      expect(await itemsOn(below)).toEqual(before);
    }),
  );
});
