import { describe, expect, test } from 'vitest';
import type { Tariff } from '../../../../lib/billing/tariff.ts';
import { readJob } from '../../../../lib/operations/reads/read-job.ts';
import { readProjectJobs } from '../../../../lib/operations/reads/read-project-jobs.ts';
import { pricesOf } from '../../billing/builders.ts';
import { wrapTable } from '../tables.ts';
import { at, createWorld, jobRef, status, TARIFF, type World } from '../world.ts';
import { run, usage } from './pages-and-runs.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK: Tariff = { ...TARIFF, maxSilenceMs: 7 * DAY_MS };
const ONE_GPU = { resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 1_000 } } };

const job = async (world: World, jobId: string) =>
  readJob(await world.open(), jobRef(jobId), world.clock.now);

describe('held time', () => {
  test('has what it would cost, what an hour adds, and what settles it, on job and usage alike', async () => {
    const world = await createWorld({ now: '2026-10-05T08:00:00Z', tariffs: [WEEK] });
    await world.tell(
      status('silent', 'RUNNING', '2026-10-05T08:00:00Z', ONE_GPU),
      status('timed', 'RUNNING', '2026-10-12T06:00:00Z', { ...ONE_GPU, timeoutMs: 2 * HOUR_MS }),
    );
    // 10 hours after both limits: 1.93 an hour each, and a week and two hours in the total.
    world.setClock('2026-10-12T18:00:00Z');
    const stake = { cost: '19.30', atStakePerHour: '1.93' };
    const bySilence = {
      ...{ cause: 'maxSilence', ...stake },
      settledBy: ['its stop', 'RUNNING reported again', 'a tariff with a longer limit'],
    };
    const byTimeout = { cause: 'timeout', ...stake, settledBy: ['its stop', 'a longer timeout'] };
    const from = '2026-10-12T08:00:00.000Z';
    expect((await job(world, 'silent'))?.held).toEqual({ from, minutes: 600, ...bySilence });
    const timed = await job(world, 'timed');
    expect(timed?.held).toEqual({ from, minutes: 600, ...byTimeout });
    expect(timed?.warnings).toEqual([
      `held from ${from}: it runs longer than its timeout without a stop; settled by its stop or a longer timeout`,
    ]);
    const { held, total } = await usage(world, '2026-10');
    expect(total).toBe('328.10');
    expect(held).toMatchObject({
      ...{ count: 2, cost: '38.60', atStakePerHour: '3.86', currency: 'EUR' },
      causes: [
        { count: 1, ...bySilence },
        { count: 1, ...byTimeout },
      ],
    });
    // Its stop is what it says: nothing else was at stake.
    await world.tell(status('silent', 'DONE', '2026-10-12T18:00:00Z', {}));
    expect((await usage(world, '2026-10')).total).toBe('347.40');
  });

  test('is summed by its causes, the largest cost first', async () => {
    const world = await createWorld({ now: '2026-10-05T08:00:00Z', tariffs: [WEEK] });
    const timed = { ...ONE_GPU, timeoutMs: 2 * HOUR_MS };
    await world.tell(
      status('silent', 'RUNNING', '2026-10-05T08:00:00Z', ONE_GPU),
      status('timed', 'RUNNING', '2026-10-12T06:00:00Z', timed),
      status('timed-too', 'RUNNING', '2026-10-12T06:00:00Z', timed),
    );
    world.setClock('2026-10-12T18:00:00Z');
    expect((await usage(world, '2026-10')).held.causes).toMatchObject([
      { cause: 'timeout', count: 2, cost: '38.60' },
      { cause: 'maxSilence', count: 1, cost: '19.30' },
    ]);
  });

  test('of a whole run counts from its start, of a month within it, and by the prices of each minute', async () => {
    const dearer = {
      ...{ ...TARIFF, effectiveFrom: at('2026-10-31T23:00:00Z') },
      prices: pricesOf({ 'ai1-1-gpu': '2.5' }),
    };
    const world = await createWorld({ now: '2026-10-31T20:00:00Z', tariffs: [TARIFF, dearer] });
    await world.tell(
      status('again', 'DONE', '2026-10-31T21:00:00Z', ONE_GPU),
      status('again', 'RUNNING', '2026-10-31T22:00:00Z', {}),
    );
    world.setClock('2026-11-01T02:00:00Z');
    expect(await job(world, 'again')).toMatchObject({
      cost: '0.00',
      held: { cause: 'forbidden step', cost: '9.43', atStakePerHour: '2.5' },
    });
    expect(await usage(world, '2026-10')).toMatchObject({ total: '0.00', held: { cost: '4.43' } });
  });

  test('without a price costs nothing that is known', async () => {
    const world = await createWorld({ now: '2026-10-05T08:00:00Z', tariffs: [{ ...WEEK, prices: {} }] });
    await world.tell(status('a', 'RUNNING', '2026-10-05T08:00:00Z', ONE_GPU));
    world.setClock('2026-10-15T08:00:00Z');
    expect((await usage(world, '2026-10')).held).toMatchObject({ cost: '0.00', atStakePerHour: '0' });
  });
});

