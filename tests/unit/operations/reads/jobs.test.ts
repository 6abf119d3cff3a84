import { describe, expect, test } from 'vitest';
import { readJob } from '../../../../lib/operations/reads/read-job.ts';
import { readProjectJobs } from '../../../../lib/operations/reads/read-project-jobs.ts';
import { pricesOf } from '../../billing/builders.ts';
import { wrapTable } from '../tables.ts';
import {
  at,
  createWorld,
  cutoff,
  jobRef,
  retraction,
  status,
  TARIFF,
  TWO_CPUS,
  type World,
} from '../world.ts';
import { allPages, done, run, running } from './pages-and-runs.ts';

/** Rated by no price: time is shown, and counts 28 days without a stop. */
const UNPRICED = { ...TARIFF, prices: {} };

describe('the jobs of a month', () => {
  const jobs = async (world: World, month: string, limit: number, after?: readonly string[]) =>
    readProjectJobs(await world.open(), 'proj-1', month, world.clock.now, {
      limit,
      after,
    });

  test('come with minutes, cost and whether they run', async () => {
    const world = await createWorld({ now: '2026-10-05T14:00:00Z' });
    await world.tell(running, done, ...run('job-1', '2026-10-05T13:30:00Z', '2026-10-05T13:40:00Z'));
    await world.tell(status('job-2', 'RUNNING', '2026-10-05T13:00:00Z', { resources: TWO_CPUS }));
    expect(await jobs(world, '2026-10', 10)).toEqual({
      projectId: 'proj-1',
      month: '2026-10',
      jobs: [
        {
          jobId: 'job-1',
          status: 'DONE',
          running: false,
          start: '2026-10-05T08:00:00.000Z',
          end: '2026-10-05T13:40:00.000Z',
          flavor: 'ai1-1-gpu',
          unit: 'gpu',
          units: 2,
          minutes: 310,
          cost: '19.94',
          currency: 'EUR',
        },
        {
          jobId: 'job-2',
          status: 'RUNNING',
          running: true,
          start: '2026-10-05T13:00:00.000Z',
          flavor: 'ai1-1-cpu',
          unit: 'cpu',
          units: 2,
          minutes: 60,
          cost: '0.06',
          currency: 'EUR',
        },
      ],
    });
  });

  test('come page by page, each once and in order, those of open charges in earlier months too', async () => {
    const world = await createWorld({ now: '2026-10-31T00:00:00Z' });
    const ids = ['job', 'job-1', 'job-10', 'job-1a', 'job-2', 'job.3', 'job1', 'job:4'].sort();
    for (const [index, jobId] of ids.entries())
      if (index % 2 === 0) await world.tell(status(jobId, 'RUNNING', '2026-10-31T00:00:00Z'));
    world.setClock('2026-11-02T00:00:00Z');
    for (const [index, jobId] of ids.entries())
      if (index % 2 === 1)
        await world.tell(
          ...run(jobId, '2026-11-01T01:00:00Z', '2026-11-01T02:00:00Z'),
          ...run(jobId, '2026-11-01T03:00:00Z', '2026-11-01T04:00:00Z'),
        );
    for (const limit of [1, 2, 3, 7, 8, 9]) {
      const pages = await allPages((after: readonly string[] | undefined) =>
        jobs(world, '2026-11', limit, after),
      );
      const found = pages.flatMap((page) => page.jobs);
      expect(found.map(({ jobId }) => jobId)).toEqual(ids);
      expect(found.map(({ minutes }) => minutes)).toEqual(
        ids.map((_, index) => (index % 2 === 0 ? 1440 : 120)),
      );
      expect(pages).toHaveLength(Math.ceil(ids.length / limit));
    }
  });

  test('show unrated and held time', async () => {
    const world = await createWorld({ now: '2026-10-30T00:00:00Z', tariffs: [UNPRICED] });
    await world.tell(status('job-1', 'RUNNING', '2026-10-01T00:00:00Z'));
    expect((await jobs(world, '2026-10', 10)).jobs).toMatchObject([
      { minutes: 28 * 1440, unratedMinutes: 28 * 1440, held: true, cost: '0.00' },
    ]);
  });
});

