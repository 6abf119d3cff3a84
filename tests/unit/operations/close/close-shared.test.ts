import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { audit } from '../../../../lib/operations/audit/audit.ts';
import {
  type CloseOptions,
  closeMonths,
  readCloseProgress,
} from '../../../../lib/operations/close/close-months.ts';
import { replayMonth } from '../../../../lib/operations/verify/replay.ts';
import { shardOf } from '../../../../lib/store/keys.ts';
import type { Item, Put, Table } from '../../../../lib/store/table.ts';
import { allOf } from '../../../../simulation/items-on.ts';
import { createMortalTable, isCommit, putsOf, wrapTable } from '../tables.ts';
import { createWorld, inShort, status, TWO_CPUS, type World } from '../world.ts';

const JOBS = 5;

/** Two projects in shards of their own, each with a few ended jobs, a correction and a job that still runs. */
const busyWorld = async (): Promise<World> => {
  const world = await createWorld({ now: '2026-09-20T00:00:00Z' });
  for (const projectId of ['proj-1', 'proj-2']) {
    await world.tell(
      status(`${projectId}-old`, 'RUNNING', '2026-09-10T08:00:00Z', { projectId, resources: TWO_CPUS }),
      status(`${projectId}-old`, 'DONE', '2026-09-10T09:00:00Z', { projectId }),
    );
  }
  await world.closeAt('2026-10-01T02:00:00Z');
  for (const projectId of ['proj-1', 'proj-2']) {
    await world.tell(status(`${projectId}-old`, 'FINALIZING', '2026-09-10T08:50:00Z', { projectId }));
    for (let job = 1; job <= JOBS; job += 1)
      await world.tell(
        status(`${projectId}-${job}`, 'RUNNING', `2026-10-0${job}T08:00:00Z`, {
          projectId,
          resources: TWO_CPUS,
        }),
        status(`${projectId}-${job}`, 'DONE', `2026-10-0${job}T09:00:00Z`, { projectId }),
      );
    await world.tell(
      status(`${projectId}-runs`, 'RUNNING', '2026-10-31T23:00:00Z', { projectId, resources: TWO_CPUS }),
    );
  }
  world.setClock('2026-11-01T02:00:00Z');
  return world;
};

const BILLED = [
  'correction 2026-09 ai1-1-cpu -10 min -0.01',
  'usage 2026-10 ai1-1-cpu 360 min 0.36',
  'total 0.35',
];
const billed = async (world: World) => {
  const statements = await Promise.all(
    ['proj-1', 'proj-2'].map((projectId) => world.statement(projectId, '2026-10')),
  );
  return statements.map(({ lines, total }) => [...lines.map(inShort), `total ${total}`]);
};

