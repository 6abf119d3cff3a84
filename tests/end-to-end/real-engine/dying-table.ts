import type { Put, Table } from '../../../lib/store/table.ts';
import type { Random } from '../../../simulation/random.ts';
import { createMortalTable, createStallingTable, Died, wrapTable } from '../../unit/operations/tables.ts';

/**
 * The table as seen by a process that dies before, after or in one of its first `writes` writes.
 * Only writes leave a trace, so dying at a read equals dying before the next write.
 */
export const createDyingTable = (table: Table, random: Random, writes: number) => {
  const death = {
    call: random.integer(1, writes),
    when: random.oneOf(['before', 'midway', 'after'] as const),
  };
  const mortal = createMortalTable(table, death);
  const { put, putTogether, putEach, delete: remove } = mortal.table;
  return { table: { ...table, put, putTogether, putEach, delete: remove }, died: mortal.died };
};

/**
 * The table as seen by a process that is overtaken: its first charge waits until `goOn`, is then
 * written from outdated facts, and the process dies.
 */
export const createOvertakenTable = (table: Table) => {
  const stalling = createStallingTable(table);
  let died = false;
  const overtaken = wrapTable(stalling.table, async ({ name, args }, run) => {
    if (died) throw new Died();
    const answer = await run();
    const [put] = args as [Put];
    if (name !== 'put' || !put.item.sk.startsWith('CHARGE#')) return answer;
    died = true;
    throw new Died();
  });
  return { table: overtaken, died: () => died, goOn: stalling.goOn };
};
