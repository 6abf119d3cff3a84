import { describe, expect, test } from 'vitest';
import { readStatement } from '../../../../lib/operations/reads/read-statements.ts';
import { readUsage } from '../../../../lib/operations/reads/read-usage.ts';
import { wrapTable } from '../tables.ts';
import { createWorld, retraction, status, TARIFF, TWO_CPUS, TWO_GPUS } from '../world.ts';
import { done, run, running, usage } from './pages-and-runs.ts';

describe('the usage of a month', () => {
  test('is empty without any', async () => {
    const world = await createWorld({ now: '2026-10-06T00:00:00Z' });
    expect(await usage(world, '2026-10', 'nobody')).toEqual({
      projectId: 'nobody',
      month: '2026-10',
      timeZone: 'UTC',
      asOf: '2026-10-06T00:00:00.000Z',
      currency: 'EUR',
      total: '0.00',
      lines: [],
      days: [],
      forecast: {
        monthEnd: '2026-11-01T00:00:00.000Z',
        atThisPace: '0.00',
        ifAllKeepRunning: '0.00',
        ...{ low: '0.00', expected: '0.00', high: '0.00' },
        currency: 'EUR',
      },
      running: { count: 0, charges: [] },
      unrated: { count: 0, charges: [] },
      held: { count: 0, charges: [], cost: '0.00', atStakePerHour: '0', currency: 'EUR', causes: [] },
      unknown: true,
    });
  });

  test('adds up what has ended, as the statement will', async () => {
    const world = await createWorld();
    await world.tell(
      running,
      done,
      ...run('job-2', '2026-10-06T08:00:00Z', '2026-10-16T08:00:00Z', { resources: TWO_CPUS }),
    );
    world.setClock('2026-10-20T00:00:00Z');
    const october = await usage(world, '2026-10');
    expect(october.total).toBe('33.70');
    expect(
      october.lines.map(({ flavor, minutes, amount, currency }) => [flavor, minutes, amount, currency]),
    ).toEqual([
      ['ai1-1-cpu', 14_400, '14.40', 'EUR'],
      ['ai1-1-gpu', 300, '19.30', 'EUR'],
    ]);
    await world.closeAt('2026-11-01T02:00:00Z');
    const statement = await readStatement(await world.open(), 'proj-1', '2026-10');
    expect([statement.total, statement.lines]).toEqual([october.total, october.lines]);
  });

  test('counts the commenced minutes of a running job up to now', async () => {
    const world = await createWorld({ now: '2026-10-05T09:00:00.001Z' });
    await world.tell(running);
    const october = await usage(world, '2026-10');
    expect(october.lines).toMatchObject([{ minutes: 61, unitMinutes: 122 }]);
    expect(october.running.count).toBe(1);
    expect(october.running.charges).toMatchObject([
      {
        jobId: 'job-1',
        state: 'running',
        start: '2026-10-05T08:00:00.000Z',
        minutes: 61,
        endedBy: { cause: 'now' },
      },
    ]);
    world.setClock('2026-10-05T09:01:00.001Z');
    expect((await usage(world, '2026-10')).lines).toMatchObject([{ minutes: 62 }]);
  });

  test('does not include a job that starts in a moment', async () => {
    const world = await createWorld({ now: '2026-10-05T07:58:00Z' });
    await world.tell(running);
    expect(await usage(world, '2026-10')).toMatchObject({ total: '0.00', lines: [], running: { count: 0 } });
  });

  test('holds a running job whose open charge lies in an earlier month, before and after the close', async () => {
    const world = await createWorld();
    await world.tell(status('job-1', 'RUNNING', '2026-10-31T23:00:00Z'));
    world.setClock('2026-11-01T01:30:00Z');
    expect(await world.charges('proj-1', '2026-11')).toEqual([]);
    const november = await usage(world, '2026-11');
    expect(november).toMatchObject({
      lines: [{ usageMonth: '2026-11', minutes: 90 }],
      running: { count: 1 },
    });
    expect(await usage(world, '2026-10')).toMatchObject({ lines: [{ usageMonth: '2026-10', minutes: 60 }] });
    await world.closeAt('2026-11-01T01:30:00Z');
    expect((await usage(world, '2026-11')).lines).toEqual(november.lines);
  });

  test('counts a job once while a close cuts it', async () => {
    const world = await createWorld();
    await world.tell(status('job-1', 'RUNNING', '2026-10-31T23:00:00Z'));
    world.setClock('2026-11-01T01:30:00Z');
    const before = await usage(world, '2026-11');
    const table = wrapTable(world.table, async ({ name, args }, call) => {
      // The open charge of October has been read, that of November is about to be.
      if (name === 'query' && args[0] === 'PROJECT#proj-1#2026-11') await world.close();
      return call();
    });
    const meanwhile = await readUsage(await world.open(table), 'proj-1', '2026-11', world.clock.now);
    expect(meanwhile.lines).toEqual(before.lines);
    expect(meanwhile.running.count).toBe(1);
  });

  test('includes an open charge of months ago while no month is closed', async () => {
    const world = await createWorld({
      now: '2026-08-20T00:00:00Z',
      tariffs: [{ ...TARIFF, maxRunningMs: 400 * 86_400_000, maxSilenceMs: 400 * 86_400_000 }],
    });
    await world.tell(status('job-1', 'RUNNING', '2026-08-20T00:00:00Z'));
    world.setClock('2026-11-01T01:00:00Z');
    expect(await usage(world, '2026-11')).toMatchObject({ lines: [{ minutes: 60 }], running: { count: 1 } });
    expect(await usage(world, '2026-09')).toMatchObject({ lines: [{ minutes: 30 * 1440 }] });
  });

  test('includes an open charge of a closed month that arrived after the close', async () => {
    const world = await createWorld();
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(status('job-1', 'RUNNING', '2026-10-31T23:00:00Z'));
    world.setClock('2026-11-01T03:00:00Z');
    expect(await usage(world, '2026-11')).toMatchObject({ lines: [{ minutes: 180 }] });
  });

  test('is empty for a month to come, though a job runs', async () => {
    const world = await createWorld({ now: '2026-10-05T09:00:00Z' });
    await world.tell(running);
    expect(await usage(world, '2026-12')).toMatchObject({ lines: [], running: { count: 0 } });
  });

  test('is of one project only', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.tell(
      ...run('job-2', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', {
        projectId: 'proj-10',
        resources: TWO_GPUS,
      }),
    );
    expect((await usage(world, '2026-10', 'proj-1')).lines).toMatchObject([{ minutes: 300 }]);
    expect((await usage(world, '2026-10', 'proj-10')).lines).toMatchObject([{ minutes: 60 }]);
  });

  test('leaves out void charges', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.tell(retraction(running, '2026-10-06T00:00:00Z'));
    expect((await usage(world, '2026-10')).lines).toEqual([]);
  });

  test('by day sums to its lines', async () => {
    const world = await createWorld();
    await world.tell(...run('job-1', '2026-10-05T23:00:00Z', '2026-10-06T01:30:00Z'));
    const { days, total } = await usage(world, '2026-10');
    expect(days.map(({ date, minutes, amount }) => [date, minutes, amount])).toEqual([
      ['2026-10-05', 60, '3.86'],
      ['2026-10-06', 90, '5.79'],
    ]);
    expect(total).toBe('9.65');
  });

  test('shows unrated and held time beside its lines', async () => {
    const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-10-01T00:00:00Z'));
    await world.tell(
      ...run('job-2', '2026-10-01T00:00:00Z', '2026-10-01T00:03:00Z', {
        resources: { flavor: 'unknown', milliUnits: { cpu: 1_000 } },
      }),
    );
    const october = await usage(world, '2026-10');
    expect(october.held).toMatchObject({
      count: 1,
      charges: [
        {
          jobId: 'job-1',
          minutes: 28 * 1440,
          held: { from: '2026-10-29T00:00:00.000Z', cause: 'maxRunning' },
        },
      ],
    });
    expect(october.unrated).toMatchObject({ count: 1, charges: [{ jobId: 'job-2', minutes: 3 }] });
    expect(october.lines).toMatchObject([{ flavor: 'ai1-1-gpu', minutes: 28 * 1440 }]);
  });

  test('lists the first hundred running jobs and counts them all', async () => {
    const world = await createWorld({ now: '2026-10-05T09:00:00Z' });
    for (let job = 0; job < 103; job += 1) await world.tell({ ...running, jobId: `job-${job}` });
    const october = await usage(world, '2026-10');
    expect([october.running.count, october.running.charges.length]).toEqual([103, 100]);
    expect(october.lines).toMatchObject([{ minutes: 103 * 60 }]);
  });
});
