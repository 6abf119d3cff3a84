import { beforeAll, expect, test } from 'vitest';
import type { FinalCharge } from '../../../../lib/billing/charges.ts';
import { parseMinor } from '../../../../lib/billing/money.ts';
import type { Statement } from '../../../../lib/billing/statement.ts';
import { billProject } from '../../../../lib/operations/statements/issue-statement.ts';
import { createMemoryTable } from '../../../../lib/store/memory-table.ts';
import { createStore } from '../../../../lib/store/store.ts';
import type { Table } from '../../../../lib/store/table.ts';
import { billedCharge } from '../../billing/builders.ts';
import { Died, isCommit, wrapTable } from '../tables.ts';
import { createWorld, type World } from '../world.ts';

const CPU_SECOND = 60_000n * 10n ** 9n;

/** One charge of each flavor. */
const chargesOf = (flavors: number): FinalCharge[] =>
  Array.from({ length: flavors }, (_, index) => ({
    ...billedCharge({ jobId: `job-${String(index).padStart(6, '0')}`, flavor: `flavor-${index}` }),
    ...{ kind: 'final', projectId: 'proj-1', amount: (CPU_SECOND * 10n * 3n) / 100n },
  }));

const createLargeMonth = async (flavors: number): Promise<World> => {
  const world = await createWorld({ now: '2026-11-01T06:00:00Z' });
  for (const charge of chargesOf(flavors))
    await world.store.writeCharges([charge], { factsSeen: 1, tariffsSeen: 1 });
  return world;
};

const bill = async (world: World, table: Table = world.table, options: object = {}) =>
  billProject(await world.open(table), 'proj-1', '2026-10', ['2026-10'], {
    resumeSince: world.clock.now - 60_000,
    ...options,
  });

/** What does not depend on when and under which id it was issued. */
const contentOf = ({ statementId: _, issuedAt: __, ...content }: Statement) => content;

const sumOf = ({ lines }: Statement) => lines.reduce((sum, { amount }) => sum + parseMinor(amount), 0n);

let inOneGo: Statement;
beforeAll(async () => {
  const world = await createLargeMonth(600);
  expect(await bill(world)).toBe('issued');
  inOneGo = await world.statement('proj-1', '2026-10');
});

test('a statement of 20,000 flavors has a line for each, and their sum', async () => {
  const world = await createLargeMonth(20_000);
  expect(await bill(world)).toBe('issued');
  const statement = await world.statement('proj-1', '2026-10');
  expect(new Set(statement.lines.map(({ flavor }) => flavor)).size).toBe(20_000);
  expect(statement.lines).toHaveLength(20_000);
  expect(sumOf(statement)).toBe(parseMinor(statement.total));
});

test('a statement that is handed over after each page, of sums and of the digest, is the same', async () => {
  const world = await createLargeMonth(600);
  const stages = new Set<string>();
  for (let most = 100; (await bill(world, world.table, { deadline: 0 })) === 'checkpointed'; most -= 1) {
    expect(most).toBeGreaterThan(0);
    const [checkpoint] = await world.items('DRAFT');
    stages.add(checkpoint?.digest ? 'digest' : 'sums');
  }
  expect([...stages]).toEqual(['sums', 'digest']);
  expect(contentOf(await world.statement('proj-1', '2026-10'))).toEqual(contentOf(inOneGo));
});

test('a checkpoint whose hash is of another version of the library gives the same digest', async () => {
  const world = await createLargeMonth(600);
  const hashesOfAnother = wrapTable(world.table, async ({ name, args }, run) => {
    const read = await run();
    const [key] = args as [{ readonly sk: string }];
    if (name !== 'get' || key.sk !== 'DRAFT' || !read) return read;
    const { digest } = read as { digest?: object };
    return { ...read, ...(digest && { digest: { ...digest, state: Uint8Array.of(1, 2, 3) } }) };
  });
  const hasDigest = async () => (await world.items('DRAFT')).some(({ digest }) => digest !== undefined);
  while (!(await hasDigest())) await bill(world, world.table, { deadline: 0 });
  expect(await bill(world, hashesOfAnother)).toBe('issued');
  expect(contentOf(await world.statement('proj-1', '2026-10'))).toEqual(contentOf(inOneGo));
});

test('lines of a close that dies before its commit are read by nobody', async () => {
  const world = await createLargeMonth(600);
  const dying = wrapTable(world.table, (call, run) => (isCommit(call) ? Promise.reject(new Died()) : run()));
  await expect(bill(world, dying)).rejects.toThrow(Died);
  const ofTheDead = (await world.items('LINES#')).map(({ sk }) => sk);
  expect(ofTheDead).toHaveLength(1);
  expect(await world.store.readStatement('proj-1', '2026-10')).toBeUndefined();
  expect(await bill(world)).toBe('issued');
  const statement = await world.statement('proj-1', '2026-10');
  expect(ofTheDead[0]).not.toContain(statement.statementId);
  expect(contentOf(statement)).toEqual(contentOf(inOneGo));
});

test('a draft of many lines is kept, found again unchanged, and issued once it is approved', async () => {
  const world = await createLargeMonth(600);
  expect(await bill(world, world.table, { issue: 'approve' })).toBe('waits');
  const draft = await world.store.readDraft('proj-1', '2026-10');
  expect(await bill(world, world.table, { issue: 'approve' })).toBe('waits');
  expect(await world.store.readDraft('proj-1', '2026-10')).toEqual(draft);
  if (!draft) throw new Error('there is a draft');
  const content = JSON.parse(await world.store.readDraftContent(draft)) as Statement;
  expect(content.lines).toHaveLength(600);
  const decision = { by: { kind: 'token', id: 'ana' }, at: world.clock.now } as const;
  await world.store.saveDraft({ ...draft, state: 'approved', decision, version: 2 }, draft);
  expect(await bill(world, world.table, { issue: 'approve' })).toBe('issued');
  expect((await world.statement('proj-1', '2026-10')).digest).toBe(draft.digest);
});

test('a statement of few lines is one item, as it is', async () => {
  const store = createStore(createMemoryTable());
  const small = { ...inOneGo, lines: inOneGo.lines.slice(0, 100) };
  const puts: unknown[] = [];
  const table = wrapTable(createMemoryTable(), (call, run) => {
    puts.push(call);
    return run();
  });
  await createStore(table).commitStatement(small, await store.readStatementIndex('proj-1'));
  expect(puts).toEqual([
    {
      name: 'putTogether',
      args: [
        [
          {
            item: { pk: 'PROJECT#proj-1#2026-10', sk: 'STATEMENT', ...small },
            condition: { kind: 'absent' },
          },
          expect.anything(),
        ],
      ],
    },
  ]);
});
