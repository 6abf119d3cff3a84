import { describe, expect, test } from 'vitest';
import { audit } from '../../../../lib/operations/audit/audit.ts';
import { billProject } from '../../../../lib/operations/statements/issue-statement.ts';
import { previewStatement } from '../../../../lib/operations/statements/preview-statement.ts';
import type { Item } from '../../../../lib/store/table.ts';
import { type PackedRecord, recordsIn, repack } from '../billed-records.ts';
import { run } from '../statement-story.ts';
import { at, createWorld, status, type World } from '../world.ts';
import { done, linesOf, running } from './issued-statements.ts';
import { slowTable } from './month-in-two-shards.ts';

/** Two projects with a statement of October, of which more is heard in November. */
const createLateMonth = async (): Promise<World> => {
  const world = await createWorld();
  const projects = ['proj-1', 'proj-2'].map((projectId) => ({ projectId }));
  for (const { projectId } of projects)
    for (const job of ['a', 'b', 'c'])
      await world.tell(
        { ...running, projectId, jobId: `job-${job}` },
        { ...done, projectId, jobId: `job-${job}` },
      );
  await world.closeAt('2026-11-01T02:00:00Z');
  for (const { projectId } of projects)
    await world.tell({ ...running, projectId, jobId: 'late' }, { ...done, projectId, jobId: 'late' });
  world.setClock('2026-12-01T02:00:00Z');
  return world;
};

const TOTAL = '19.30';

/** The reasons why a close failed. */
const reasonsOf = (closing: Promise<unknown>): Promise<readonly string[]> =>
  closing.then(
    () => [],
    (error: AggregateError) => error.errors.map(({ message }: Error) => message),
  );

