import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { BillingContext } from '../../../../lib/operations/billing-context.ts';
import { readProjects } from '../../../../lib/operations/reads/project-totals.ts';
import { readProjectJobs } from '../../../../lib/operations/reads/read-project-jobs.ts';
import { readUsage } from '../../../../lib/operations/reads/read-usage.ts';
import type { Grouping } from '../../../../lib/operations/reads/usage-groups.ts';
import { latestJobs } from '../../../../lib/operations/snapshots/snapshot-jobs.ts';
import { latestUsage } from '../../../../lib/operations/snapshots/snapshot-usage.ts';
import { takeSnapshot } from '../../../../lib/operations/snapshots/take-snapshot.ts';
import { takeSnapshots } from '../../../../lib/operations/snapshots/take-snapshots.ts';
import type { Table } from '../../../../lib/store/table.ts';
import { pricesOf } from '../../billing/builders.ts';
import { run, running } from '../reads/pages-and-runs.ts';
import { createMortalTable, putsOf, wrapTable } from '../tables.ts';
import { at, createWorld, retraction, status, TARIFF, TWO_CPUS, type World } from '../world.ts';

const OF = { projectId: 'proj-1', usageMonth: '2026-10' };
const MINUTE_MS = 60_000;

/** Notes a read of October, as a read of a large month does. */
const request = (world: World) =>
  world.store
    .readSnapshotHead(OF)
    .then((head) =>
      world.store.saveSnapshotHead(OF, head, { ...head, requestedAt: world.clock.now }, 1_900_000_000),
    );

const latest = async (world: World, grouping?: Grouping) =>
  latestUsage(await world.open(), 'proj-1', '2026-10', world.clock.now, grouping);
const exact = async (world: World, grouping?: Grouping) =>
  readUsage(await world.open(), 'proj-1', '2026-10', world.clock.now, grouping);
const take = async (world: World) => {
  await request(world);
  return takeSnapshot(await world.open(), OF);
};

let world: World;
beforeEach(async () => {
  world = await createWorld({ now: '2026-10-20T12:00:00Z' });
  await world.tell(
    ...run('job-2', '2026-10-06T08:00:00Z', '2026-10-16T08:00:00Z', {
      resources: TWO_CPUS,
      labels: { team: 'a' },
    }),
    status('job-3', 'RUNNING', '2026-09-28T08:00:00Z'),
    status('job-4', 'RUNNING', '2026-10-19T08:00:00Z', { resources: { flavor: 'unknown', milliUnits: {} } }),
    running,
  );
});

