import assert from 'node:assert/strict';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseMinor } from '../../../../lib/billing/money.ts';
import { readJob } from '../../../../lib/operations/reads/read-job.ts';
import { type JobsPage, readProjectJobs } from '../../../../lib/operations/reads/read-project-jobs.ts';
import { readStatementCharges } from '../../../../lib/operations/reads/read-statements.ts';
import { readStatementRetractions } from '../../../../lib/operations/reads/statement-retractions.ts';
import { createStory } from '../statement-story.ts';
import { wrapTable } from '../tables.ts';
import { createWorld, jobRef, retraction, status, type World } from '../world.ts';
import { run } from './pages-and-runs.ts';

const mistaken = status('mistaken', 'RUNNING', '2026-09-05T08:00:00Z');
const stopped = status('mistaken', 'DONE', '2026-09-05T13:00:00Z');
const takenBack = retraction(mistaken, '2026-10-02T00:00:00Z');

const jobs = async (world: World, month: string, page: Partial<JobsPage> = {}) =>
  (await readProjectJobs(await world.open(), 'proj-1', month, world.clock.now, { limit: 10, ...page })).jobs;

const billedOf = async (world: World, jobId: string) =>
  (await readJob(await world.open(), jobRef(jobId), world.clock.now))?.billed;

describe('a run that was taken back after its statement', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ now: '2026-09-30T00:00:00Z' });
    const never = status('never-billed', 'RUNNING', '2026-09-06T08:00:00Z');
    await world.tell(mistaken, stopped, never, retraction(never, '2026-09-07T00:00:00Z'));
    await world.closeAt('2026-10-01T06:00:00Z');
  });

  test('is what its statement billed, before it is taken back', async () => {
    expect(await billedOf(world, 'mistaken')).toEqual([
      {
        month: '2026-09',
        usageMonth: '2026-09',
        kind: 'usage',
        minutes: 300,
        amount: '19.30',
        currency: 'EUR',
      },
    ]);
    expect(await jobs(world, '2026-09')).toMatchObject([{ jobId: 'mistaken', cost: '19.30' }]);
  });

  test('stays in the list of its month at no cost, before and after its credit', async () => {
    world.setClock('2026-10-03T00:00:00Z');
    await world.tell(takenBack);
    const { source, id } = mistaken;
    const usage = { month: '2026-09', usageMonth: '2026-09', kind: 'usage', minutes: 300 };
    const billed = [{ ...usage, amount: '19.30', currency: 'EUR' }];
    const listed = [
      {
        ...{ jobId: 'mistaken', status: 'DONE', running: false, retracted: true },
        ...{ start: '2026-09-05T08:00:00.000Z', end: '2026-09-05T13:00:00.000Z' },
        ...{ flavor: 'ai1-1-gpu', unit: 'gpu', units: 2, minutes: 0, cost: '0.00', currency: 'EUR' },
        billed,
      },
    ];
    expect(await jobs(world, '2026-09')).toEqual(listed);
    await world.closeAt('2026-11-01T06:00:00Z');
    const [afterwards] = await jobs(world, '2026-09');
    expect(afterwards?.billed).toMatchObject([
      ...billed,
      {
        ...{ month: '2026-10', usageMonth: '2026-09', kind: 'correction', amount: '-19.30' },
        retractions: [{ id: takenBack.id, retracts: { source, id }, reason: 'sent by mistake' }],
      },
    ]);
    expect([{ ...afterwards, billed }]).toEqual(listed);
    expect(await jobs(world, '2026-09', { sort: 'cost', flavor: 'ai1-1-gpu' })).toEqual([afterwards]);
    expect(await jobs(world, '2026-09', { flavor: 'other' })).toEqual([]);
    expect(await jobs(world, '2026-10')).toEqual([]);
  });

  test('has its credit, with the retraction and its reason', async () => {
    const { source, id } = mistaken;
    expect(await billedOf(world, 'mistaken')).toMatchObject([
      { month: '2026-09', kind: 'usage', amount: '19.30' },
      {
        ...{ month: '2026-10', usageMonth: '2026-09', kind: 'correction', minutes: -300, amount: '-19.30' },
        retractions: [
          {
            id: takenBack.id,
            time: '2026-10-02T00:00:00.000Z',
            retracts: { source, id },
            reason: 'sent by mistake',
          },
        ],
      },
    ]);
    expect((await billedOf(world, 'mistaken'))?.[0]).not.toHaveProperty('retractions');
    expect(await billedOf(world, 'never-billed')).toBeUndefined();
  });
});

