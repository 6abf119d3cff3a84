import { describe, expect, test } from 'vitest';
import { publishTariff } from '../../../../lib/operations/tariffs/publish.ts';
import { oneCpu } from '../../billing/builders.ts';
import { billedRecords } from '../billed-records.ts';
import { at, createWorld, jobRef, retraction, status, TARIFF, TWO_GPUS } from '../world.ts';
import { allStatements, centsOf, done, linesOf, running } from './issued-statements.ts';

describe('the statement of a month', () => {
  test('bills the usage of the month, frozen with all it takes to read it', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await world.statement('proj-1', '2026-10')).toEqual({
      statementId: 'statement-1',
      projectId: 'proj-1',
      month: '2026-10',
      currency: 'EUR',
      timeZone: 'UTC',
      issuedAt: at('2026-11-01T02:00:00Z'),
      lines: [
        {
          flavor: 'ai1-1-gpu',
          unit: 'gpu',
          usageMonth: '2026-10',
          kind: 'usage',
          minutes: 300,
          milliUnitMinutes: 600_000,
          pricePerHour: '1.93',
          amount: '19.30',
          cumulativeMilliUnitMinutes: 600_000,
        },
      ],
      included: [
        'AI Training managed service',
        'Ephemeral local storage',
        'Ingress and egress network traffic',
      ],
      total: '19.30',
      unrated: { count: 0, charges: [] },
      held: { count: 0, charges: [] },
      usageMonths: ['2026-10'],
      billedCounts: [1],
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(await billedRecords(world.table)).toMatchObject([
      {
        statementId: 'statement-1',
        jobId: 'job-1',
        billed: { minutes: 300, milliUnits: 2_000, pricePerHour: '1.93' },
      },
    ]);
  });

  test('adds up the jobs of a flavor and price before it rounds', async () => {
    const world = await createWorld();
    // Ten minutes on one CPU at 0.03 are 0.005; four of them are 0.02, not four times 0.01.
    for (const job of [1, 2, 3, 4])
      await world.tell(
        status(`job-${job}`, 'RUNNING', '2026-10-05T08:00:00Z', {
          resources: oneCpu,
        }),
        status(`job-${job}`, 'DONE', '2026-10-05T08:10:00Z'),
      );
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-10')).toEqual([
      'usage 2026-10 ai1-1-cpu 40 min 0.02',
      'total 0.02',
    ]);
  });

  test('is not issued where it would have no content', async () => {
    const world = await createWorld();
    await world.tell(status('job-1', 'QUEUED', '2026-10-05T08:00:00Z'));
    await world.tell({ ...running, jobId: 'job-2' }, { ...done, jobId: 'job-2' });
    await world.tell(retraction({ ...running, jobId: 'job-2' }, '2026-10-06T08:00:00Z'));
    expect(await world.closeAt('2026-11-01T02:00:00Z')).toEqual([{ month: '2026-10', statements: 0 }]);
    expect(await world.items('STATEMENT')).toEqual([]);
    expect(await world.items('HEAD')).toEqual([]);
    expect(await world.items('BILLED#')).toEqual([]);
  });

  test('is issued for each project, with its own jobs only', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.tell(
      { ...running, jobId: 'job-2', projectId: 'proj-10' },
      { ...done, jobId: 'job-2', projectId: 'proj-10' },
    );
    expect(await world.closeAt('2026-11-01T02:00:00Z')).toEqual([{ month: '2026-10', statements: 2 }]);
    expect((await world.statement('proj-1', '2026-10')).total).toBe('19.30');
    expect((await world.statement('proj-10', '2026-10')).total).toBe('19.30');
  });

  test('is issued for each of two jobs that have one id in two projects', async () => {
    const world = await createWorld();
    const theirs = { projectId: 'proj-2', resources: TWO_GPUS };
    await world.tell(
      running,
      done,
      status('job-1', 'RUNNING', '2026-10-05T09:00:00Z', theirs),
      status('job-1', 'DONE', '2026-10-05T10:00:00Z', theirs),
    );
    expect(await world.closeAt('2026-11-01T02:00:00Z')).toEqual([{ month: '2026-10', statements: 2 }]);
    expect((await world.statement('proj-1', '2026-10')).total).toBe('19.30');
    expect((await world.statement('proj-2', '2026-10')).total).toBe('3.86');
  });

  test('shows unrated time without an amount, and bills it once there is a price', async () => {
    const world = await createWorld({ tariffs: [] });
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    const october = await world.statement('proj-1', '2026-10');
    expect([october.lines, october.total]).toEqual([[], '0.00']);
    expect(october.unrated).toEqual({
      count: 1,
      charges: [
        { jobId: 'job-1', usageMonth: '2026-10', start: running.time, minutes: 300, flavor: 'ai1-1-gpu' },
      ],
    });
    await world.store.publishTariff(TARIFF);
    await world.settle(jobRef('job-1'));
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 300 min 19.30',
      'total 19.30',
    ]);
    expect((await world.statement('proj-1', '2026-11')).unrated.count).toBe(0);
  });

  test('shows time without a price that is held as unrated and as held', async () => {
    const world = await createWorld({ tariffs: [{ ...TARIFF, prices: {} }] });
    await world.tell(status('job-1', 'RUNNING', '2026-10-01T00:00:00Z'));
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await world.statement('proj-1', '2026-10')).toMatchObject({
      total: '0.00',
      unrated: { count: 1, charges: [{ jobId: 'job-1', minutes: 28 * 1440 }] },
      held: { count: 1, charges: [{ jobId: 'job-1', held: { cause: 'maxRunning' } }] },
    });
  });

  test('bills a run up to the limit, shows the rest as held, and a late stop settles it', async () => {
    const world = await createWorld({ now: '2026-10-31T00:00:00Z' });
    const start = status('job-1', 'RUNNING', '2026-09-20T00:00:00Z');
    await world.tell(start);
    await world.closeAt('2026-11-01T02:00:00Z');
    const october = await world.statement('proj-1', '2026-10');
    const limit = at('2026-10-18T00:00:00Z');
    expect(october.held).toEqual({
      count: 1,
      charges: [
        {
          jobId: 'job-1',
          usageMonth: '2026-10',
          start: at('2026-10-01T00:00:00Z'),
          minutes: 17 * 1440,
          flavor: 'ai1-1-gpu',
          held: { from: limit, cause: 'maxRunning' },
        },
      ],
    });
    expect(await linesOf(world, 'proj-1', '2026-09')).toContain('usage 2026-09 ai1-1-gpu 15840 min 1019.04');
    await world.tell(status('job-1', 'DONE', '2026-09-20T05:00:00Z'));
    await world.closeAt('2026-12-01T02:00:00Z');
    const statements = await allStatements(world);
    expect(statements.flatMap(({ lines }) => lines).reduce((sum, { minutes }) => sum + minutes, 0)).toBe(300);
    expect(statements.reduce((sum, { total }) => sum + centsOf(total), 0)).toBe(1930);
    expect((await world.statement('proj-1', '2026-11')).held.count).toBe(0);
  });

  test('holds a run that nothing is heard of, and bills it once there is a sign of life', async () => {
    const world = await createWorld({ tariffs: [{ ...TARIFF, maxSilenceMs: 7 * 86_400_000 }] });
    await world.tell(status('job-1', 'RUNNING', '2026-10-01T00:00:00Z'));
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-10')).toEqual([
      'usage 2026-10 ai1-1-gpu 10080 min 648.48',
      'total 648.48',
    ]);
    expect((await world.statement('proj-1', '2026-10')).held.charges).toMatchObject([
      { minutes: 10_080, held: { from: at('2026-10-08T00:00:00Z'), cause: 'maxSilence' } },
    ]);
    // Heard again, it counts up to 28 days.
    await world.tell(status('job-1', 'RUNNING', '2026-11-02T00:00:00Z'));
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 30240 min 1945.44',
      'total 1945.44',
    ]);
    expect((await world.statement('proj-1', '2026-11')).held.charges).toMatchObject([
      { minutes: 40_320, held: { from: at('2026-10-29T00:00:00Z'), cause: 'maxRunning' } },
    ]);
  });

  test('bills a run with a known stop whole, however long, and holds nothing', async () => {
    const world = await createWorld({ now: '2026-09-20T00:00:00Z' });
    await world.tell(
      status('job-1', 'RUNNING', '2026-09-20T00:00:00Z', { resources: TWO_GPUS, timeoutMs: 3_600_000 }),
      status('job-1', 'DONE', '2026-10-20T00:00:00Z'),
    );
    await world.closeAt('2026-11-01T02:00:00Z');
    const statements = await allStatements(world);
    expect(statements.flatMap(({ lines }) => lines).map(({ minutes }) => minutes)).toEqual([
      11 * 1440,
      19 * 1440,
    ]);
    expect(statements.map(({ held }) => held.count)).toEqual([0, 0]);
  });

  test('takes a held run back whole where its start is retracted', async () => {
    const world = await createWorld({ now: '2026-10-31T00:00:00Z' });
    const start = status('job-1', 'RUNNING', '2026-09-20T00:00:00Z');
    await world.tell(start);
    await world.closeAt('2026-11-01T02:00:00Z');
    const billed = JSON.stringify(await allStatements(world));
    expect((await world.statement('proj-1', '2026-10')).held.count).toBe(1);
    await world.tell(retraction(start, '2026-11-02T00:00:00Z'));
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-09 ai1-1-gpu -15840 min -1019.04',
      'correction 2026-10 ai1-1-gpu -24480 min -1574.88',
      'total -2593.92',
    ]);
    expect((await world.statement('proj-1', '2026-11')).held).toEqual({ count: 0, charges: [] });
    expect(JSON.stringify((await allStatements(world)).slice(0, 2))).toBe(billed);
  });

  test('bills held time once a backdated tariff has a longer limit', async () => {
    const world = await createWorld({ now: '2026-10-31T00:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-09-20T00:00:00Z'));
    await world.closeAt('2026-11-01T02:00:00Z');
    const billed = JSON.stringify(await allStatements(world));
    expect((await world.statement('proj-1', '2026-10')).held.count).toBe(1);
    const { revision: _, ...tariff } = TARIFF;
    const limits = { maxRunningMs: 60 * 86_400_000, maxSilenceMs: 60 * 86_400_000 };
    await publishTariff(await world.open(), { ...tariff, ...limits }, { backdate: true });
    await world.closeAt('2026-12-01T02:00:00Z');
    // 14 days more in October and 18 in November, on two GPUs.
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 20160 min 1296.96',
      'usage 2026-11 ai1-1-gpu 25920 min 1667.52',
      'total 2964.48',
    ]);
    expect((await world.statement('proj-1', '2026-11')).held).toMatchObject({
      count: 1,
      charges: [{ held: { from: at('2026-11-19T00:00:00Z'), cause: 'maxRunning' } }],
    });
    expect(JSON.stringify((await allStatements(world)).slice(0, 2))).toBe(billed);
  });

  test('is issued for held time alone, where a stop at the very limit is retracted', async () => {
    const world = await createWorld({ now: '2026-09-20T00:00:00Z' });
    const stop = status('job-1', 'DONE', '2026-10-18T00:00:00Z');
    await world.tell(status('job-1', 'RUNNING', '2026-09-20T00:00:00Z'), stop);
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(retraction(stop, '2026-11-02T00:00:00Z'));
    await world.closeAt('2026-12-01T02:00:00Z');
    const november = await world.statement('proj-1', '2026-11');
    expect([november.lines, november.total, november.held.count]).toEqual([[], '0.00', 1]);
  });

  test('lists the first hundred unrated charges and counts them all', async () => {
    const world = await createWorld({ tariffs: [] });
    for (let job = 0; job < 103; job += 1)
      await world.tell({ ...running, jobId: `job-${job}` }, { ...done, jobId: `job-${job}` });
    await world.closeAt('2026-11-01T02:00:00Z');
    const { unrated } = await world.statement('proj-1', '2026-10');
    expect([unrated.count, unrated.charges.length]).toEqual([103, 100]);
    expect(await billedRecords(world.table)).toHaveLength(103);
  });
});
