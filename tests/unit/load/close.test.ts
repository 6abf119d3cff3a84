import { beforeAll, expect, test } from 'vitest';
import { MONTH } from '../../../bench/charge-pages.ts';
import { projectIdOf } from '../../../bench/workload.ts';
import { CLOSED_AT } from '../../../bench/write-charges.ts';
import { usagePartition } from '../../../lib/store/keys.ts';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';
import { createStore } from '../../../lib/store/store.ts';
import type { Table } from '../../../lib/store/table.ts';
import { closeUntil, closeWhole, findWrong } from '../../load/close/run-closes.ts';
import { seedMonth } from '../../load/close/seed-month.ts';

/** More than two pages of the table in memory. */
const SIZE = { charges: 700, projects: 3 };

let ids = 0;

/** Invocations that end after each page, or each begun project. */
const closeInPieces = (table: Table) => {
  let time = CLOSED_AT;
  const clock = { now: () => ++time, pause: async () => {}, newId: () => `statement-${++ids}` };
  return closeWhole(async () => {
    const { unfinished, statements } = await closeUntil(createStore(table), clock, time + 40);
    const used = { seconds: 0, processorSeconds: 0, peakMiB: 0, reads: 0, writes: 0 };
    return { statements, isFinished: unfinished !== true, ...used };
  });
};

let table: Table;
let expected: Awaited<ReturnType<typeof seedMonth>>;
beforeAll(async () => {
  table = createMemoryTable();
  expected = await seedMonth(table, SIZE);
});

test('a month is written whole, each project with as many charges as any other', () => {
  expect([...expected.values()].map(({ charges }) => charges)).toEqual([234, 233, 233]);
});

test('it is closed in several invocations, and each statement is what was written', async () => {
  expect(await findWrong(createStore(table), expected)).toHaveLength(SIZE.projects);
  const invocations = await closeInPieces(table);
  expect(invocations.length).toBeGreaterThan(SIZE.projects);
  expect(invocations.reduce((sum, { statements }) => sum + statements, 0)).toBe(SIZE.projects);
  expect(await findWrong(createStore(table), expected)).toEqual([]);
});

test.each([
  ['total', 'minutes', (minutes: number) => minutes + 1],
  ['digest', 'openedBy', (event: object) => ({ ...event, id: 'another' })],
])('a charge that differs in its %s is found', async (_, member, change) => {
  const other = createMemoryTable();
  const written = await seedMonth(other, SIZE);
  const projectId = projectIdOf(1);
  const [first] = (await Array.fromAsync(other.query(usagePartition(projectId, MONTH)))).flat();
  if (!first) throw new Error('there is a charge');
  await other.put({ item: { ...first, [member]: change(first[member] as never) } as typeof first });
  await closeInPieces(other);
  expect(await findWrong(createStore(other), written)).toEqual([
    expect.stringContaining(`the statement of ${projectId}: it`),
  ]);
});