describe('a close of a damaged table', () => {
  test('fails with the reason where the index does not name a statement', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    const [index] = await world.items('HEAD');
    await world.table.put({ item: { ...(index as Item), statements: [], version: 0 } });
    await expect(billProject(await world.open(), 'proj-1', '2026-10')).rejects.toThrow(
      'the index of proj-1 does not name its statement of 2026-10: it is damaged',
    );
  });

  test('fails where a charge has a copy under another key, and does not bill it twice', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    const [charge] = await world.items('CHARGE#');
    await world.table.put({ item: { ...(charge as Item), sk: `${charge?.sk}#copy` } });
    world.setClock('2026-11-01T02:00:00Z');
    await expect(world.close()).rejects.toThrow('2026-10 stays open');
    await audit(await world.open(), { heal: true });
    await world.close();
    expect((await world.statement('proj-1', '2026-10')).total).toBe('19.30');
  });

  test('ignores a billed charge of a month that its statement cannot bill', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    const { statementId } = await world.statement('proj-1', '2026-10');
    const usage = ['2026-11-05T08:00:00Z', '2026-11-05T13:00:00Z'] as const;
    await world.tell(status('job-2', 'RUNNING', usage[0]), status('job-2', 'DONE', usage[1]));
    const [, charge] = await world.items('CHARGE#');
    const { kind: _, factsSeen: __, tariffsSeen: ___, pk, sk, ...billed } = charge as Item;
    const key = { pk, sk: sk.replace('CHARGE#', `BILLED#${statementId}#`) };
    await repack(world.table, key, [{ jobId: 'job-2', start: at(usage[0]), billed }]);
    await world.closeAt('2026-12-01T02:00:00Z');
    expect((await world.statement('proj-1', '2026-11')).total).toBe('19.30');
  });

  test('bills no project whose billed charges are lost again, and bills the others', async () => {
    const world = await createLateMonth();
    const [block] = (await world.items('BILLED#')) as [Item, Item];
    const { statementId } = await world.statement('proj-1', '2026-10');
    const { pk, sk } = block;
    await world.table.delete({ pk, sk }, { kind: 'unchanged', from: { sk } });
    expect(await reasonsOf(world.close())).toEqual([
      `proj-1 is not billed: 3 of 3 charges that its statement of 2026-10 (${statementId}) billed of 2026-10 ` +
        'are not in the table; restore its billed charge records from a backup, then close again',
    ]);
    expect(await world.store.readClosedMonths()).toEqual(['2026-10']);
    expect((await world.statement('proj-2', '2026-11')).total).toBe(TOTAL);
    await expect(world.statement('proj-1', '2026-11')).rejects.toThrow('no statement');
    await world.table.put({ item: block });
    await world.close();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 300 min 19.30',
      'total 19.30',
    ]);
  });

  test('says which items have a billed charge too many', async () => {
    const world = await createLateMonth();
    const [block] = (await world.items('BILLED#')) as [Item, Item];
    const records = recordsIn(block);
    const surplus = records.slice(-1).map((record) => ({ ...record, jobId: 'late' }));
    await repack(world.table, block, [...records, ...surplus]);
    const { statementId } = await world.statement('proj-1', '2026-10');
    expect(await reasonsOf(world.close())).toEqual([
      `proj-1 is not billed: the table has 4 for 3 charges that its statement of 2026-10 (${statementId}) ` +
        'billed of 2026-10; restore its billed charge records from a backup, then close again',
    ]);
  });

  test('finds what one statement has lost though another has as many too many', async () => {
    const world = await createLateMonth();
    await world.close();
    await world.tell(...run('later', '2026-10-07T08:00:00Z', '2026-10-07T09:00:00Z'));
    world.setClock('2027-01-01T02:00:00Z');
    const blocks = (await world.items('BILLED#')).filter(({ pk }) => pk === 'PROJECT#proj-1#2026-10');
    const october = await world.statement('proj-1', '2026-10');
    const november = await world.statement('proj-1', '2026-11');
    const blockOf = ({ statementId }: typeof october) =>
      blocks.find(({ sk }) => sk.startsWith(`BILLED#${statementId}#`)) as Item;
    const [moved, ...left] = recordsIn(blockOf(october)) as [PackedRecord];
    await repack(world.table, blockOf(october), left);
    await repack(world.table, blockOf(november), [moved, ...recordsIn(blockOf(november))]);
    expect(await reasonsOf(world.close())).toEqual([
      `proj-1 is not billed: 1 of 3 charges that its statement of 2026-10 (${october.statementId}) billed of ` +
        '2026-10 are not in the table; the table has 2 for 1 charges that its statement of 2026-11 ' +
        `(${november.statementId}) billed of 2026-10; restore its billed charge records from a backup, ` +
        'then close again',
    ]);
  });

  test('says what to do where a charge is lost that was billed', async () => {
    const world = await createLateMonth();
    const [charge] = (await world.items('CHARGE#')) as [Item];
    await world.table.delete(charge, { kind: 'unchanged', from: { sk: charge.sk } });
    expect(await reasonsOf(world.close())).toEqual([
      'proj-1 is not billed: a charge of job-a that a statement billed is not in the table; ' +
        'run an audit with --heal, then close again',
    ]);
    await audit(await world.open(), { heal: true });
    await world.close();
    expect((await world.statement('proj-1', '2026-11')).total).toBe(TOTAL);
  });

  test('says what to do where an earlier version did not count what it billed', async () => {
    const world = await createLateMonth();
    for (const index of (await world.items('HEAD')) as Item[]) {
      const statements = (index.statements as Record<string, string>[]).map(
        ({ billedCounts: _, ...summary }) => summary,
      );
      await world.table.put({ item: { ...index, statements } });
    }
    expect(new Set(await reasonsOf(world.close()))).toEqual(
      new Set([
        'a version before the first release issued the statement of 2026-10, and did not count what it ' +
          'billed: this table cannot be billed; record its events in a new one',
      ]),
    );
  });

  test.each([
    ['as it is', (records: readonly unknown[]) => records.length],
    ['where one record is lost', () => 2],
  ])('counts billed charges through every hand-over: %s', async (_, countOf) => {
    const world = await createLateMonth();
    const [block] = (await world.items('BILLED#')) as [Item, Item];
    const records = recordsIn(block);
    const left = records.slice(0, countOf(records));
    await repack(world.table, block, left);
    const bill = async (deadline: number) =>
      billProject(await world.open(slowTable(world)), 'proj-1', '2026-11', { resumeSince: 0, deadline });
    let parts = 0;
    const billByPages = async () => {
      for (; (await bill(world.clock.now)) === 'checkpointed'; parts += 1) expect(parts).toBeLessThan(20);
      return (await world.statement('proj-1', '2026-11')).total;
    };
    if (left.length === records.length) expect(await billByPages()).toBe(TOTAL);
    else await expect(billByPages()).rejects.toThrow('1 of 3 charges');
    expect(parts).toBeGreaterThan(2);
  });

  test('shows no preview of a project whose billed charges are lost', async () => {
    const world = await createLateMonth();
    const [block] = (await world.items('BILLED#')) as [Item, Item];
    await repack(world.table, block, recordsIn(block).slice(1));
    await expect(previewStatement(await world.open(), 'proj-1', '2026-11')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('1 of 3 charges'),
    });
    expect((await previewStatement(await world.open(), 'proj-2', '2026-11')).total).toBe(TOTAL);
  });
});