describe('a job', () => {
  const job = async (world: World, of = jobRef('job-1')) => readJob(await world.open(), of, world.clock.now);

  test('is counted once while a close cuts it', async () => {
    const world = await createWorld({ now: '2026-10-31T23:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-10-31T23:00:00Z'));
    world.setClock('2026-11-01T06:00:00Z');
    const before = await job(world);
    await world.write(cutoff('job-1', '2026-11'));
    const october = Promise.withResolvers<void>();
    const table = wrapTable(world.table, async ({ name, args }, call) => {
      if (name !== 'query' || !String(args[0]).startsWith('PROJECT#')) return call();
      if (args[0] === 'PROJECT#proj-1#2026-10') return call().finally(october.resolve);
      // The open charge of October has been read, that of November is about to be.
      await october.promise;
      await world.settle(jobRef('job-1'));
      return call();
    });
    const meanwhile = await readJob(await world.open(table), jobRef('job-1'), world.clock.now);
    expect(meanwhile?.cost).toBe(before?.cost);
    expect(meanwhile?.charges.map(({ usageMonth, minutes }) => [usageMonth, minutes])).toEqual([
      ['2026-10', 60],
      ['2026-11', 360],
    ]);
  });

  test('without facts is not found', async () => {
    expect(await job(await createWorld(), jobRef('unknown'))).toBeUndefined();
  });

  test('is shown with its transitions, intervals, charges and cost', async () => {
    const world = await createWorld();
    const queued = status('job-1', 'QUEUED', '2026-10-05T07:00:00Z');
    await world.tell(done, running, queued);
    world.setClock('2026-10-06T00:00:00Z');
    const shown = await job(world);
    expect(shown).toMatchObject({
      jobId: 'job-1',
      projectId: 'proj-1',
      status: 'DONE',
      resources: { flavor: 'ai1-1-gpu', gpu: 2, cpu: 26 },
      retractions: [],
      intervals: [{ start: '2026-10-05T08:00:00.000Z', end: '2026-10-05T13:00:00.000Z', minutes: 300 }],
      charges: [
        {
          state: 'final',
          projectId: 'proj-1',
          minutes: 300,
          unitMinutes: 600,
          pricePerHour: '1.93',
          amountTimes60: '1158',
          openedBy: { id: running.id },
          endedBy: { cause: 'fact', fact: { id: done.id } },
        },
      ],
      cost: '19.30',
      currency: 'EUR',
      asOf: '2026-10-06T00:00:00.000Z',
    });
    expect(shown?.transitions.map(({ status: entered }) => entered)).toEqual(['QUEUED', 'RUNNING', 'DONE']);
  });

  test('that runs costs what it has used up to now, over months and prices', async () => {
    const world = await createWorld({
      now: '2026-10-31T23:00:00Z',
      tariffs: [
        TARIFF,
        { ...TARIFF, effectiveFrom: at('2026-11-01T01:00:00Z'), prices: pricesOf({ 'ai1-1-gpu': '2' }) },
      ],
    });
    await world.tell(status('job-1', 'RUNNING', '2026-10-31T23:00:00Z'));
    world.setClock('2026-11-01T02:00:00Z');
    const shown = await job(world);
    expect(shown).toMatchObject({ status: 'RUNNING', cost: '11.72', intervals: [{ minutes: 180 }] });
    expect(shown?.intervals[0]).not.toHaveProperty('end');
    expect(
      shown?.charges.map(({ state, usageMonth, pricePerHour, minutes }) => [
        state,
        usageMonth,
        pricePerHour,
        minutes,
      ]),
    ).toEqual([
      ['running', '2026-10', '1.93', 60],
      ['running', '2026-11', '1.93', 60],
      ['running', '2026-11', '2', 60],
    ]);
  });

  test('that ran several times is billed for every run', async () => {
    const world = await createWorld({ now: '2026-10-06T00:00:00Z' });
    await world.tell(
      ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
      status('job-1', 'RESTARTING', '2026-10-05T09:30:00Z'),
      ...run('job-1', '2026-10-05T10:00:00Z', '2026-10-05T11:00:00Z'),
    );
    expect(await job(world)).toMatchObject({ intervals: [{ minutes: 60 }, { minutes: 60 }], cost: '7.72' });
  });

  test('is billed for no minute without a price, and for all of them by the statement that has one', async () => {
    const world = await createWorld({ now: '2026-10-05T14:00:00Z', tariffs: [UNPRICED] });
    await world.tell(...run('job-1', '2026-10-05T13:00:00Z', '2026-10-05T14:00:00Z'));
    await world.closeAt('2026-11-01T06:00:00Z');
    await world.store.publishTariff({ ...TARIFF, revision: 2 });
    await world.settle(jobRef('job-1'));
    await world.closeAt('2026-12-01T06:00:00Z');
    expect((await job(world))?.billed).toMatchObject([
      { month: '2026-10', kind: 'usage', minutes: 0, amount: '0.00' },
      { month: '2026-11', kind: 'correction', minutes: 60, amount: '3.86' },
    ]);
  });

  test('shows what was retracted and why', async () => {
    const world = await createWorld();
    await world.tell(running, done, retraction(running, '2026-10-06T00:00:00Z'));
    const shown = await job(world);
    expect(shown).toMatchObject({
      cost: '0.00',
      intervals: [],
      charges: [],
      retractions: [{ reason: 'sent by mistake', retracts: { source: running.source, id: running.id } }],
    });
    expect(shown?.transitions).toMatchObject([{ status: 'DONE' }, { status: 'RUNNING', retracted: true }]);
  });

  test('that was retracted altogether still belongs to its project', async () => {
    const world = await createWorld();
    await world.tell(running, retraction(running, '2026-10-06T00:00:00Z'));
    const shown = await job(world);
    expect(shown).toMatchObject({ projectId: 'proj-1', charges: [], cost: '0.00' });
    expect(shown).not.toHaveProperty('status');
  });

  test('shows nothing of the job with its id in another project', async () => {
    const world = await createWorld({ now: '2026-10-06T00:00:00Z' });
    await world.tell(running, done);
    const queued = status('job-1', 'QUEUED', '2026-10-05T07:00:00Z', { projectId: 'proj-2' });
    await world.tell(queued);
    expect(await job(world)).toMatchObject({
      projectId: 'proj-1',
      status: 'DONE',
      transitions: [{ status: 'RUNNING' }, { status: 'DONE' }],
      charges: [{ projectId: 'proj-1', minutes: 300 }],
      cost: '19.30',
    });
    const theirs = await job(world, jobRef('job-1', 'proj-2'));
    expect(theirs).toMatchObject({
      projectId: 'proj-2',
      status: 'QUEUED',
      transitions: [{ id: queued.id }],
      intervals: [],
      charges: [],
      cost: '0.00',
    });
    expect(theirs).not.toHaveProperty('resources');
  });

  test('warns of unexpected steps, unrated and held time', async () => {
    const world = await createWorld({ now: '2026-11-05T00:00:00Z', tariffs: [UNPRICED] });
    await world.tell(
      status('job-1', 'DONE', '2026-09-29T00:00:00Z', {}),
      status('job-1', 'QUEUED', '2026-09-30T00:00:00Z', {}),
      status('job-1', 'RUNNING', '2026-10-01T00:00:00Z'),
    );
    const shown = await job(world);
    expect(shown?.warnings).toEqual([
      expect.stringContaining('without RUNNING'),
      'no price yet: billed once a tariff has one for ai1-1-gpu',
      expect.stringContaining('held from 2026-10-29T00:00:00.000Z'),
    ]);
    expect(shown?.intervals).toEqual([
      {
        start: '2026-10-01T00:00:00.000Z',
        minutes: 28 * 1440,
        held: { from: '2026-10-29T00:00:00.000Z', cause: 'maxRunning' },
      },
    ]);
  });
});
