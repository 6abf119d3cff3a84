import { describe, expect, test } from 'vitest';
import { type CloseProgress, parseCloseRequest } from '../../../../lib/operations/close/close-months.ts';
import { nextToClose, stateOfMonth } from '../../../../lib/operations/close/open-months.ts';
import { Refusal } from '../../../../lib/refusal.ts';
import { shardOf } from '../../../../lib/store/keys.ts';
import { at, createWorld, status } from '../world.ts';
import { done, linesOf, running } from './issued-statements.ts';

describe('the months of a close', () => {
  test.each([
    ['the current month', '2026-10', '2026-10-31T23:59:59.999Z'],
    ['a month to come', '2026-12', '2026-11-01T00:00:00Z'],
  ])('do not include %s: naming it is refused', async (_, month, now) => {
    const world = await createWorld({ now });
    await world.tell(running, done);
    const refusal: unknown = await world.close({ month }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ code: 'invalid', errors: [{ pointer: '/month' }] });
    expect(await world.items('STATEMENT')).toEqual([]);
    expect(await world.store.readClosedMonths()).toEqual([]);
  });

  test.each([
    ['UTC', '2026-11-01T00:00:00Z'],
    ['Europe/Paris', '2026-10-31T23:00:00Z'],
  ])('include a named month of %s from its very end on', async (timeZone, end) => {
    const world = await createWorld({ timeZone });
    await world.tell(running, done);
    world.clock.now = at(end) - 1;
    await expect(world.close({ month: '2026-10' })).rejects.toThrow(Refusal);
    await expect(world.close({ month: '2026-10' })).rejects.toThrow(
      `can be closed from ${new Date(at(end)).toISOString()} on`,
    );
    world.clock.now = at(end);
    expect(await world.close({ month: '2026-10' })).toEqual([{ month: '2026-10', statements: 1 }]);
  });

  test('begin with the first usage, so a mistyped year does not start a walk through all months since', async () => {
    const world = await createWorld({ now: '2026-11-05T00:00:00Z' });
    await world.tell(running, done);
    expect(await world.close({ month: '2024-01' })).toEqual([]);
    expect(await world.close()).toMatchObject([{ month: '2026-10' }]);
  });

  test('are none without usage, whether a month is named or not', async () => {
    const world = await createWorld({ now: '2026-11-05T00:00:00Z' });
    await world.tell(status('waiting', 'QUEUED', '2026-10-05T08:00:00Z'));
    expect(await world.close()).toEqual([]);
    expect(await world.close({ month: '2026-10' })).toEqual([]);
    expect(await world.store.readClosedMonths()).toEqual([]);
  });

  test('begin with the current month where only that one has usage', async () => {
    const world = await createWorld({ now: '2026-11-05T12:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-11-05T08:00:00Z'));
    expect(await world.close()).toEqual([]);
    expect((await world.closeAt('2027-01-05T00:00:00Z')).map(({ month }) => month)).toEqual([
      '2026-11',
      '2026-12',
    ]);
  });

  test('before the first usage are unused, and a close skips them', async () => {
    const world = await createWorld({ now: '2026-11-05T12:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-11-05T08:00:00Z'));
    const context = await world.open();
    const months = ['2026-10', '2026-11'];
    const states = () => Promise.all(months.map((month) => stateOfMonth(context, month)));
    expect(await states()).toEqual(['unused', 'open']);
    expect(await nextToClose(context)).toBeUndefined();
    world.setClock('2026-12-05T00:00:00Z');
    expect(await nextToClose(context)).toBe('2026-11');
    await world.close();
    expect(await states()).toEqual(['closed', 'closed']);
  });

  test('are all months of a history that an idle table is filled with, each with a statement', async () => {
    const world = await createWorld({ now: '2026-10-31T23:00:00Z' });
    for (const hour of ['00', '06', '12', '18'])
      expect(await world.closeAt(`2026-11-01T${hour}:00:00Z`)).toEqual([]);
    for (const month of ['08', '09', '10'])
      await world.tell(
        status(`job-${month}`, 'RUNNING', `2026-${month}-05T08:00:00Z`),
        status(`job-${month}`, 'DONE', `2026-${month}-05T13:00:00Z`),
      );
    const months = ['2026-08', '2026-09', '2026-10'];
    expect(await world.close()).toEqual(months.map((month) => ({ month, statements: 1 })));
    for (const month of months)
      expect(await linesOf(world, 'proj-1', month)).toEqual([
        `usage ${month} ai1-1-gpu 300 min 19.30`,
        'total 19.30',
      ]);
  });

  test('include an empty month after the first one with usage, without a statement', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T00:00:00Z');
    expect(await world.closeAt('2026-12-01T00:00:00Z')).toEqual([{ month: '2026-11', statements: 0 }]);
    expect(await world.store.readClosedMonths()).toEqual(['2026-10', '2026-11']);
  });

  test('are closed oldest first where several were missed, each with a statement of its own', async () => {
    const world = await createWorld({ now: '2026-08-10T00:00:00Z' });
    for (const month of ['08', '09', '10'])
      await world.tell(
        status(`job-${month}`, 'RUNNING', `2026-${month}-05T08:00:00Z`),
        status(`job-${month}`, 'DONE', `2026-${month}-05T13:00:00Z`),
      );
    const months: string[] = [];
    world.setClock('2026-11-03T02:00:00Z');
    const closed = await world.close({
      onProgress: ({ month }) => {
        if (months.at(-1) !== month) months.push(month);
      },
    });
    expect(closed).toEqual(['2026-08', '2026-09', '2026-10'].map((month) => ({ month, statements: 1 })));
    expect(months).toEqual(['2026-08', '2026-09', '2026-10']);
    for (const month of months)
      expect(await linesOf(world, 'proj-1', month)).toEqual([
        `usage ${month} ai1-1-gpu 300 min 19.30`,
        'total 19.30',
      ]);
    expect((await world.store.readStatementIndex('proj-1')).statements.map(({ month }) => month)).toEqual(
      months,
    );
  });

  test('end with a named month', async () => {
    const world = await createWorld({ now: '2026-08-10T00:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-08-05T08:00:00Z'));
    world.setClock('2026-11-03T02:00:00Z');
    expect((await world.close({ month: '2026-09' })).map(({ month }) => month)).toEqual([
      '2026-08',
      '2026-09',
    ]);
    expect(await world.store.readClosedMonths()).toEqual(['2026-08', '2026-09']);
    expect((await world.close()).map(({ month }) => month)).toEqual(['2026-10']);
  });

  test('are a named month and nothing else where the month before it is closed', async () => {
    const world = await createWorld({ now: '2026-10-10T00:00:00Z' });
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    world.setClock('2026-12-01T02:00:00Z');
    expect(await world.close({ month: '2026-11' })).toEqual([{ month: '2026-11', statements: 0 }]);
    expect(await world.store.readClosedMonths()).toEqual(['2026-10', '2026-11']);
  });

  test('begin with the oldest usage of all shards, whichever shard is read first', async () => {
    const [first, second] = ['proj-1', 'proj-2'].sort((a, b) => shardOf(a) - shardOf(b)) as [string, string];
    expect(shardOf(first)).not.toBe(shardOf(second));
    const world = await createWorld({ now: '2026-11-03T02:00:00Z' });
    for (const [projectId, month] of [
      [first, '2026-10'],
      [second, '2026-09'],
    ] as const)
      await world.tell(
        status(`job of ${projectId}`, 'RUNNING', `${month}-05T08:00:00Z`, { projectId }),
        status(`job of ${projectId}`, 'DONE', `${month}-05T13:00:00Z`, { projectId }),
      );
    expect((await world.close()).map(({ month }) => month)).toEqual(['2026-09', '2026-10']);
  });

  test('begin with the oldest usage, also where it is older than the table', async () => {
    const world = await createWorld({ now: '2026-11-03T02:00:00Z' });
    await world.tell(
      status('job-1', 'RUNNING', '2026-09-05T08:00:00Z'),
      status('job-1', 'DONE', '2026-09-05T13:00:00Z'),
    );
    expect(await world.close()).toEqual([
      { month: '2026-09', statements: 1 },
      { month: '2026-10', statements: 0 },
    ]);
  });

  test('do not include a closed month, whether it is named or not', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await world.close()).toEqual([]);
    expect(await world.close({ month: '2026-10' })).toEqual([
      { month: '2026-10', statements: 0, alreadyClosed: true },
    ]);
    expect(await world.close({ month: '2026-07' })).toEqual([
      { month: '2026-07', statements: 0, alreadyClosed: true },
    ]);
    expect(await world.items('STATEMENT')).toHaveLength(1);
  });

  test('have a progress that counts the projects and charges of each shard', async () => {
    const world = await createWorld();
    for (const projectId of ['proj-1', 'proj-2', 'proj-3'])
      await world.tell({ ...running, jobId: `job of ${projectId}`, projectId });
    world.setClock('2026-11-01T02:00:00Z');
    const progress: CloseProgress[] = [];
    await world.close({ onProgress: (step) => progress.push(step) });
    const shards = ['proj-1', 'proj-2', 'proj-3'].map(shardOf);
    expect(new Set(shards).size).toBe(2);
    const inShard = (shard: number) =>
      progress.filter((told) => told.shard === shard).map(({ step, count, of }) => `${step} ${count}/${of}`);
    const chargesIn = (shard: number) =>
      progress.filter((told) => told.shard === shard).map(({ charges }) => charges);
    for (const shard of new Set(shards)) {
      const of = shards.filter((one) => one === shard).length;
      const counts = Array.from({ length: of }, (_, index) => index + 1);
      expect([...new Set(inShard(shard))]).toEqual([0, ...counts].map((count) => `billing ${count}/${of}`));
      expect([...new Set(chargesIn(shard))]).toEqual([0, ...counts]);
    }
    expect(progress[0]).toMatchObject({ month: '2026-10', shards: 16, shard: Math.min(...shards) });
  });
});

describe('the request of a close', () => {
  test('names a month or none, as the event of a schedule does', () => {
    expect(parseCloseRequest({ month: '2026-10' })).toEqual({ month: '2026-10' });
    for (const request of [undefined, null, {}, { source: 'aws.events', time: '2026-11-01T02:00:00Z' }])
      expect(parseCloseRequest(request).month).toBeUndefined();
  });

  test.each(['2026-13', '2026-1', 'October', 10, ''])('is refused where its month is %j', (month) => {
    const parse = () => parseCloseRequest({ month });
    expect(parse).toThrow(Refusal);
    expect(parse).toThrow(
      expect.objectContaining({ code: 'invalid', errors: [expect.objectContaining({ pointer: '/month' })] }),
    );
  });
});