test('a run that was held whole, so billed for nothing, leaves no job in the list once it is taken back', async () => {
  const world = await createWorld({ now: '2026-09-05T09:00:00Z' });
  const again = status('again', 'RUNNING', '2026-09-05T09:00:00Z');
  await world.tell(status('again', 'DONE', '2026-09-05T08:00:00Z'), again);
  await world.closeAt('2026-10-01T06:00:00Z');
  expect((await world.statement('proj-1', '2026-09')).held.count).toBe(1);
  await world.tell(retraction(again, '2026-10-02T00:00:00Z'));
  expect(await jobs(world, '2026-09')).toEqual([]);
});

test('jobs that were taken back, however many, are found by a few reads of what statements billed', async () => {
  const world = await createWorld({ now: '2026-09-30T00:00:00Z' });
  const runs = Array.from({ length: 40 }, (_, index) => {
    const jobId = `job-${String(index).padStart(2, '0')}`;
    return run(jobId, '2026-09-05T08:00:00Z', '2026-09-05T09:00:00Z');
  });
  const takeBack = async (ofRuns: typeof runs, time: string) => {
    for (const events of ofRuns) await world.tell(...events.map((event) => retraction(event, time)));
  };
  for (const events of runs) await world.tell(...events);
  await takeBack(runs.slice(5, 35), '2026-09-29T00:00:00Z');
  await world.closeAt('2026-10-01T06:00:00Z');
  await takeBack(runs.slice(2, 4), '2026-10-02T00:00:00Z');
  await world.closeAt('2026-11-01T06:00:00Z');
  await takeBack(runs.slice(36, 38), '2026-11-02T00:00:00Z');
  let calls = 0;
  const counted = wrapTable(world.table, async (_, proceed) => {
    calls += 1;
    return proceed();
  });
  const context = await world.open(counted);
  const page = async (of: JobsPage) => {
    calls = 0;
    return readProjectJobs(context, 'proj-1', '2026-09', world.clock.now, of);
  };
  const left = [...runs.slice(0, 5), ...runs.slice(35)].map(([event]) => event?.jobId);
  const { jobs: all } = await page({ limit: 100 });
  expect(all.map(({ jobId }) => jobId)).toEqual(left);
  const billedIn = all.map(({ billed }) => billed?.map(({ month }) => month).join());
  const credited = '2026-09,2026-10';
  const before = [undefined, undefined, credited, credited, undefined];
  expect(billedIn).toEqual([...before, undefined, '2026-09', '2026-09', undefined, undefined]);
  // One job's own facts, and the first one's behind all that were never billed.
  expect((await page({ limit: 1, after: ['job-04'] })).jobs).toEqual([all[5]]);
  expect(calls).toBeLessThan(20);
  for (const sort of ['cost', 'start'] as const) {
    expect((await page({ sort, limit: 1 })).jobs).toEqual([all[0]]);
    expect(calls).toBeLessThan(20);
  }
});

