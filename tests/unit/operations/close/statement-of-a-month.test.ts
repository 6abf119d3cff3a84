import { describe, expect, test } from 'vitest';
import { closeMonths } from '../../../../lib/operations/close/close-months.ts';
import { publishTariff } from '../../../../lib/operations/tariffs/publish.ts';
import type { Table } from '../../../../lib/store/table.ts';
import { wrapTable } from '../tables.ts';
import { at, createWorld, retraction, status, TARIFF } from '../world.ts';
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
          unitMinutes: 600,
          pricePerHour: '1.93',
          amount: '19.30',
          cumulativeUnitMinutes: 600,
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
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(await world.items('BILLED#')).toMatchObject([
      {
        statementId: 'statement-1',
        jobId: 'job-1',
        billed: { minutes: 300, units: 2, pricePerHour: '1.93' },
      },
    ]);
  });

  test('adds up the jobs of a flavor and price before it rounds', async () => {
    const world = await createWorld();
    // Ten minutes on one CPU at 0.03 are 0.005; four of them are 0.02, not four times 0.01.
    for (const job of [1, 2, 3, 4])
      await world.tell(
        status(`job-${job}`, 'RUNNING', '2026-10-05T08:00:00Z', {
          resources: { flavor: 'ai1-1-cpu', cpu: 1, gpu: 0 },
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
    await world.tell({ ...running, jobId: 'job-2', projectId: 'proj-10' }, { ...done, jobId: 'job-2' });
    expect(await world.closeAt('2026-11-01T02:00:00Z')).toEqual([{ month: '2026-10', statements: 2 }]);
    expect((await world.statement('proj-1', '2026-10')).total).toBe('19.30');
    expect((await world.statement('proj-10', '2026-10')).total).toBe('19.30');
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
    await world.settle('job-1');
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 300 min 19.30',
      'total 19.30',
    ]);
    expect((await world.statement('proj-1', '2026-11')).unrated.count).toBe(0);
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
          heldFrom: limit,
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
    await world.tell(
      status('job-1', 'RUNNING', '2026-09-20T00:00:00Z'),
      status('job-1', 'DONE', '2026-10-20T00:00:00Z'),
    );
    await world.closeAt('2026-11-01T02:00:00Z');
    const billed = JSON.stringify(await allStatements(world));
    expect((await world.statement('proj-1', '2026-10')).held.count).toBe(1);
    const { revision: _, ...tariff } = TARIFF;
    await publishTariff(await world.open(), { ...tariff, maxRunningMs: 60 * 86_400_000 }, { backdate: true });
    await world.closeAt('2026-12-01T02:00:00Z');
    // Two days more on two GPUs.
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 2880 min 185.28',
      'total 185.28',
    ]);
    expect((await world.statement('proj-1', '2026-11')).held).toEqual({ count: 0, charges: [] });
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
    const written: string[] = [];
    const table = wrapTable(world.table, async ({ name, args }, run) => {
      if (name === 'putEach') written.push(...(args as Parameters<Table['putEach']>)[0].map(({ sk }) => sk));
      return run();
    });
    world.setClock('2026-11-01T02:00:00Z');
    await closeMonths(await world.open(table));
    const { unrated } = await world.statement('proj-1', '2026-10');
    expect([unrated.count, unrated.charges.length]).toEqual([103, 100]);
    expect(written).toHaveLength(103);
    expect(new Set(written).size).toBe(103);
  });
});