/** The table with pages of one charge or stamp, at each of which some time passes. */
const slowTable = (world: World, ms = 1000, table: Table = world.table): Table => ({
  ...table,
  async *query(pk, options = {}) {
    if (!options.prefix?.match(/^(CHARGE|BILLED)#$/)) return yield* table.query(pk, options);
    for (let after = options.after; ; ) {
      const [item] = await allOf(
        table.query(pk, { ...options, limit: 1, ...(after !== undefined && { after }) }),
      );
      if (!item) return;
      world.clock.now += ms;
      yield [item];
      after = item.sk;
    }
  },
});

const closeFor = async (world: World, seconds: number, options: CloseOptions = {}) => {
  const context = await world.open(slowTable(world));
  return closeMonths(context, { shared: true, ...options, deadline: world.clock.now + seconds * 1000 });
};

describe('a close whose time is up', () => {
  test.each([1, 2, 3, 5, 8, 13, 21])(
    'after %i seconds, again and again, issues the same statements',
    async (seconds) => {
      const world = await busyWorld();
      let closes = 0;
      for (let unfinished = true; unfinished; closes += 1) {
        expect(closes).toBeLessThan(60);
        const [closed] = await closeFor(world, seconds);
        unfinished = closed?.unfinished ?? false;
        expect((await world.store.readClosedMonths()).includes('2026-10')).toBe(!unfinished);
      }
      expect(closes).toBeGreaterThan(1);
      expect(await billed(world)).toEqual([BILLED, BILLED]);
      expect(await world.items('DRAFT')).toEqual([]);
      expect((await replayMonth(await world.open(), '2026-10')).findings).toEqual([]);
      expect((await audit(await world.open())).findings).toEqual([]);
    },
  );

  test('goes on under the same statement id, and stamps no piece twice', async () => {
    const world = await busyWorld();
    for (let most = 60; (await closeFor(world, 3))[0]?.unfinished; most -= 1) expect(most).toBeGreaterThan(0);
    const stamps = (await world.items('BILLED#proj-1')).filter(({ sk }) => !sk.includes('old'));
    expect(stamps).toHaveLength(JOBS + 1);
    const { statementId } = await world.statement('proj-1', '2026-10');
    expect(stamps.every((stamp) => stamp.statementId === statementId)).toBe(true);
  });

  test.each([
    ['by hand', { shared: false }, 0],
    ['after ten minutes', { shared: true }, 10 * 60_000 + 1],
  ])(
    'one that is closed %s begins again: what arrived meanwhile is on the statement',
    async (_, options, ms) => {
      const world = await busyWorld();
      for (let most = 60; (await world.items('DRAFT')).length === 0; most -= 1) {
        expect(most).toBeGreaterThan(0);
        await closeFor(world, 3);
      }
      world.clock.now += ms;
      const [draft] = await world.items('DRAFT');
      const projectId = String(draft?.projectId);
      await world.tell(
        status(`${projectId}-0`, 'RUNNING', '2026-10-31T23:50:00Z', { projectId, resources: TWO_CPUS }),
      );
      expect((await world.close(options))[0]?.unfinished).toBeUndefined();
      const { lines, total } = await world.statement(projectId, '2026-10');
      expect([...lines.map(inShort), total]).toEqual([
        BILLED[0],
        'usage 2026-10 ai1-1-cpu 370 min 0.37',
        '0.36',
      ]);
      expect(await world.items('DRAFT')).toEqual([]);
    },
  );

  test('one whose index has changed meanwhile is dropped', async () => {
    const world = await busyWorld();
    for (let most = 60; (await world.items('DRAFT')).length === 0; most -= 1) {
      expect(most).toBeGreaterThan(0);
      await closeFor(world, 3);
    }
    const [draft] = await world.items('DRAFT');
    const { pk, projectId, statementId } = draft as Item;
    const index = await world.table.get({ pk, sk: 'HEAD' });
    await world.table.put({ item: { ...(index as Item), version: 7 } });
    await world.close({ shared: true });
    expect(await billed(world)).toEqual([BILLED, BILLED]);
    const issued = await world.statement(String(projectId), '2026-10');
    expect(issued.statementId).not.toBe(statementId);
  });

  test('a crash instead of a hand-over begins with a fresh id', async () => {
    const world = await busyWorld();
    const dying = wrapTable(slowTable(world), async ({ name, args }, run) => {
      const [put] = args as [Put];
      if (name === 'put' && put.item.sk === 'DRAFT') throw new Error('dead');
      return run();
    });
    const deadline = world.clock.now + 12_000;
    await expect(closeMonths(await world.open(dying), { deadline })).rejects.toThrow('stays open');
    const stamped = new Set((await world.items('BILLED#proj')).map((stamp) => stamp.statementId));
    await world.close();
    const issued = await Promise.all(['proj-1', 'proj-2'].map((id) => world.statement(id, '2026-10')));
    expect(issued.some(({ statementId }) => !stamped.has(statementId))).toBe(true);
    expect(await billed(world)).toEqual([BILLED, BILLED]);
  });

  test('facts that arrive between two parts are on this statement or on the next one, once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
        async (parts) => {
          const world = await busyWorld();
          for (const [index, seconds] of parts.entries()) {
            await closeFor(world, seconds);
            const day = String(10 + index);
            await world.tell(
              status(`proj-1-${index % JOBS}`, 'DONE', `2026-10-0${1 + (index % JOBS)}T08:30:00Z`, {
                projectId: 'proj-1',
              }),
              status(`late-${day}`, 'RUNNING', `2026-10-${day}T08:00:00Z`, {
                projectId: 'proj-2',
                resources: TWO_CPUS,
              }),
              status(`late-${day}`, 'DONE', `2026-10-${day}T08:10:00Z`, { projectId: 'proj-2' }),
            );
          }
          await world.close();
          await world.closeAt('2027-01-01T02:00:00Z');
          const statements = (await world.items('STATEMENT')) as unknown as Awaited<
            ReturnType<World['statement']>
          >[];
          const minutesOf = (projectId: string) =>
            statements
              .filter((one) => one.projectId === projectId)
              .flatMap(({ lines }) => lines)
              .filter(({ usageMonth }) => usageMonth === '2026-10')
              .reduce((sum, { minutes }) => sum + minutes, 0);
          const standing = [...(await world.standing()).values()] as unknown as {
            projectId: string;
            usageMonth: string;
            minutes: number;
          }[];
          for (const projectId of ['proj-1', 'proj-2'])
            expect(minutesOf(projectId)).toBe(
              standing
                .filter((one) => one.projectId === projectId && one.usageMonth === '2026-10')
                .reduce((sum, { minutes }) => sum + minutes, 0),
            );
          expect((await audit(await world.open())).findings).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('closes that share a month', () => {
  const shards = async (world: World) =>
    (await world.store.readShards('2026-10')).map(({ shard, step, leaseUntil }) => [
      shard,
      step,
      leaseUntil > world.clock.now,
    ]);
  const [first, second] = ['proj-1', 'proj-2'].map(shardOf).sort((a, b) => a - b) as [number, number];

  test('the projects of this test are in shards of their own', () => {
    expect(first).not.toBe(second);
  });

  test('keep in the table how far each shard is, and nothing of shards with nothing due', async () => {
    const world = await busyWorld();
    await world.close();
    expect(await shards(world)).toEqual([
      [first, 'done', false],
      [second, 'done', false],
    ]);
  });

  test('leave each other what they are at, and the last one closes the month', async () => {
    const world = await busyWorld();
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

  test('a shard whose close has died is taken after two minutes', async () => {
    const world = await busyWorld();
    const mortal = createMortalTable(
      wrapTable(world.table, (_, run) => run()),
      { call: 40, when: 'before' },
    );
    await closeMonths(await world.open(mortal.table), { shared: true }).catch(() => undefined);
    expect((await shards(world)).some(([, , held]) => held)).toBe(true);
    world.clock.now += 119_000;
    expect(await world.close({ shared: true })).toMatchObject([{ unfinished: true }]);
    world.clock.now += 2_000;
    expect((await world.close({ shared: true }))[0]?.unfinished).toBeUndefined();
    expect(await billed(world)).toEqual([BILLED, BILLED]);
  });

  test('one that does not share waits for nobody', async () => {
    const world = await busyWorld();
    const mortal = createMortalTable(world.table, { call: 40, when: 'before' });
    await closeMonths(await world.open(mortal.table)).catch(() => undefined);
    expect((await world.close())[0]?.unfinished).toBeUndefined();
    expect(await billed(world)).toEqual([BILLED, BILLED]);
  });

  test('a long close says now and then that it is still at it', async () => {
    const world = await busyWorld();
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

  test('a shard that is done is left alone for twelve hours, and then looked at again', async () => {
    const world = await busyWorld();
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

    test('who takes it over begins with what has failed, though others were finished after it', async () => {
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

    test('one that takes several invocations is billed all the same', async () => {
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
        new Set(
          (await world.items('BILLED#'))
            .filter(({ pk }) => pk.includes(big))
            .map((stamp) => stamp.statementId),
        ).size,
      ).toBe(1);
      expect(await world.store.readClosedMonths()).toEqual([]);
    });
  });

  test('who cuts the jobs of a large project says meanwhile that he is at it', async () => {
    const world = await createWorld({ now: '2026-10-31T00:00:00Z' });
    for (let job = 0; job < 10; job += 1)
      await world.tell(status(`job-${job}`, 'RUNNING', '2026-10-31T00:00:00Z', { resources: TWO_CPUS }));
    world.setClock('2026-11-01T02:00:00Z');
    const left: number[] = [];
    const table = wrapTable(world.table, async (call, run) => {
      const [shard] = await world.store.readShards('2026-10');
      if (shard?.step === 'settling' && putsOf(call).some(({ item }) => item.sk.startsWith('CUT#')))
        left.push(shard.leaseUntil - world.clock.now);
      return run();
    });
    await closeMonths(await world.open(slowTable(world, 40_000, table)), { shared: true });
    expect(left).toHaveLength(10);
    expect(Math.min(...left)).toBeGreaterThan(0);
  });

  test('a project that fails is named in the progress, and its shard begins again', async () => {
    const world = await busyWorld();
    const failing = wrapTable(world.table, async (call, run) => {
      if (isCommit(call) && JSON.stringify(call.args).includes('PROJECT#proj-1')) throw new Error('no');
      return run();
    });
    await expect(closeMonths(await world.open(failing))).rejects.toThrow(
      '2026-10 stays open: 1 projects failed (proj-1)',
    );
    const progress = await world.store.readShards('2026-10');
    expect(progress.find(({ shard }) => shard === shardOf('proj-1'))).toMatchObject({
      step: 'settling',
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