describe('the charges of a statement', () => {
  test('come with the retractions that took back what they replace, and with no others', async () => {
    const world = await createWorld({ now: '2026-09-30T00:00:00Z' });
    const longer = run('longer', '2026-09-05T08:00:00Z', '2026-09-05T09:00:00Z');
    await world.tell(mistaken, stopped, ...longer);
    await world.closeAt('2026-10-01T06:00:00Z');
    const later = status('longer', 'DONE', '2026-09-05T10:00:00Z', { id: 'later' });
    const [, tooEarly] = longer;
    assert(tooEarly);
    const queued = status('queued', 'QUEUED', '2026-10-02T00:00:00Z');
    await world.tell(takenBack, later, retraction(tooEarly, '2026-10-02T00:00:00Z'));
    await world.tell(
      ...[queued, retraction(queued, '2026-10-03T00:00:00Z')],
      ...run('new', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
    );
    await world.closeAt('2026-11-01T06:00:00Z');
    const read: string[] = [];
    const table = wrapTable(world.table, async ({ name, args }, proceed) => {
      if (name === 'query') read.push(String(args[0]));
      return proceed();
    });
    const context = await world.open(table);
    const of = async (month: string) =>
      readStatementRetractions(
        context,
        await readStatementCharges(context, 'proj-1', month, { limit: 1_000 }),
      );
    expect(await of('2026-09')).toEqual([]);
    expect(read.filter((partition) => partition.startsWith('JOB#'))).toEqual([]);
    const { source } = mistaken;
    expect(await of('2026-10')).toMatchObject([
      { jobId: 'longer', retracts: { source, id: tooEarly.id }, reason: 'sent by mistake' },
      { jobId: 'mistaken', id: takenBack.id, retracts: { source, id: mistaken.id } },
    ]);
    expect(read.filter((partition) => partition.startsWith('JOB#')).sort()).toEqual([
      'JOB#proj-1#longer',
      'JOB#proj-1#mistaken',
    ]);
  });
});

test('a retraction of resources is why what was billed on them is credited', async () => {
  const world = await createWorld({ now: '2026-09-30T00:00:00Z' });
  const wrong = status('grown', 'RUNNING', '2026-09-05T09:00:00Z', {
    resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 4_000 } },
  });
  await world.tell(...run('grown', '2026-09-05T08:00:00Z', '2026-09-05T10:00:00Z'), wrong);
  await world.closeAt('2026-10-01T06:00:00Z');
  await world.tell(retraction(wrong, '2026-10-02T00:00:00Z'));
  await world.closeAt('2026-11-01T06:00:00Z');
  const why = { retracts: { source: wrong.source, id: wrong.id }, reason: 'sent by mistake' };
  expect(await billedOf(world, 'grown')).toMatchObject([
    { month: '2026-09', amount: '11.58' },
    { month: '2026-10', amount: '-3.86', retractions: [why] },
  ]);
  const context = await world.open();
  const page = await readStatementCharges(context, 'proj-1', '2026-10', { limit: 1_000 });
  expect(await readStatementRetractions(context, page)).toMatchObject([{ jobId: 'grown', ...why }]);
});

test('a charge that a late stop leaves nothing of was billed, but not retracted', async () => {
  const world = await createWorld({ now: '2026-09-30T23:00:00Z' });
  await world.tell(status('late', 'RUNNING', '2026-09-30T22:00:00Z'));
  await world.closeAt('2026-10-01T06:00:00Z');
  await world.closeAt('2026-11-01T06:00:00Z');
  await world.tell(status('late', 'DONE', '2026-09-30T23:00:00Z'));
  const [october] = await jobs(world, '2026-10');
  expect(october).toMatchObject({ jobId: 'late', minutes: 0, cost: '0.00', end: '2026-09-30T23:00:00.000Z' });
  expect(october).not.toHaveProperty('retracted');
  expect(october?.billed).toMatchObject([{ month: '2026-10', kind: 'usage' }]);
});

test('what was billed for a job loses no cent over its corrections', async () => {
  const world = await createWorld({ now: '2026-09-30T00:00:00Z' });
  const half = { resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 500 } } };
  // 1 minute on half a GPU is 0.0160833...: three of them are 0.05.
  await world.tell(...run('grows', '2026-09-05T08:00:00Z', '2026-09-05T08:01:00Z', half));
  await world.closeAt('2026-10-01T06:00:00Z');
  await world.tell(status('grows', 'RUNNING', '2026-09-05T07:59:00Z', { ...half, id: 'earlier' }));
  await world.closeAt('2026-11-01T06:00:00Z');
  await world.tell(status('grows', 'RUNNING', '2026-09-05T07:58:00Z', { ...half, id: 'earliest' }));
  await world.closeAt('2026-12-01T06:00:00Z');
  const billed = (await billedOf(world, 'grows')) ?? [];
  expect(billed.map(({ month, minutes, amount }) => [month, minutes, amount])).toEqual([
    ['2026-09', 1, '0.02'],
    ['2026-10', 1, '0.01'],
    ['2026-11', 1, '0.02'],
  ]);
});

test('what was billed for the jobs of a story is within a cent a job and line of its statements', async () => {
  const world = await createStory();
  const ids = (await jobs(world, '2026-09', { limit: 100 })).map(({ jobId }) => jobId);
  let sum = 0n;
  for (const jobId of ids)
    for (const { usageMonth, amount } of (await billedOf(world, jobId)) ?? [])
      if (usageMonth === '2026-09') sum += parseMinor(amount);
  const lines = (await Promise.all(['2026-09', '2026-10'].map((month) => world.statement('proj-1', month))))
    .flatMap(({ lines: ofStatement }) => ofStatement)
    .filter(({ usageMonth }) => usageMonth === '2026-09');
  const billed = lines.reduce((total, { amount }) => total + parseMinor(amount), 0n);
  expect(Math.abs(Number(sum - billed))).toBeLessThanOrEqual(ids.length);
  expect(sum).toBeGreaterThan(0n);
});
