import { describe, expect, test } from 'vitest';
import { closeMonths, readCloseProgress } from '../../../../lib/operations/close/close-months.ts';
import { acquireShard } from '../../../../lib/operations/close/shard-lease.ts';
import { shardOf } from '../../../../lib/store/keys.ts';
import type { Item, Put } from '../../../../lib/store/table.ts';
import { billedRecords } from '../billed-records.ts';
import { createMortalTable, Died, isCommit, putsOf, wrapTable } from '../tables.ts';
import { createWorld, inShort, status, TWO_CPUS, type World } from '../world.ts';
import { BILLED, billed, createMonthInTwoShards, slowTable } from './month-in-two-shards.ts';

describe('closes that share a month', () => {
  const shards = async (world: World) =>
    (await world.store.readShards('2026-10')).map(({ shard, step, leaseUntil }) => [
      shard,
      step,
      leaseUntil > world.clock.now,
    ]);
  const [first, second] = ['proj-1', 'proj-2'].map(shardOf).sort((a, b) => a - b) as [number, number];

  test('work on two shards in these tests', () => {
    expect(first).not.toBe(second);
  });

  test('keep the progress of each shard with changed months in the table, and of no other', async () => {
    const world = await createMonthInTwoShards();
    await world.close();
    expect(await shards(world)).toEqual([
      [first, 'done', false],
      [second, 'done', false],
    ]);
  });

  test('leave leased shards alone, and the last close ends the month', async () => {
    const world = await createMonthInTwoShards();
    let other: Awaited<ReturnType<typeof closeMonths>> = [];
    let met: unknown;
    const table = wrapTable(world.table, async (call, run) => {
      // The first commit waits until another close has come and gone.
      if (isCommit(call) && met === undefined) {
        met = await shards(world);
        other = await closeMonths(await world.open(), { shared: true });
      }
      return run();
    });
    const closed = await closeMonths(await world.open(table), { shared: true });
    expect(met).toEqual([[first, expect.anything(), true]]);
    expect(other).toEqual([{ month: '2026-10', statements: 1, unfinished: true }]);
    expect(closed).toEqual([{ month: '2026-10', statements: 1 }]);
    expect(await billed(world)).toEqual([BILLED, BILLED]);
  });

  test('take over a shard whose close has died after two minutes', async () => {
    const world = await createMonthInTwoShards();
    let isDead = false;
    const dying = wrapTable(world.table, async (call, run) => {
      isDead ||= isCommit(call);
      if (isDead) throw new Died();
      return run();
    });
    await closeMonths(await world.open(dying), { shared: true }).catch(() => undefined);
    expect((await shards(world)).some(([, , held]) => held)).toBe(true);
    world.clock.now += 119_000;
    expect(await world.close({ shared: true })).toMatchObject([{ unfinished: true }]);
    world.clock.now += 2_000;
    expect((await world.close({ shared: true }))[0]?.unfinished).toBeUndefined();
    expect(await billed(world)).toEqual([BILLED, BILLED]);
  });

  test('begin no later month while a shard of an earlier one is leased', async () => {
    const world = await createMonthInTwoShards();
    world.setClock('2026-12-01T02:00:00Z');
    const lease = await acquireShard(await world.open(), '2026-10', undefined, {
      ...{ shard: first, step: 'billing', count: 0, of: 0, statements: 0, failures: [] },
      ...{ leaseUntil: 0, savedAt: 0, version: 0 },
    });
    expect(lease).toBeDefined();
    expect(await world.close({ shared: true })).toMatchObject([{ month: '2026-10', unfinished: true }]);
    const months = (await world.items('STATEMENT')).map(({ month }) => month);
    expect(months).not.toContain('2026-11');
    world.clock.now += 121_000;
    expect((await world.close({ shared: true })).map(({ month }) => month)).toEqual(['2026-10', '2026-11']);
    expect(await billed(world)).toEqual([BILLED, BILLED]);
  });

  test('are not waited for by a close that does not share', async () => {
    const world = await createMonthInTwoShards();
    const mortal = createMortalTable(world.table, { call: 40, when: 'before' });
    await closeMonths(await world.open(mortal.table)).catch(() => undefined);
    expect((await world.close())[0]?.unfinished).toBeUndefined();
    expect(await billed(world)).toEqual([BILLED, BILLED]);
  });

  test('renew their leases with heartbeats while they work', async () => {
    const world = await createMonthInTwoShards();
    const saved: number[] = [];
    const table = wrapTable(slowTable(world, 4000), async ({ name, args }, run) => {
      const [put] = args as [Put];
      if (name === 'put' && put.item.pk === 'CLOSE#2026-10')
        saved.push((put.item as Item & { leaseUntil: number }).leaseUntil - world.clock.now);
      return run();
    });
    await closeMonths(await world.open(table));
    // Both shards are claimed and left; in between they are held for two minutes from each save on.
    expect(saved.length).toBeGreaterThan(4);
    expect(saved.filter((ms) => ms > 0).every((ms) => ms === 120_000)).toBe(true);
    expect(saved.filter((ms) => ms <= 0)).toHaveLength(2);
  });

  test('leave a finished shard alone for twelve hours, and then check it again', async () => {
    const world = await createMonthInTwoShards();
    const failing = wrapTable(world.table, async (call, run) => {
      if (isCommit(call) && JSON.stringify(call.args).includes('PROJECT#proj-1')) throw new Error('no');
      return run();
    });
    const close = async () => {
      await closeMonths(await world.open(failing), { shared: true }).catch(() => undefined);
      const progress = await world.store.readShards('2026-10');
      return progress.find(({ shard }) => shard === shardOf('proj-2'))?.savedAt;
    };
    const done = world.clock.now;
    expect(await close()).toBe(done);
    world.clock.now = done + 12 * 3_600_000 - 1;
    expect(await close()).toBe(done);
    world.clock.now += 1;
    expect(await close()).toBe(world.clock.now);
    expect((await world.statement('proj-2', '2026-10')).issuedAt).toBe(done);
  });

  describe('in a shard where a project fails', () => {
    const inOneShard = (count: number) =>
      Array.from({ length: 400 }, (_, index) => `p${100 + index}`)
        .filter((projectId) => shardOf(projectId) === 3)
        .slice(0, count);
    const runs = (world: World, projectId: string, job: number) =>
      world.tell(
        status(`${projectId}-${job}`, 'RUNNING', '2026-10-10T08:00:00Z', { projectId, resources: TWO_CPUS }),
        status(`${projectId}-${job}`, 'DONE', '2026-10-10T09:00:00Z', { projectId }),
      );

    test('begin with the failed project after a take-over, though others were finished after it', async () => {
      const [failing = '', ...others] = inOneShard(25);
      const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
      await world.tell(
        status('runs', 'RUNNING', '2026-10-20T00:00:00Z', { projectId: failing, resources: TWO_CPUS }),
      );
      for (const projectId of others) await runs(world, projectId, 1);
      world.setClock('2026-11-01T02:00:00Z');
      let commits = 0;
      const dying = wrapTable(world.table, async (call, run) => {
        if (commits === others.length) throw new Error('dead');
        if (putsOf(call).some(({ item }) => item.sk.startsWith('CUT#'))) throw new Error('throttled');
        const outcome = await run();
        if (isCommit(call)) commits += 1;
        return outcome;
      });
      await expect(
        closeMonths(await world.open(slowTable(world, 30_000, dying)), { shared: true }),
      ).rejects.toThrow();
      expect(commits).toBe(others.length);
      world.clock.now += 121_000;
      await world.close({ shared: true });
      expect((await world.statement(failing, '2026-10')).lines.map(inShort)).toEqual([
        'usage 2026-10 ai1-1-cpu 17280 min 17.28',
      ]);
      expect(await world.store.readClosedMonths()).toEqual(['2026-10']);
    });

    test('bill a project that takes several invocations all the same', async () => {
      const [failing = '', big = ''] = inOneShard(2);
      const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
      await runs(world, failing, 0);
      for (let job = 0; job < 40; job += 1) await runs(world, big, job);
      world.setClock('2026-11-01T02:00:00Z');
      const broken = wrapTable(world.table, async (call, run) => {
        if (isCommit(call) && JSON.stringify(call.args).includes(`PROJECT#${failing}#`))
          throw new Error('broken');
        return run();
      });
      for (let minutes = 0; minutes < 120 && (await world.items('STATEMENT')).length === 0; minutes += 1) {
        await closeMonths(await world.open(slowTable(world, 30_000, broken)), {
          shared: true,
          deadline: world.clock.now + 13 * 60_000,
        }).catch(() => undefined);
        world.clock.now += 60_000;
      }
      expect((await world.statement(big, '2026-10')).total).toBe('2.40');
      expect(
        new Set((await billedRecords(world.table, `PROJECT#${big}#`)).map((record) => record.statementId))
          .size,
      ).toBe(1);
      expect(await world.store.readClosedMonths()).toEqual([]);
    });
  });

  test('send heartbeats while the jobs of a large project are cut', async () => {
    const world = await createWorld({ now: '2026-10-31T00:00:00Z' });
    for (let job = 0; job < 10; job += 1)
      await world.tell(status(`job-${job}`, 'RUNNING', '2026-10-31T00:00:00Z', { resources: TWO_CPUS }));
    world.setClock('2026-11-01T02:00:00Z');
    const left: number[] = [];
    const table = wrapTable(world.table, async (call, run) => {
      const [shard] = await world.store.readShards('2026-10');
      if (shard && putsOf(call).some(({ item }) => item.sk.startsWith('CUT#')))
        left.push(shard.leaseUntil - world.clock.now);
      return run();
    });
    await closeMonths(await world.open(slowTable(world, 40_000, table)), { shared: true });
    expect(left).toHaveLength(10);
    expect(Math.min(...left)).toBeGreaterThan(0);
  });

  test('name a failed project in the progress, and begin its shard again', async () => {
    const world = await createMonthInTwoShards();
    const failing = wrapTable(world.table, async (call, run) => {
      if (isCommit(call) && JSON.stringify(call.args).includes('PROJECT#proj-1')) throw new Error('no');
      return run();
    });
    await expect(closeMonths(await world.open(failing))).rejects.toThrow(
      '2026-10 stays open: 1 projects failed (proj-1)',
    );
    const progress = await world.store.readShards('2026-10');
    expect(progress.find(({ shard }) => shard === shardOf('proj-1'))).toMatchObject({
      step: 'billing',
      failures: [{ projectId: 'proj-1', error: 'Error: no' }],
      leaseUntil: world.clock.now + 30 * 60_000,
    });
    expect(await world.close({ shared: true })).toMatchObject([{ unfinished: true }]);
    expect(await readCloseProgress(await world.open())).toEqual({ month: '2026-10', shards: progress });
    expect(await world.close()).toEqual([{ month: '2026-10', statements: 1 }]);
    expect((await world.store.readShards('2026-10')).flatMap(({ failures }) => failures)).toEqual([]);
    expect(await readCloseProgress(await world.open())).toBeUndefined();
    expect(await billed(world)).toEqual([BILLED, BILLED]);
  });
});
