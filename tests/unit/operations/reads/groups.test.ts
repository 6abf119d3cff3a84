import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMinor } from '../../../../lib/billing/money.ts';
import { readUsage } from '../../../../lib/operations/reads/read-usage.ts';
import { createGroups, type Grouping, limitJobs } from '../../../../lib/operations/reads/usage-groups.ts';
import { refusalOf } from '../../http/refused.ts';
import { createWorld, retraction, status, TWO_CPUS, TWO_GPUS, type World } from '../world.ts';
import { run } from './pages-and-runs.ts';

const grouped = async (world: World, grouping: Grouping, month = '2026-10') =>
  readUsage(await world.open(), 'proj-1', month, world.clock.now, grouping);

const TEAM: Grouping = { by: 'label', key: 'team' };

describe('usage by group', () => {
  test('has a total for each label value, dearest first, and one for jobs without the label', async () => {
    const world = await createWorld({ now: '2026-10-05T20:00:00Z' });
    const labels = (team: string) => ({ resources: TWO_GPUS, labels: { team, user: 'ana' } });
    await world.tell(
      ...run('a', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', labels('vision')),
      ...run('b', '2026-10-05T08:00:00Z', '2026-10-05T10:00:00Z', labels('vision')),
      ...run('c', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', labels('speech')),
      ...run('d', '2026-10-05T08:00:00Z', '2026-10-05T12:00:00Z', { resources: TWO_CPUS }),
    );
    const { total, groupBy, groups } = await grouped(world, TEAM);
    expect({ total, groupBy }).toEqual({ total: '15.68', groupBy: 'label:team' });
    expect(groups).toEqual([
      { value: 'vision', minutes: 180, total: '11.58', currency: 'EUR' },
      { value: 'speech', minutes: 60, total: '3.86', currency: 'EUR' },
      { minutes: 240, total: '0.24', currency: 'EUR' },
    ]);
  });

  test('a job that changes its hardware is in the group of each flavor', async () => {
    const world = await createWorld({ now: '2026-10-05T20:00:00Z' });
    await world.tell(
      status('a', 'RUNNING', '2026-10-05T08:00:00Z', { resources: TWO_CPUS }),
      status('a', 'RESTARTING', '2026-10-05T09:00:00Z', { resources: TWO_GPUS }),
      status('a', 'RUNNING', '2026-10-05T09:00:00.001Z', {}),
      status('a', 'DONE', '2026-10-05T10:00:00.001Z', {}),
    );
    expect((await grouped(world, { by: 'flavor' })).groups).toEqual([
      { value: 'ai1-1-gpu', minutes: 60, total: '3.86', currency: 'EUR' },
      { value: 'ai1-1-cpu', minutes: 60, total: '0.06', currency: 'EUR' },
    ]);
    expect((await grouped(world, { by: 'job' })).groups).toEqual([
      { value: 'a', minutes: 120, total: '3.92', currency: 'EUR' },
    ]);
  });

  test('is absent unless it is requested, and a label named like a member of objects is a label', async () => {
    const world = await createWorld({ now: '2026-10-05T20:00:00Z' });
    await world.tell(...run('a', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
    expect(await readUsage(await world.open(), 'proj-1', '2026-10', world.clock.now)).not.toHaveProperty(
      'groups',
    );
    expect((await grouped(world, { by: 'label', key: 'toString' })).groups).toEqual([
      { minutes: 60, total: '3.86', currency: 'EUR' },
    ]);
  });

  test('sums to the total to the cent, whatever the jobs are (I5)', async () => {
    const jobs = fc.array(
      fc.record({
        team: fc.constantFrom('a', 'b', 'c', undefined),
        milliUnits: fc.integer({ min: 1, max: 9_999 }),
        flavor: fc.constantFrom('ai1-1-gpu', 'ai1-1-cpu', 'unknown'),
        seconds: fc.integer({ min: 1, max: 90_000 }),
        end: fc.constantFrom('DONE' as const, 'FAILED' as const, 'INTERRUPTED' as const),
      }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(jobs, async (drawn) => {
        const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
        for (const [index, { team, milliUnits, flavor, seconds, end }] of drawn.entries()) {
          const stop = new Date(Date.UTC(2026, 9, 5) + seconds * 1_000).toISOString();
          const resources = { flavor, milliUnits: { gpu: milliUnits, cpu: milliUnits } };
          const said = { resources, ...(team !== undefined && { labels: { team } }) };
          const start = status(`job-${index}`, 'RUNNING', '2026-10-05T00:00:00Z', said);
          await world.tell(start, status(`job-${index}`, end, stop, said));
        }
        for (const grouping of [TEAM, { by: 'job' }, { by: 'flavor' }, { by: 'status' }] as const) {
          const { groups = [], total } = await grouped(world, grouping);
          const sum = groups.reduce((cents, group) => cents + parseMinor(group.total), 0n);
          expect(sum).toBe(parseMinor(total));
        }
      }),
      { numRuns: 40 },
    );
  });

  test('by status is what failed and interrupted jobs cost, by the latest status of each', async () => {
    const world = await createWorld({ now: '2026-10-05T20:00:00Z' });
    const begin = (id: string) => status(id, 'RUNNING', '2026-10-05T08:00:00Z');
    const mistaken = status('taken-back', 'DONE', '2026-10-05T12:00:00Z', {});
    await world.tell(
      ...run('done', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
      ...['failed-1', 'failed-2'].flatMap((id) => [begin(id), status(id, 'FAILED', '2026-10-05T10:00:00Z')]),
      ...[begin('again'), status('again', 'INTERRUPTED', '2026-10-05T09:00:00Z')],
      status('again', 'QUEUED', '2026-10-05T19:00:00Z'),
      ...[begin('taken-back'), status('taken-back', 'FAILED', '2026-10-05T11:00:00Z', {}), mistaken],
      retraction(mistaken, '2026-10-05T13:00:00Z'),
      status('running', 'RUNNING', '2026-10-05T19:00:00Z'),
    );
    const { groupBy, groups, total } = await grouped(world, { by: 'status' });
    expect({ groupBy, total }).toEqual({ groupBy: 'status', total: '38.60' });
    expect(groups).toEqual([
      { value: 'FAILED', minutes: 420, total: '27.02', currency: 'EUR' },
      { value: 'DONE', minutes: 60, total: '3.86', currency: 'EUR' },
      { value: 'QUEUED', minutes: 60, total: '3.86', currency: 'EUR' },
      { value: 'RUNNING', minutes: 60, total: '3.86', currency: 'EUR' },
    ]);
  });

  test('by status is refused beyond ten thousand jobs, before their facts are read', async () => {
    async function* jobs() {
      for (let number = 1; number <= 10_001; number += 1) yield number;
    }
    let read = 0;
    const refusal = await refusalOf(async () => {
      for await (const _ of limitJobs(jobs())) read += 1;
    });
    expect(read).toBe(10_000);
    expect(refusal).toMatchObject({ code: 'invalid', errors: [{ pointer: 'groupBy' }] });
  });

  test('is refused beyond ten thousand groups, and says how to read the rest', async () => {
    const world = await createWorld({ now: '2026-10-05T20:00:00Z' });
    await world.tell(...run('a', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
    const [charge] = await world.charges('proj-1', '2026-10');
    assert(charge?.kind === 'final');
    const groups = createGroups({ by: 'job' });
    for (let number = 1; number <= 10_000; number += 1) groups.add({ ...charge, jobId: `job-${number}` });
    groups.add({ ...charge, jobId: 'job-1' });
    expect(groups.result([], 'EUR')).toHaveLength(10_000);
    const refusal = await refusalOf(() => groups.add({ ...charge, jobId: 'one-more' }));
    expect(refusal).toMatchObject({ code: 'invalid', errors: [{ pointer: 'groupBy' }] });
    expect(refusal.message).toContain('read the jobs page by page');
  });

  test('has a group for time without resources, and of equal totals comes by value', async () => {
    const world = await createWorld({ now: '2026-10-05T20:00:00Z' });
    await world.tell(
      ...run('unknown', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', {}),
      ...['c', 'a', 'b'].flatMap((id) => run(id, '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z')),
    );
    expect((await grouped(world, { by: 'flavor' })).groups).toEqual([
      { value: 'ai1-1-gpu', minutes: 180, total: '11.58', currency: 'EUR' },
      { minutes: 60, total: '0.00', currency: 'EUR' },
    ]);
    const byJob = (await grouped(world, { by: 'job' })).groups ?? [];
    expect(byJob.map(({ value }) => value)).toEqual(['a', 'b', 'c', 'unknown']);
  });
});

test('a cent that two groups have an equal claim to does not depend on the order of charges', async () => {
  const labels = (team: string) => ({ resources: TWO_CPUS, labels: { team } });
  // 5 minutes of 2 CPUs at 0.03 an hour are half a cent: a line of one cent for two groups.
  const teams = ['speech', 'vision'] as const;
  const totals = await Promise.all(
    [teams, teams.toReversed()].map(async (order) => {
      const each = await createWorld({ now: '2026-10-05T20:00:00Z' });
      const ids = ['a', 'b'] as const;
      await each.tell(
        ...order.flatMap((team, index) =>
          run(ids[index] ?? 'c', '2026-10-05T08:00:00Z', '2026-10-05T08:05:00Z', labels(team)),
        ),
      );
      const { groups = [] } = await grouped(each, TEAM);
      return groups.map(({ value, total }) => `${value} ${total}`);
    }),
  );
  expect(totals[0]).toEqual(totals[1]);
  expect(new Set(totals.flat().map((text) => text.split(' ')[1])).size).toBe(2);
});