describe('a snapshot of a month', () => {
  test('gives what all charges gave when it was taken, and says so', async () => {
    const groupings: (Grouping | undefined)[] = [
      undefined,
      { by: 'label', key: 'team' },
      { by: 'flavor' },
      { by: 'job' },
      { by: 'status' },
    ];
    const before = await Promise.all(groupings.map((grouping) => exact(world, grouping)));
    expect(await take(world)).toBe('taken');
    world.clock.now += MINUTE_MS / 2;
    const state = { takenAt: '2026-10-20T12:00:00.000Z', charges: 4, state: 'current' };
    for (const [index, grouping] of groupings.entries())
      expect(await latest(world, grouping)).toEqual({ ...before[index], snapshot: state });
    await world.tell(status('job-1', 'DONE', '2026-10-20T12:00:00Z'));
    world.clock.now += MINUTE_MS;
    expect(await latest(world)).toEqual({ ...before[0], snapshot: { ...state, state: 'being taken' } });
    expect(await take(world)).toBe('taken');
    const { snapshot, ...usage } = await latest(world);
    expect(snapshot?.state).toBe('current');
    expect(usage).toEqual(await exact(world));
  });

  test('gives the same for any jobs', async () => {
    const job = fc.record({
      id: fc.stringMatching(/^[a-c:.-]{1,3}$/),
      day: fc.integer({ min: 1, max: 18 }),
      hours: fc.option(fc.integer({ min: 1, max: 40 })),
      isRetracted: fc.boolean(),
      labels: fc.option(
        fc.dictionary(fc.constantFrom('team', 'user', '__proto__'), fc.constantFrom('a', 'b')),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(job, { selector: ({ id }) => id, maxLength: 6 }), async (jobs) => {
        const own = await createWorld({ now: '2026-10-20T12:00:00Z' });
        for (const { id, day, hours, isRetracted, labels } of jobs) {
          const start = at(`2026-10-${String(day).padStart(2, '0')}T08:00:00Z`);
          const iso = (time: number) => new Date(time).toISOString();
          const begun = status(id, 'RUNNING', iso(start), { resources: TWO_CPUS, ...(labels && { labels }) });
          await own.tell(begun);
          if (hours) await own.tell(status(id, 'DONE', iso(start + hours * 60 * MINUTE_MS + 1)));
          if (isRetracted) await own.tell(retraction(begun, iso(start)));
        }
        const context = await own.open();
        const of = ['proj-1', '2026-10', own.clock.now] as const;
        const page = { sort: 'cost' as const, limit: 100 };
        const before = [await exact(own), await readProjectJobs(context, ...of, page)];
        await take(own);
        const { snapshot, ...usage } = await latest(own);
        const { snapshot: ofJobs, ...list } = await latestJobs(context, ...of, page);
        expect([usage, list]).toEqual(before);
        expect(ofJobs).toEqual(snapshot);
      }),
      { numRuns: 40 },
    );
  });

  test('is not shown after a statement was issued, nor is one that was begun before', async () => {
    const isClosed = (usage: object) => 'billed' in usage;
    world.setClock('2026-11-01T05:00:00Z');
    await take(world);
    expect(isClosed(await latest(world))).toBe(false);
    // The month is closed while another is being taken.
    await request(world);
    let calls = 0;
    const table = wrapTable(world.table, async ({ name, args }, call) => {
      const result = await call();
      if (name === 'query' && String(args[0]).startsWith('PROJECT#') && calls++ === 0)
        await world.closeAt('2026-11-01T07:00:00Z');
      return result;
    });
    expect(await takeSnapshot(await world.open(table), OF)).toBe('taken');
    expect(calls).toBeGreaterThan(0);
    const now = await latest(world);
    expect([now.snapshot, now]).toEqual([undefined, await exact(world)]);
    await request(world);
    expect(await takeSnapshots(await world.open())).toEqual({ taken: 1, failed: 0 });
    const { snapshot, ...usage } = await latest(world);
    expect(snapshot?.state).toBe('current');
    expect(usage).toEqual(await exact(world));
    expect(usage.billed?.due).toBe('0.00');
    // A late fact shows with the next one: what is due is consistent with the total.
    await world.tell(...run('late', '2026-10-02T00:00:00Z', '2026-10-02T01:00:00Z'));
    const late = await latest(world);
    expect([late.total, late.billed?.due]).toEqual([late.billed?.total, '0.00']);
  });

  test('stays when a later month is closed that corrects nothing of it', async () => {
    await world.closeAt('2026-11-01T07:00:00Z');
    world.setClock('2026-12-01T06:30:00Z');
    await take(world);
    await world.closeAt('2026-12-01T07:00:00Z');
    expect((await latest(world)).snapshot?.takenAt).toBe('2026-12-01T06:30:00.000Z');
  });

  test('is begun again under another id after a crash, once its lease has ended', async () => {
    const expected = await exact(world);
    await request(world);
    const dying = createMortalTable(world.table, { call: 14, when: 'after' });
    await expect(takeSnapshot(await world.open(dying.table), OF)).rejects.toThrow();
    expect((await latest(world)).snapshot).toBeUndefined();
    expect(await takeSnapshot(await world.open(), OF)).toBe('not due');
    world.clock.now += 3 * MINUTE_MS;
    expect(await takeSnapshot(await world.open(), OF)).toBe('taken');
    const { lines } = await latest(world);
    expect(lines.map(({ flavor }) => flavor)).toEqual(expected.lines.map(({ flavor }) => flavor));
  });

  test('that is of an earlier time than the first page of a list gives no further page of it', async () => {
    const pageOf = async (after?: readonly string[], table?: Table) => {
      const page = { sort: 'minutes' as const, limit: 2, after };
      return latestJobs(await world.open(table), 'proj-1', '2026-10', world.clock.now, page);
    };
    let first: Awaited<ReturnType<typeof pageOf>> | undefined;
    const table = wrapTable(world.table, async (call, proceed) => {
      if (putsOf(call).some(({ item }) => item.sk.startsWith('USAGE#'))) {
        world.clock.now += 2 * MINUTE_MS;
        first = await pageOf();
      }
      return proceed();
    });
    await request(world);
    expect(await takeSnapshot(await world.open(table), OF)).toBe('taken');
    expect((await pageOf()).snapshot).toBeDefined();
    const all = { sort: 'minutes' as const, limit: 9 };
    const { jobs } = await readProjectJobs(await world.open(), 'proj-1', '2026-10', world.clock.now, all);
    const second = await pageOf(first?.next);
    expect([...(first?.jobs ?? []), ...second.jobs]).toEqual(jobs);
    expect(second).not.toHaveProperty('snapshot');
    // A later one does: it is counted up to the time of the first page.
    world.clock.now += 2 * MINUTE_MS;
    await take(world);
    expect(await pageOf(first?.next)).toMatchObject({ jobs: second.jobs, snapshot: { state: 'current' } });
  });

  test('is taken of months that were read within the hour, and again when it is old', async () => {
    expect(await takeSnapshots(await world.open())).toEqual({ taken: 0, failed: 0 });
    await request(world);
    expect(await takeSnapshots(await world.open())).toEqual({ taken: 1, failed: 0 });
    expect(await takeSnapshots(await world.open())).toEqual({ taken: 0, failed: 0 });
    world.clock.now += MINUTE_MS;
    expect(await takeSnapshots(await world.open())).toEqual({ taken: 1, failed: 0 });
    world.clock.now += 61 * MINUTE_MS;
    expect(await takeSnapshots(await world.open())).toEqual({ taken: 0, failed: 0 });
    // A read of it asks for another.
    expect((await latest(world)).snapshot?.state).toBe('being taken');
    expect(await takeSnapshots(await world.open())).toEqual({ taken: 1, failed: 0 });
  });

  const totalsOf = async (context: BillingContext) =>
    readProjects(context, ['proj-1'], '2026-10', world.clock.now, {
      ...{ totals: true, limit: 10 },
      after: undefined,
    });

  test('gives the totals of a list of projects', async () => {
    const [before] = (await totalsOf(await world.open())).totals ?? [];
    await take(world);
    const [{ snapshot, ...total } = {}] = (await totalsOf(await world.open())).totals ?? [];
    expect([snapshot !== undefined, total]).toEqual([true, before]);
  });

  const runWithoutPrice = () => {
    const resources = { flavor: 'h100-gpu', milliUnits: { gpu: 1_000 } };
    return world.tell(status('job-5', 'RUNNING', '2026-10-20T00:00:00Z', { resources }));
  };
  const addPrice = () => {
    const prices = pricesOf({ 'ai1-1-cpu': '0.03', 'ai1-1-gpu': '1.93', 'h100-gpu': '3.00' });
    return world.store.publishTariff({ ...TARIFF, revision: 2, prices });
  };

  test('has one total in all answers once tariffs are added, and another is due', async () => {
    await runWithoutPrice();
    await take(world);
    const readAll = async (context: BillingContext) => {
      const of = [context, 'proj-1', '2026-10', world.clock.now] as const;
      const usage = await latestUsage(...of);
      const groups = await latestUsage(...of, { by: 'job' });
      const jobs = await latestJobs(...of, { sort: 'cost', limit: 10 });
      const { totals: [project] = [] } = await totalsOf(context);
      return { usage, answers: [groups, project, usage], jobs };
    };
    const warm = await world.open();
    const before = await readAll(warm);
    await addPrice();

    const { answers, jobs } = await readAll(await world.open());
    const { total } = await exact(world);
    expect(total).not.toBe(before.usage.total);
    const snapshot = { ...before.usage.snapshot, state: 'being taken' };
    for (const answer of answers) expect(answer).toMatchObject({ total, snapshot });
    expect(jobs).toMatchObject({
      jobs: expect.arrayContaining([expect.objectContaining({ cost: '36.00' })]),
      snapshot,
    });

    expect(await takeSnapshots(await world.open())).toEqual({ taken: 1, failed: 0 });
    expect(await takeSnapshots(await world.open())).toEqual({ taken: 0, failed: 0 });
    // A process that has cached the tariffs from before reads them again.
    const after = await readAll(warm);
    for (const answer of after.answers)
      expect(answer).toMatchObject({ total, snapshot: { ...snapshot, state: 'current' } });
  });

  test('has the usage that its head names, whatever one that lost its lease writes later', async () => {
    await runWithoutPrice();
    let isFirst = true;
    const slow = wrapTable(world.table, async (call, run) => {
      if (isFirst && putsOf(call).some(({ item }) => item.sk.startsWith('USAGE#'))) {
        isFirst = false;
        await addPrice();
        world.clock.now += 3 * MINUTE_MS;
        expect(await take(world)).toBe('taken');
      }
      return run();
    });
    await request(world);
    expect(await takeSnapshot(await world.open(slow), OF)).toBe('not due');
    const { total, snapshot } = await latest(world);
    world.setClock('2026-10-20T12:00:00Z');
    expect([snapshot?.takenAt, total]).toEqual(['2026-10-20T12:00:00.000Z', (await exact(world)).total]);
  });

  test('lists a job that stopped since as running, with its latest status', async () => {
    await take(world);
    await world.tell(status('job-1', 'DONE', '2026-10-20T11:00:00Z'));
    const list = await latestJobs(await world.open(), 'proj-1', '2026-10', world.clock.now, {
      sort: 'cost',
      limit: 10,
    });
    const job = list.jobs.find(({ jobId }) => jobId === 'job-1');
    expect(job).toMatchObject({ running: true, status: 'DONE' });
    expect(job).not.toHaveProperty('end');
  });
});