describe('running jobs', () => {
  test('of which nothing is heard for more than a day are silent, with the cost of their time since', async () => {
    const world = await createWorld({ now: '2026-10-05T08:00:00Z', tariffs: [WEEK] });
    await world.tell(
      status('reported', 'RUNNING', '2026-10-05T08:00:00Z', ONE_GPU),
      status('reported', 'RUNNING', '2026-10-06T09:00:00Z', {}),
      status('silent', 'RUNNING', '2026-10-05T09:00:00Z', ONE_GPU),
      // Its limit is its timeout, so only its facts tell when it was heard of.
      status('timed', 'RUNNING', '2026-10-05T08:00:00Z', { ...ONE_GPU, timeoutMs: 3 * DAY_MS }),
      status('timed', 'RUNNING', '2026-10-05T10:00:00Z', {}),
      ...run('ended', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', ONE_GPU),
    );
    world.setClock('2026-10-06T09:00:00Z');
    expect(await usage(world, '2026-10')).not.toHaveProperty('silent');
    world.setClock('2026-10-06T10:00:00Z');
    // 25 hours since 9 o'clock: 48.25.
    expect((await usage(world, '2026-10')).silent).toEqual({
      count: 1,
      jobs: [{ jobId: 'silent', since: '2026-10-05T09:00:00.000Z', cost: '48.25' }],
      cost: '48.25',
      currency: 'EUR',
    });
    world.setClock('2026-10-06T11:00:00Z');
    expect((await usage(world, '2026-10')).silent).toMatchObject({ count: 2, cost: '98.43' });
    // Beyond the limit no more is in the total: a week of the one, three days but two hours of the other.
    world.setClock('2026-10-20T00:00:00Z');
    const { silent, total } = await usage(world, '2026-10');
    expect(silent).toMatchObject({ count: 3 });
    expect(silent?.jobs).toEqual([
      { jobId: 'reported', since: '2026-10-06T09:00:00.000Z', cost: '324.24', held: true },
      { jobId: 'silent', since: '2026-10-05T09:00:00.000Z', cost: '324.24', held: true },
      { jobId: 'timed', since: '2026-10-05T10:00:00.000Z', cost: '135.10', held: true },
    ]);
    expect(Number(silent?.cost)).toBeLessThan(Number(total));
  });

  test('are asked for their facts only if their limit does not tell', async () => {
    const world = await createWorld({ now: '2026-10-05T08:00:00Z', tariffs: [WEEK] });
    await world.tell(
      status('silent', 'RUNNING', '2026-10-05T08:00:00Z', ONE_GPU),
      status('timed', 'RUNNING', '2026-10-05T08:00:00Z', { ...ONE_GPU, timeoutMs: 3 * DAY_MS }),
      status('young', 'RUNNING', '2026-10-06T12:00:00Z', { ...ONE_GPU, timeoutMs: 3 * DAY_MS }),
    );
    world.setClock('2026-10-06T20:00:00Z');
    const read: unknown[] = [];
    const table = wrapTable(world.table, async ({ name, args }, proceed) => {
      if (name === 'query') read.push(args[0]);
      return proceed();
    });
    await usage({ ...world, open: () => world.open(table) }, '2026-10');
    expect(read.filter((partition) => String(partition).startsWith('JOB#'))).toEqual(['JOB#proj-1#timed']);
  });
});

describe('unrated time', () => {
  test.each([
    ['resources', undefined, 'no resources yet: billed once they are stated'],
    [
      'a price for ai2-h100',
      { flavor: 'ai2-h100', milliUnits: { gpu: 8_000 } },
      'no price yet: billed once a tariff has one for ai2-h100',
    ],
    [
      'a count of gpu',
      { flavor: 'ai1-1-gpu', milliUnits: { cpu: 1_000 } },
      'no count of gpu yet: ai1-1-gpu is priced per gpu, and billed once the job states one',
    ],
  ])('waits for %s, on the job and in the list', async (waitsFor, resources, warning) => {
    const world = await createWorld({ now: '2026-10-05T20:00:00Z' });
    await world.tell(
      ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', resources ? { resources } : {}),
      ...run('rated', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
    );
    expect(await job(world, 'job-1')).toMatchObject({ waitsFor: [waitsFor], warnings: [warning] });
    expect(await job(world, 'rated')).not.toHaveProperty('waitsFor');
    const context = await world.open();
    const { jobs } = await readProjectJobs(context, 'proj-1', '2026-10', world.clock.now, { limit: 9 });
    expect(jobs.map((listed) => listed.waitsFor)).toEqual([[waitsFor], undefined]);
  });
});
