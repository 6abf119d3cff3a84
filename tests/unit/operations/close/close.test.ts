import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveCharges, type FinalCharge } from '../../../../lib/billing/charges.ts';
import type { Fact, ReportedFact, Transition } from '../../../../lib/billing/facts.ts';
import type { Line } from '../../../../lib/billing/lines.ts';
import { createCalendar } from '../../../../lib/billing/months.ts';
import type { Statement } from '../../../../lib/billing/statement.ts';
import { createTariffBook } from '../../../../lib/billing/tariff.ts';
import { audit } from '../../../../lib/operations/audit/audit.ts';
import {
  type CloseProgress,
  closeMonths,
  parseCloseRequest,
} from '../../../../lib/operations/close/close-months.ts';
import { readUsage } from '../../../../lib/operations/reads/read-usage.ts';
import { settle } from '../../../../lib/operations/settle/settle.ts';
import { settleJobs } from '../../../../lib/operations/settle/settle-jobs.ts';
import { billProject } from '../../../../lib/operations/statements/issue-statement.ts';
import { publishTariff } from '../../../../lib/operations/tariffs/publish.ts';
import { Refusal } from '../../../../lib/refusal.ts';
import { shardOf } from '../../../../lib/store/keys.ts';
import type { Item, Put, Table } from '../../../../lib/store/table.ts';
import { allOf } from '../../../../simulation/items-on.ts';
import { createMortalTable, createStallingTable, isCommit, putsOf, wrapTable } from '../tables.ts';
import {
  at,
  createWorld,
  inShort,
  retraction,
  status,
  TARIFF,
  TWO_CPUS,
  TWO_GPUS,
  type World,
} from '../world.ts';

/** Five hours on two GPUs: 300 minutes, 19.30 (the second example of the product page). */
const running = status('job-1', 'RUNNING', '2026-10-05T08:00:00Z');
const done = status('job-1', 'DONE', '2026-10-05T13:00:00Z');

const linesOf = async (world: World, projectId: string, month: string) => {
  const { lines, total } = await world.statement(projectId, month);
  return [...lines.map(inShort), `total ${total}`];
};

/** An amount of EUR in cents. */
const centsOf = (amount: string) => Math.round(Number(amount) * 100);

const allStatements = async (world: World): Promise<Statement[]> => {
  const items = await world.items('STATEMENT');
  return items.map(({ pk: _, sk: __, ...statement }) => statement as unknown as Statement);
};

describe('which months are closed', () => {
  test.each([
    ['the current month', '2026-10', '2026-10-31T23:59:59.999Z'],
    ['a month to come', '2026-12', '2026-11-01T00:00:00Z'],
  ])('%s is refused', async (_, month, now) => {
    const world = await createWorld({ now });
    await world.tell(running, done);
    const refusal: unknown = await world.close({ month }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ code: 'invalid', errors: [{ pointer: '/month' }] });
    expect(await world.items('STATEMENT')).toEqual([]);
    expect(await world.store.readClosedMonths()).toEqual([]);
  });

  test.each([
    ['UTC', '2026-11-01T00:00:00Z'],
    ['Europe/Paris', '2026-10-31T23:00:00Z'],
  ])('a month of %s that is named can be closed from its very end on', async (timeZone, end) => {
    const world = await createWorld({ timeZone });
    await world.tell(running, done);
    world.clock.now = at(end) - 1;
    await expect(world.close({ month: '2026-10' })).rejects.toThrow(Refusal);
    world.clock.now = at(end);
    expect(await world.close({ month: '2026-10' })).toEqual([{ month: '2026-10', statements: 1 }]);
  });

  test('a month before the first usage is nothing to close, so a mistyped year starts no walk through all months since', async () => {
    const world = await createWorld({ now: '2026-11-05T00:00:00Z' });
    await world.tell(running, done);
    expect(await world.close({ month: '2024-01' })).toEqual([]);
    expect(await world.close()).toMatchObject([{ month: '2026-10' }]);
  });

  test('without any usage there is nothing to close, whether a month is named or not', async () => {
    const world = await createWorld({ now: '2026-11-05T00:00:00Z' });
    await world.tell(status('waiting', 'QUEUED', '2026-10-05T08:00:00Z'));
    expect(await world.close()).toEqual([]);
    expect(await world.close({ month: '2026-10' })).toEqual([]);
    expect(await world.store.readClosedMonths()).toEqual([]);
  });

  test('usage of the current month alone closes no month before it', async () => {
    const world = await createWorld({ now: '2026-11-05T12:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-11-05T08:00:00Z'));
    expect(await world.close()).toEqual([]);
    expect((await world.closeAt('2027-01-05T00:00:00Z')).map(({ month }) => month)).toEqual([
      '2026-11',
      '2026-12',
    ]);
  });

  test('a table that is filled with its history after it stood idle gets a statement for each month', async () => {
    const world = await createWorld({ now: '2026-10-31T23:00:00Z' });
    for (const hour of ['00', '06', '12', '18'])
      expect(await world.closeAt(`2026-11-01T${hour}:00:00Z`)).toEqual([]);
    for (const month of ['08', '09', '10'])
      await world.tell(
        status(`job-${month}`, 'RUNNING', `2026-${month}-05T08:00:00Z`),
        status(`job-${month}`, 'DONE', `2026-${month}-05T13:00:00Z`),
      );
    const months = ['2026-08', '2026-09', '2026-10'];
    expect(await world.close()).toEqual(months.map((month) => ({ month, statements: 1 })));
    for (const month of months)
      expect(await linesOf(world, 'proj-1', month)).toEqual([
        `usage ${month} ai1-1-gpu 300 min 19.30`,
        'total 19.30',
      ]);
  });

  test('an empty month after the first one with usage is closed without a statement', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T00:00:00Z');
    expect(await world.closeAt('2026-12-01T00:00:00Z')).toEqual([{ month: '2026-11', statements: 0 }]);
    expect(await world.store.readClosedMonths()).toEqual(['2026-10', '2026-11']);
  });

  test('months missed are closed oldest first, each with a statement of its own', async () => {
    const world = await createWorld({ now: '2026-08-10T00:00:00Z' });
    for (const month of ['08', '09', '10'])
      await world.tell(
        status(`job-${month}`, 'RUNNING', `2026-${month}-05T08:00:00Z`),
        status(`job-${month}`, 'DONE', `2026-${month}-05T13:00:00Z`),
      );
    const months: string[] = [];
    world.setClock('2026-11-03T02:00:00Z');
    const closed = await world.close({
      onProgress: ({ month }) => {
        if (months.at(-1) !== month) months.push(month);
      },
    });
    expect(closed).toEqual(['2026-08', '2026-09', '2026-10'].map((month) => ({ month, statements: 1 })));
    expect(months).toEqual(['2026-08', '2026-09', '2026-10']);
    for (const month of months)
      expect(await linesOf(world, 'proj-1', month)).toEqual([
        `usage ${month} ai1-1-gpu 300 min 19.30`,
        'total 19.30',
      ]);
    expect((await world.store.readStatementIndex('proj-1')).statements.map(({ month }) => month)).toEqual(
      months,
    );
  });

  test('up to a month that is named, and no further', async () => {
    const world = await createWorld({ now: '2026-08-10T00:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-08-05T08:00:00Z'));
    world.setClock('2026-11-03T02:00:00Z');
    expect((await world.close({ month: '2026-09' })).map(({ month }) => month)).toEqual([
      '2026-08',
      '2026-09',
    ]);
    expect(await world.store.readClosedMonths()).toEqual(['2026-08', '2026-09']);
    expect((await world.close()).map(({ month }) => month)).toEqual(['2026-10']);
  });

  test('that is named is closed after the one before it', async () => {
    const world = await createWorld({ now: '2026-10-10T00:00:00Z' });
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    world.setClock('2026-12-01T02:00:00Z');
    expect(await world.close({ month: '2026-11' })).toEqual([{ month: '2026-11', statements: 0 }]);
    expect(await world.store.readClosedMonths()).toEqual(['2026-10', '2026-11']);
  });

  test('usage older than the table starts the first close', async () => {
    const world = await createWorld({ now: '2026-11-03T02:00:00Z' });
    await world.tell(
      status('job-1', 'RUNNING', '2026-09-05T08:00:00Z'),
      status('job-1', 'DONE', '2026-09-05T13:00:00Z'),
    );
    expect(await world.close()).toEqual([
      { month: '2026-09', statements: 1 },
      { month: '2026-10', statements: 0 },
    ]);
  });

  test('a closed month is not closed again, whether it is named or not', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await world.close()).toEqual([]);
    expect(await world.close({ month: '2026-10' })).toEqual([
      { month: '2026-10', statements: 0, alreadyClosed: true },
    ]);
    expect(await world.close({ month: '2026-07' })).toEqual([
      { month: '2026-07', statements: 0, alreadyClosed: true },
    ]);
    expect(await world.items('STATEMENT')).toHaveLength(1);
  });

  test('progress tells how far each step of a month is', async () => {
    const world = await createWorld();
    for (const projectId of ['proj-1', 'proj-2', 'proj-3'])
      await world.tell({ ...running, jobId: `job of ${projectId}`, projectId });
    world.setClock('2026-11-01T02:00:00Z');
    const progress: CloseProgress[] = [];
    await world.close({ onProgress: (step) => progress.push(step) });
    const shards = ['proj-1', 'proj-2', 'proj-3'].map(shardOf);
    expect(new Set(shards).size).toBe(2);
    const inShard = (shard: number) =>
      progress.filter((told) => told.shard === shard).map(({ step, count, of }) => `${step} ${count}/${of}`);
    for (const shard of new Set(shards)) {
      const of = shards.filter((one) => one === shard).length;
      const counts = Array.from({ length: of }, (_, index) => index + 1);
      expect(inShard(shard)).toEqual([
        ...counts.map((count) => `settling ${count}/${of}`),
        ...[0, ...counts].map((count) => `billing ${count}/${of}`),
      ]);
    }
    expect(progress[0]).toMatchObject({ month: '2026-10', shards: 16, shard: Math.min(...shards) });
  });
});

describe('what a close is asked for', () => {
  test('is a month, or nothing: the event of a schedule names none', () => {
    expect(parseCloseRequest({ month: '2026-10' })).toEqual({ month: '2026-10' });
    for (const request of [undefined, null, {}, { source: 'aws.events', time: '2026-11-01T02:00:00Z' }])
      expect(parseCloseRequest(request).month).toBeUndefined();
  });

  test.each(['2026-13', '2026-1', 'October', 10, ''])('is refused where the month is %j', (month) => {
    expect(() => parseCloseRequest({ month })).toThrow(Refusal);
  });
});

describe('the statement of a month', () => {
  test('asks for what the month used, frozen with all it takes to read it', async () => {
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

  test('adds the jobs of a flavor and price up before it rounds', async () => {
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

  test('is not issued where there is nothing to say', async () => {
    const world = await createWorld();
    await world.tell(status('job-1', 'QUEUED', '2026-10-05T08:00:00Z'));
    await world.tell({ ...running, jobId: 'job-2' }, { ...done, jobId: 'job-2' });
    await world.tell(retraction({ ...running, jobId: 'job-2' }, '2026-10-06T08:00:00Z'));
    expect(await world.closeAt('2026-11-01T02:00:00Z')).toEqual([{ month: '2026-10', statements: 0 }]);
    expect(await world.items('STATEMENT')).toEqual([]);
    expect(await world.items('HEAD')).toEqual([]);
    expect(await world.items('BILLED#')).toEqual([]);
  });

  test('is one for each project, with its own jobs only', async () => {
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

  test('shows what is held, bills up to the limit, and a late stop settles the rest', async () => {
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

  test('a run that is held is taken back whole where its start was a mistake', async () => {
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

  test('held time is billed once a tariff with a longer limit reaches back to it', async () => {
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

  test('is issued for held time alone, where a stop at the very limit is taken back', async () => {
    const world = await createWorld({ now: '2026-09-20T00:00:00Z' });
    const stop = status('job-1', 'DONE', '2026-10-18T00:00:00Z');
    await world.tell(status('job-1', 'RUNNING', '2026-09-20T00:00:00Z'), stop);
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(retraction(stop, '2026-11-02T00:00:00Z'));
    await world.closeAt('2026-12-01T02:00:00Z');
    const november = await world.statement('proj-1', '2026-11');
    expect([november.lines, november.total, november.held.count]).toEqual([[], '0.00', 1]);
  });

  test('lists the first hundred charges that need attention and counts them all', async () => {
    const world = await createWorld({ tariffs: [] });
    for (let job = 0; job < 103; job += 1)
      await world.tell({ ...running, jobId: `job-${job}` }, { ...done, jobId: `job-${job}` });
    const stamped: string[] = [];
    const table = wrapTable(world.table, async ({ name, args }, run) => {
      if (name === 'putEach') stamped.push(...(args as Parameters<Table['putEach']>)[0].map(({ sk }) => sk));
      return run();
    });
    world.setClock('2026-11-01T02:00:00Z');
    await closeMonths(await world.open(table));
    const { unrated } = await world.statement('proj-1', '2026-10');
    expect([unrated.count, unrated.charges.length]).toEqual([103, 100]);
    expect(stamped).toHaveLength(103);
    expect(new Set(stamped).size).toBe(103);
  });
});

describe('a job that runs over the month end', () => {
  test.each([
    {
      timeZone: 'UTC',
      october: 960,
      november: 2 * 1440,
      closes: ['2026-11-01T02:00:00Z', '2026-12-01T02:00:00Z'],
    },
    {
      timeZone: 'Europe/Paris',
      october: 15 * 60,
      november: 2 * 1440 + 60,
      closes: ['2026-10-31T23:30:00Z', '2026-11-30T23:30:00Z'],
    },
  ])(
    'is cut there and carried on: its minutes add up ($timeZone)',
    async ({ timeZone, october, november, closes }) => {
      const world = await createWorld({ timeZone });
      const start = status('job-1', 'RUNNING', '2026-10-31T08:00:00Z', { resources: TWO_CPUS });
      await world.tell(start);
      await world.closeAt(closes[0] ?? '');
      expect(await world.charges('proj-1', '2026-10')).toMatchObject([
        { kind: 'final', endedBy: { cause: 'month end' }, minutes: october },
      ]);
      expect(await world.charges('proj-1', '2026-11')).toMatchObject([{ kind: 'open' }]);
      await world.tell(status('job-1', 'DONE', '2026-11-03T00:00:00Z', {}));
      await world.closeAt(closes[1] ?? '');
      const minutes = (await allStatements(world)).map(({ month, lines }) => [month, lines[0]?.minutes]);
      expect(minutes).toEqual([
        ['2026-10', october],
        ['2026-11', november],
      ]);
      expect(october + november).toBe((at('2026-11-03T00:00:00Z') - start.time) / 60_000);
    },
  );

  test('a minute that straddles midnight is billed once, in the month it started in', async () => {
    const world = await createWorld();
    await world.tell(status('job-1', 'RUNNING', '2026-10-31T23:58:30Z'));
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(status('job-1', 'DONE', '2026-11-01T00:01:00Z'));
    await world.closeAt('2026-12-01T02:00:00Z');
    const minutes = (await allStatements(world)).map(({ lines }) => lines[0]?.minutes);
    expect(minutes).toEqual([2, 1]);
  });

  test('a job that has run for months is cut at every month end', async () => {
    const world = await createWorld({
      now: '2026-08-31T12:00:00Z',
      tariffs: [{ ...TARIFF, maxRunningMs: 400 * 86_400_000 }],
    });
    await world.tell(status('job-1', 'RUNNING', '2026-08-31T12:00:00Z', { resources: TWO_CPUS }));
    await world.closeAt('2026-11-01T02:00:00Z');
    const statements = await allStatements(world);
    expect(statements.map(({ month, lines }) => [month, lines[0]?.minutes])).toEqual([
      ['2026-08', 720],
      ['2026-09', 30 * 1440],
      ['2026-10', 31 * 1440],
    ]);
    expect((await world.charges('proj-1', '2026-11')).map(({ kind }) => kind)).toEqual(['open']);
  });

  test('the cut is a fact in its log', async () => {
    const world = await createWorld();
    await world.tell(running);
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await world.store.readFacts('job-1')).toContainEqual({
      kind: 'cutoff',
      jobId: 'job-1',
      month: '2026-11',
    });
  });

  test('a job that started after the month end is not cut', async () => {
    const world = await createWorld({ now: '2026-11-01T01:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-11-01T00:30:00Z'));
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await world.items('CUT#')).toEqual([]);
    expect(await world.items('STATEMENT')).toEqual([]);
  });
});

describe('a fact that comes after the close', () => {
  const closedOctober = async (...facts: ReportedFact[]) => {
    const world = await createWorld();
    await world.tell(...(facts.length > 0 ? facts : [running, done]));
    await world.closeAt('2026-11-01T02:00:00Z');
    const frozen = JSON.stringify(await world.items('STATEMENT'));
    world.setClock('2026-11-05T00:00:00Z');
    return {
      world,
      /** Closes November and sees that October's statement is the same to the byte. */
      async closeNovember() {
        await world.closeAt('2026-12-01T02:00:00Z');
        const october = (await world.items('STATEMENT')).filter(({ month }) => month === '2026-10');
        expect(JSON.stringify(october)).toBe(frozen);
      },
    };
  };

  test('asks for more on the next statement', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T07:00:00Z'));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 60 min 3.86',
      'total 3.86',
    ]);
  });

  test('gives back on the next statement', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'FINALIZING', '2026-10-05T12:00:00Z'));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu -60 min -3.86',
      'total -3.86',
    ]);
  });

  test('changes nothing where it comes to the same', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'QUEUED', '2026-10-05T07:00:00Z'));
    await closeNovember();
    expect(await world.items('STATEMENT')).toHaveLength(1);
  });

  test('that names another flavor reverses the old line and asks for the new one', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'QUEUED', '2026-10-05T07:00:00Z', { resources: TWO_CPUS }));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-cpu 300 min 0.30',
      'correction 2026-10 ai1-1-gpu -300 min -19.30',
      'total -19.00',
    ]);
  });

  test('that names another project moves the cost there', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'QUEUED', '2026-10-05T07:00:00Z', { projectId: 'proj-2' }));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu -300 min -19.30',
      'total -19.30',
    ]);
    expect(await linesOf(world, 'proj-2', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 300 min 19.30',
      'total 19.30',
    ]);
  });

  test('that takes a run back returns all of it', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(retraction(running, '2026-11-05T00:00:00Z'));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu -300 min -19.30',
      'total -19.30',
    ]);
    expect(await world.items('BILLED#')).toMatchObject([
      { statementId: 'statement-1' },
      { statementId: 'statement-2', replaces: { minutes: 300 } },
    ]);
  });

  test('that takes a stop back: what was asked stays until it is known again where the run ends', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(retraction(done, '2026-10-31T23:00:00Z'));
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'open' }]);
    await world.tell(status('job-1', 'DONE', '2026-10-05T14:00:00Z'));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 60 min 3.86',
      'total 3.86',
    ]);
  });

  test('of a project that had no statement yet starts with a correction', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(
      status('job-2', 'RUNNING', '2026-10-07T08:00:00Z', { projectId: 'proj-2', resources: TWO_GPUS }),
      status('job-2', 'DONE', '2026-10-07T13:00:00Z', { projectId: 'proj-2' }),
    );
    await closeNovember();
    expect(await linesOf(world, 'proj-2', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 300 min 19.30',
      'total 19.30',
    ]);
  });

  test('stands beside the usage of the month itself', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T07:00:00Z'));
    await world.tell(
      status('job-2', 'RUNNING', '2026-11-05T08:00:00Z'),
      status('job-2', 'DONE', '2026-11-05T13:00:00Z'),
    );
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 60 min 3.86',
      'usage 2026-11 ai1-1-gpu 300 min 19.30',
      'total 23.16',
    ]);
  });

  test('is on the statement whose usage months are those with a change, in order, whenever they were marked', async () => {
    const { world } = await closedOctober();
    await world.tell(
      status('job-2', 'RUNNING', '2026-11-05T08:00:00Z'),
      status('job-2', 'DONE', '2026-11-05T13:00:00Z'),
    );
    world.setClock('2026-12-01T01:00:00Z');
    await world.tell(
      status('job-3', 'RUNNING', '2026-09-05T08:00:00Z'),
      status('job-3', 'DONE', '2026-09-05T13:00:00Z'),
    );
    await world.closeAt('2026-12-01T02:00:00Z');
    expect((await world.statement('proj-1', '2026-11')).usageMonths).toEqual(['2026-09', '2026-11']);
  });

  test('never gains or loses a cent: ten minutes and ten more are what twenty are', async () => {
    const oneCpu = { resources: { flavor: 'ai1-1-cpu', cpu: 1, gpu: 0 } };
    const { world, closeNovember } = await closedOctober(
      status('job-1', 'RUNNING', '2026-10-05T08:00:00Z', oneCpu),
      status('job-1', 'DONE', '2026-10-05T08:10:00Z', oneCpu),
    );
    expect((await world.statement('proj-1', '2026-10')).total).toBe('0.01');
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T07:50:00Z', oneCpu));
    await closeNovember();
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-cpu 10 min 0.00',
      'total 0.00',
    ]);
  });

  test('is compared with what was asked last, in the order of commits and not of statement ids', async () => {
    const world = await createWorld({ now: '2026-10-06T00:00:00Z' });
    await world.tell(running, done);
    const ids = ['a', 'b', 'c'];
    const closeAt = async (iso: string) => {
      world.setClock(iso);
      await closeMonths({ ...(await world.open()), newId: () => ids.pop() ?? '' });
    };
    await closeAt('2026-11-01T02:00:00Z');
    await world.tell(
      retraction(done, '2026-11-02T00:00:00Z'),
      status('job-1', 'DONE', '2026-10-05T12:00:00Z'),
    );
    await closeAt('2026-12-01T02:00:00Z');
    await world.tell(status('job-1', 'DONE', '2026-10-05T10:00:00Z'));
    await closeAt('2027-01-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu -60 min -3.86',
      'total -3.86',
    ]);
    expect(await linesOf(world, 'proj-1', '2026-12')).toEqual([
      'correction 2026-10 ai1-1-gpu -120 min -7.72',
      'total -7.72',
    ]);
  });

  test('is corrected once: the statement after it says nothing more', async () => {
    const { world, closeNovember } = await closedOctober();
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T07:00:00Z'));
    await closeNovember();
    await world.closeAt('2027-01-01T02:00:00Z');
    await world.closeAt('2027-02-01T02:00:00Z');
    expect((await allStatements(world)).map(({ month }) => month)).toEqual(['2026-10', '2026-11']);
  });

  test('and was settled where the clock is ahead, in the month after already, is still on its statement', async () => {
    const world = await createWorld();
    world.setClock('2026-12-01T00:00:20Z');
    await world.tell(running, done);
    expect(await world.closeAt('2026-11-30T23:59:50Z')).toEqual([{ month: '2026-10', statements: 1 }]);
    expect((await world.statement('proj-1', '2026-10')).total).toBe('19.30');
  });

  test('between the end of the month and its close is still on its statement', async () => {
    const world = await createWorld({ now: '2026-11-01T01:00:00Z' });
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-10')).toEqual([
      'usage 2026-10 ai1-1-gpu 300 min 19.30',
      'total 19.30',
    ]);
  });
});

/** A month with everything in it: runs over the end, late facts of a closed month, two projects. */
const busyWorld = async () => {
  const world = await createWorld({ now: '2026-09-30T00:00:00Z' });
  await world.tell(status('job-1', 'RUNNING', '2026-09-29T08:00:00Z'));
  await world.tell(status('job-1', 'DONE', '2026-09-29T13:00:00Z'));
  await world.tell(
    status('job-2', 'RUNNING', '2026-09-30T00:00:00Z', { projectId: 'proj-2', resources: TWO_CPUS }),
  );
  await world.closeAt('2026-10-01T02:00:00Z');
  await world.tell(status('job-1', 'FINALIZING', '2026-09-29T12:00:00Z'));
  await world.tell(
    status('job-3', 'RUNNING', '2026-10-05T08:00:00Z'),
    status('job-3', 'DONE', '2026-10-05T13:00:00Z'),
  );
  world.setClock('2026-11-01T02:00:00Z');
  return world;
};

const BUSY = {
  'proj-1 2026-09': ['usage 2026-09 ai1-1-gpu 300 min 19.30', 'total 19.30'],
  'proj-2 2026-09': ['usage 2026-09 ai1-1-cpu 1440 min 1.44', 'total 1.44'],
  'proj-1 2026-10': [
    'correction 2026-09 ai1-1-gpu -60 min -3.86',
    'usage 2026-10 ai1-1-gpu 300 min 19.30',
    'total 15.44',
  ],
  // Job 2 was last heard of on 30 September: 28 days count, up to 28 October.
  'proj-2 2026-10': ['usage 2026-10 ai1-1-cpu 38880 min 38.88', 'total 38.88'],
};

const inAll = async (world: World) =>
  Object.fromEntries(
    (await allStatements(world)).map(({ projectId, month, lines, total }) => [
      `${projectId} ${month}`,
      [...lines.map(inShort), `total ${total}`],
    ]),
  );

describe('a close that is disturbed', () => {
  test('undisturbed it asks for this', async () => {
    const world = await busyWorld();
    await world.close();
    expect(await inAll(world)).toEqual(BUSY);
  });

  test.each(['before', 'midway', 'after'] as const)(
    'dies %s any of its table calls and is run again: the same statements, each once',
    async (when) => {
      for (let call = 1, died = true; died; call += 1) {
        const world = await busyWorld();
        const mortal = createMortalTable(world.table, { call, when });
        await world
          .open(mortal.table)
          .then((context) => closeMonths(context))
          .catch((error: unknown) => {
            if (!mortal.died()) throw error;
          });
        died = mortal.died();
        await world.close();
        expect(await inAll(world), `died ${when} call ${call}`).toEqual(BUSY);
        expect((await world.store.readStatementIndex('proj-1')).version).toBe(2);
      }
    },
  );

  test('two closes at once issue each statement once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const world = await busyWorld();
        const table = wrapTable(world.table, async ({ name }, run) => {
          await scheduler.schedule(Promise.resolve(), name);
          return run();
        });
        const close = async () => closeMonths(await world.open(table));
        const closed = await scheduler.waitFor(Promise.all([close(), close()]));
        expect(await inAll(world)).toEqual(BUSY);
        const issued = closed.flat().reduce((sum, { statements }) => sum + statements, 0);
        expect(issued).toBe(2);
      }),
      { numRuns: 30 },
    );
  });

  test('by facts that arrive meanwhile asks for everything in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const world = await busyWorld();
        const table = wrapTable(world.table, async ({ name }, run) => {
          await scheduler.schedule(Promise.resolve(), name);
          return run();
        });
        const tell = async (fact: Transition) => {
          const context = await world.open(table);
          await world.record(fact);
          await settle(context, fact.jobId);
        };
        await scheduler.waitFor(
          Promise.all([
            world.open(table).then((context) => closeMonths(context)),
            tell(status('job-3', 'RUNNING', '2026-10-05T07:00:00Z')),
            tell(
              status('job-4', 'RUNNING', '2026-10-30T00:00:00Z', {
                projectId: 'proj-2',
                resources: TWO_GPUS,
              }),
            ),
            tell(status('job-2', 'DONE', '2026-10-01T00:00:00Z', {})),
          ]),
        );
        await world.tell(status('job-4', 'DONE', '2026-10-30T01:00:00Z', {}));
        await world.closeAt('2026-12-01T02:00:00Z');
        const lines = (await allStatements(world)).flatMap(({ projectId, lines }) =>
          lines.map((line) => ({ ...line, projectId })),
        );
        const minutes = new Map<string, number>();
        for (const line of lines) {
          const key = `${line.projectId} ${line.flavor} ${line.usageMonth}`;
          minutes.set(key, (minutes.get(key) ?? 0) + line.minutes);
        }
        // Whether job 2 was ever asked for October depends on when its stop arrived; it ends at nothing.
        expect(minutes.get('proj-2 ai1-1-cpu 2026-10') ?? 0).toBe(0);
        minutes.delete('proj-2 ai1-1-cpu 2026-10');
        expect(Object.fromEntries(minutes)).toEqual({
          'proj-1 ai1-1-gpu 2026-09': 240,
          'proj-1 ai1-1-gpu 2026-10': 360,
          'proj-2 ai1-1-cpu 2026-09': 1440,
          'proj-2 ai1-1-gpu 2026-10': 60,
        });
      }),
      { numRuns: 30 },
    );
  });

  test('by a job that fails keeps the month open, while other projects get their statements', async () => {
    const world = await createWorld();
    await world.tell(running);
    // It could be billed, but its project waits for all of its jobs.
    await world.tell({ ...running, jobId: 'job-3' }, { ...done, jobId: 'job-3' });
    await world.tell(
      { ...running, jobId: 'job-2', projectId: 'proj-2' },
      { ...done, jobId: 'job-2', projectId: 'proj-2' },
    );
    world.setClock('2026-11-01T02:00:00Z');
    const failing = wrapTable(world.table, async (call, run) => {
      if (putsOf(call).some(({ item }) => item.sk.startsWith('CHARGE#job-1#')))
        throw new Error('cannot be written');
      return run();
    });
    const failed = closeMonths(await world.open(failing));
    await expect(failed).rejects.toThrow(/2026-10 stays open.*proj-1/);
    expect(Object.keys(await inAll(world))).toEqual(['proj-2 2026-10']);
    expect(await world.store.readClosedMonths()).toEqual([]);

    await world.close();
    expect(await world.store.readClosedMonths()).toEqual(['2026-10']);
    expect(Object.keys(await inAll(world))).toEqual(['proj-1 2026-10', 'proj-2 2026-10']);
    expect((await world.store.readStatementIndex('proj-2')).version).toBe(1);
  });

  test('by a month that fails does not go on to the next one', async () => {
    const world = await createWorld({ now: '2026-08-10T00:00:00Z' });
    await world.tell(status('job-1', 'RUNNING', '2026-08-05T08:00:00Z'));
    world.setClock('2026-11-01T02:00:00Z');
    const failing = wrapTable(world.table, async (call, run) => {
      if (isCommit(call)) throw new Error('cannot be written');
      return run();
    });
    await expect(closeMonths(await world.open(failing))).rejects.toThrow('2026-08 stays open');
    expect(await world.items('CUT#')).toHaveLength(1);
    expect(await world.store.readClosedMonths()).toEqual([]);
  });

  test('after its statement, before the month is closed: what came late goes to the next statement', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    world.setClock('2026-11-01T02:00:00Z');
    const dying = wrapTable(world.table, async ({ name, args }, run) => {
      if (name === 'put' && (args as [Put])[0].item.pk === 'CLOSE') throw new Error('dead');
      return run();
    });
    await expect(closeMonths(await world.open(dying))).rejects.toThrow('dead');
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T07:00:00Z'));
    expect(await world.close()).toEqual([{ month: '2026-10', statements: 0 }]);
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(await inAll(world)).toEqual({
      'proj-1 2026-10': ['usage 2026-10 ai1-1-gpu 300 min 19.30', 'total 19.30'],
      'proj-1 2026-11': ['correction 2026-10 ai1-1-gpu 60 min 3.86', 'total 3.86'],
    });
  });

  test('by a charge that opens again while it bills: what was asked stays until it is final', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(
      status('job-2', 'RUNNING', '2026-10-06T08:00:00Z'),
      status('job-2', 'DONE', '2026-10-06T09:00:00Z'),
    );
    world.setClock('2026-12-01T02:00:00Z');
    const table = wrapTable(world.table, async ({ name, args }, run) => {
      if (name === 'get' && (args as Parameters<Table['get']>)[0].sk === 'HEAD')
        await world.tell(retraction(done, '2026-10-05T14:00:00Z'));
      return run();
    });
    await closeMonths(await world.open(table));
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'open' }, { jobId: 'job-2' }]);
    expect(await linesOf(world, 'proj-1', '2026-11')).toEqual([
      'correction 2026-10 ai1-1-gpu 60 min 3.86',
      'total 3.86',
    ]);
    await world.tell(status('job-1', 'DONE', '2026-10-05T12:00:00Z'));
    await world.closeAt('2027-01-01T02:00:00Z');
    expect(await linesOf(world, 'proj-1', '2026-12')).toEqual([
      'correction 2026-10 ai1-1-gpu -60 min -3.86',
      'total -3.86',
    ]);
  });

  test('by a settle that marked before the month end and wrote after the close: the next one bills it', async () => {
    const world = await createWorld({ now: '2026-10-31T23:59:59Z' });
    await world.record(status('job-1', 'RUNNING', '2026-10-31T23:00:00Z'));
    const slow = createStallingTable(world.table);
    const settling = settle(await world.open(slow.table), 'job-1');
    await slow.stalled;
    await world.closeAt('2026-11-01T02:00:00Z');
    slow.goOn();
    await settling;
    const usage = await readUsage(await world.open(), 'proj-1', '2026-11', world.clock.now);
    expect(usage.lines).toMatchObject([{ minutes: 120 }]);
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(
      (await world.statement('proj-1', '2026-11')).lines.map(({ kind, minutes }) => [kind, minutes]),
    ).toEqual([
      ['correction', 60],
      ['usage', 28 * 1440 - 60],
    ]);
  });

  test('by a stop that another settle knows of, and then by its death: it leaves no charge that does not follow', async () => {
    const world = await createWorld();
    await world.tell(running);
    world.setClock('2026-11-01T02:00:00Z');
    let dead = false;
    const dying = wrapTable(world.table, async (call, run) => {
      if (dead) throw new Error('dead');
      if (!putsOf(call).some(({ item }) => item.sk.startsWith('CHARGE#'))) return run();
      // It has read the job's log, and is about to write that the job goes on in November.
      await world.tell(done);
      await run();
      dead = true;
      throw new Error('dead');
    });
    await expect(closeMonths(await world.open(dying))).rejects.toThrow('dead');
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'final', minutes: 300 }]);
    expect(await world.charges('proj-1', '2026-11')).toEqual([]);
    expect((await audit(await world.open())).findings).toEqual([]);
  });

  /** A close and a settle of the stream that knows of a stop, which has read the charges and is about to write when the close's charges land. */
  const crossing = async (world: World, stop: Transition) => {
    const stalling = createStallingTable(world.table);
    let settling: ReturnType<typeof settleJobs> | undefined;
    let landed = false;
    const table = wrapTable(world.table, async (call, run) => {
      if (landed) throw new Error('cut off');
      if (!putsOf(call).some(({ item }) => item.sk.startsWith('CHARGE#'))) return run();
      await world.record(stop);
      settling = settleJobs(await world.open(stalling.table), ['job-1'], () => {});
      await stalling.stalled;
      const outcome = await run();
      landed = true;
      return outcome;
    });
    await expect(closeMonths(await world.open(table))).rejects.toThrow();
    stalling.goOn();
    expect(await settling).toEqual({ parked: [], lost: [] });
  };

  test('by a settle that has missed the cut and knows as many facts: the close knows them too', async () => {
    const world = await createWorld();
    await world.tell(running);
    world.setClock('2026-11-01T02:00:00Z');
    // A settle reads the job's log item by item, while the close cuts the job, reads its log, and writes when that settle is done.
    const read = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let isFirst = true;
    const slowly: Table = {
      ...world.table,
      async *query(pk, options = {}) {
        if (pk !== 'JOB#job-1' || !isFirst) return yield* world.table.query(pk, options);
        isFirst = false;
        const at = (prefix: string) => allOf(world.table.query(pk, { ...options, prefix }));
        const [first, second] = options.backwards
          ? (['EVENT#', 'CUT#'] as const)
          : (['CUT#', 'EVENT#'] as const);
        yield await at(first);
        read.resolve();
        await goOn.promise;
        yield await at(second);
      },
    };
    const settling = settle(await world.open(slowly), 'job-1');
    await read.promise;
    let dead = false;
    const dying = wrapTable(world.table, async (call, run) => {
      if (dead) throw new Error('dead');
      if (!putsOf(call).some(({ item }) => item.sk.startsWith('CHARGE#'))) return run();
      await world.record(done);
      goOn.resolve();
      await settling;
      await world.settle('job-1');
      await run();
      dead = true;
      throw new Error('dead');
    });
    await expect(closeMonths(await world.open(dying))).rejects.toThrow('dead');
    await world.close();
    expect(await linesOf(world, 'proj-1', '2026-10')).toEqual([
      'usage 2026-10 ai1-1-gpu 300 min 19.30',
      'total 19.30',
    ]);
  });

  test('by a statement that its index does not name: it says so and ends', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    const [index] = await world.items('HEAD');
    await world.table.put({ item: { ...(index as Item), statements: [], version: 0 } });
    await expect(billProject(await world.open(), 'proj-1', '2026-10', ['2026-10'])).rejects.toThrow(
      'the index of proj-1 does not name its statement of 2026-10: it is damaged',
    );
  });

  test('by a copy of a charge under a key of its own: it is not billed twice', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    const [charge] = await world.items('CHARGE#');
    await world.table.put({ item: { ...(charge as Item), sk: `${charge?.sk}#copy` } });
    world.setClock('2026-11-01T02:00:00Z');
    await expect(world.close()).rejects.toThrow('2026-10 stays open');
    await audit(await world.open(), { heal: true });
    await world.close();
    expect((await world.statement('proj-1', '2026-10')).total).toBe('19.30');
  });

  test('by a stamp in a month that its statement cannot bill: it counts for nothing', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    const [stamp] = await world.items('BILLED#');
    const usage = ['2026-11-05T08:00:00Z', '2026-11-05T13:00:00Z'] as const;
    await world.tell(status('job-2', 'RUNNING', usage[0]), status('job-2', 'DONE', usage[1]));
    const [, charge] = await world.items('CHARGE#');
    const { kind: _, factsSeen: __, tariffsSeen: ___, pk, sk, ...billed } = charge as Item;
    await world.table.put({
      item: {
        ...{ pk, sk: `${sk.replace('CHARGE#', 'BILLED#')}#${String(stamp?.statementId)}` },
        ...{
          statementId: String(stamp?.statementId),
          jobId: 'job-2',
          usageMonth: '2026-11',
          start: at(usage[0]),
        },
        billed,
      },
    });
    await world.closeAt('2026-12-01T02:00:00Z');
    expect((await world.statement('proj-1', '2026-11')).total).toBe('19.30');
  });

  test('by its death before it looks again: a settle that crossed it takes away what does not follow', async () => {
    const world = await createWorld();
    await world.tell(running);
    world.setClock('2026-11-01T02:00:00Z');
    await crossing(world, done);
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'final', minutes: 300 }]);
    expect(await world.charges('proj-1', '2026-11')).toMatchObject([{ kind: 'void' }]);
    expect((await audit(await world.open())).findings).toEqual([]);
  });

  test('the same over a month that no event lies in: it is not billed', async () => {
    const world = await createWorld({ now: '2026-09-01T00:00:00Z' });
    await world.tell(status('job-2', 'RUNNING', '2026-09-01T00:00:00Z', { projectId: 'proj-2' }));
    await world.closeAt('2026-10-01T02:00:00Z');
    world.setClock('2026-11-01T02:00:00Z');
    // Heard of a month late.
    await world.tell(status('job-1', 'RUNNING', '2026-09-10T08:00:00Z'));
    await crossing(world, status('job-1', 'DONE', '2026-09-10T13:00:00Z'));
    await world.close();
    expect(await linesOf(world, 'proj-1', '2026-10')).toEqual([
      'correction 2026-09 ai1-1-gpu 300 min 19.30',
      'total 19.30',
    ]);
  });

  test('by a statement of another month: it starts again with a fresh id, and what it had stamped counts for nothing', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    world.setClock('2026-12-01T02:00:00Z');
    const bill = async (month: string, table = world.table) =>
      billProject(await world.open(table), 'proj-1', month, ['2026-10']);
    const overtaken = wrapTable(world.table, async (call, run) => {
      if (!isCommit(call) || (await world.items('STATEMENT')).length > 0) return run();
      // October has stamped five hours. Two of them are taken back, November asks for three, and then another job is heard of.
      await world.tell(status('job-1', 'FINALIZING', '2026-10-05T11:00:00Z'));
      expect(await bill('2026-11')).toBe('issued');
      await world.tell({ ...running, jobId: 'job-2' }, { ...done, jobId: 'job-2' });
      return run();
    });
    expect(await bill('2026-10', overtaken)).toBe('issued');
    expect(await linesOf(world, 'proj-1', '2026-11')).toContain('correction 2026-10 ai1-1-gpu 180 min 11.58');
    expect(await linesOf(world, 'proj-1', '2026-10')).toContain('usage 2026-10 ai1-1-gpu 300 min 19.30');
    expect(await bill('2026-12')).toBe('nothing to bill');
  });

  test('by another attempt that stamped a piece while it read: nothing is asked twice', async () => {
    const world = await createWorld();
    await world.tell(running, done, { ...running, jobId: 'job-3' }, { ...done, jobId: 'job-3' });
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T07:00:00Z'));
    world.setClock('2026-12-01T02:00:00Z');

    // Once the charges of October are read, job 2 is heard of, and another close stamps it and dies.
    let disturbed = false;
    const disturb = async () => {
      disturbed = true;
      await world.tell({ ...running, jobId: 'job-2' }, { ...done, jobId: 'job-2' });
      const dying = wrapTable(world.table, async (call, run) => {
        if (isCommit(call)) throw new Error('dead');
        return run();
      });
      await closeMonths(await world.open(dying)).catch(() => undefined);
    };
    const table: Table = {
      ...world.table,
      // Stamps come page by page, here one by one; charges all at once.
      async *query(pk, options = {}) {
        if (options.prefix !== 'BILLED#') {
          const items = await allOf(world.table.query(pk, options));
          if (options.prefix === 'CHARGE#' && pk === 'PROJECT#proj-1#2026-10' && billing && !disturbed)
            await disturb();
          yield items;
          return;
        }
        for (let after = options.after; ; ) {
          const [item] = await allOf(
            world.table.query(pk, { ...options, limit: 1, ...(after !== undefined && { after }) }),
          );
          if (!item) return;
          yield [item];
          after = item.sk;
        }
      },
    };
    let billing = false;
    await closeMonths(await world.open(table), {
      onProgress: ({ step }) => {
        billing = step === 'billing';
      },
    });
    expect(disturbed).toBe(true);
    await world.closeAt('2027-01-01T02:00:00Z');
    const lines = (await allStatements(world)).flatMap((statement) => statement.lines);
    expect(lines.reduce((sum, { minutes }) => sum + minutes, 0)).toBe(360 + 300 + 300);
  });
});

describe('over all statements (I3, I4)', () => {
  /** Cents of an exact amount, half up: sixtieths of 10^-12. */
  const cents = (amount: bigint) => (2n * 100n * amount + 60n * 10n ** 12n) / (2n * 60n * 10n ** 12n);

  const anyTransition = fc.record({
    jobId: fc.constantFrom('job-1', 'job-2', 'job-10'),
    status: fc.constantFrom('QUEUED' as const, 'RUNNING' as const, 'RUNNING' as const, 'DONE' as const),
    projectId: fc.constantFrom('proj-1', 'proj-2'),
    resources: fc.constantFrom(TWO_GPUS, TWO_CPUS, { flavor: 'ai1-1-cpu', cpu: 1, gpu: 0 }),
    /** How long before the month it arrives in ends. */
    hoursAgo: fc.integer({ min: 0, max: 24 * 75 }),
    ms: fc.constantFrom(0, 1, 59_999, 1_234_567),
    takenBack: fc.boolean(),
  });

  const MONTH_ENDS = ['2026-09-01', '2026-10-01', '2026-11-01', '2026-12-01'].map((day) =>
    at(`${day}T00:00:00Z`),
  );

  test('every line key is asked for its final rounded amount exactly once, whatever came late', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(anyTransition, { maxLength: 6 }), { minLength: 4, maxLength: 4 }),
        async (arrivals) => {
          const world = await createWorld({ now: '2026-08-01T00:00:00Z' });
          const issued = new Map<string, string>();
          const jobs = new Set<string>();
          for (const [month, monthEnd] of MONTH_ENDS.entries()) {
            world.clock.now = monthEnd - 1;
            for (const [index, { hoursAgo, ms, takenBack, ...said }] of (arrivals[month] ?? []).entries()) {
              const time = monthEnd - 5_000_000 - hoursAgo * 3_600_000 + ms;
              const fact: Transition = {
                kind: 'transition',
                source: 'gra',
                id: `e-${month}-${index}`,
                time,
                ...said,
              };
              jobs.add(fact.jobId);
              await world.tell(fact);
              if (takenBack && index % 2 === 1)
                await world.tell(retraction(fact, new Date(monthEnd - 1).toISOString()));
            }
            world.clock.now = monthEnd + 7_200_000;
            await world.close();
            for (const { projectId, month: of, ...statement } of await allStatements(world)) {
              const key = `${projectId} ${of}`;
              const text = JSON.stringify(statement);
              expect(text, 'a statement never changes').toBe(issued.get(key) ?? text);
              issued.set(key, text);
            }
          }

          const keyOf = (projectId: string, { usageMonth, flavor, unit, pricePerHour }: Line | FinalCharge) =>
            [projectId, usageMonth, flavor, unit, pricePerHour].join(' ');
          const due = new Map<string, { minutes: number; amount: bigint }>();
          const calendar = createCalendar('UTC');
          for (const jobId of jobs) {
            const facts: Fact[] = await world.store.readFacts(jobId);
            for (const charge of deriveCharges(facts, createTariffBook([TARIFF]), calendar)) {
              if (charge.kind !== 'final') continue;
              const key = keyOf(charge.projectId, charge);
              const { minutes, amount } = due.get(key) ?? { minutes: 0, amount: 0n };
              due.set(key, { minutes: minutes + charge.minutes, amount: amount + charge.amount });
            }
          }
          const sums = new Map<string, { minutes: number; cents: number }>();
          for (const { projectId, lines, total } of await allStatements(world)) {
            for (const line of lines) {
              const key = keyOf(projectId, line);
              const sum = sums.get(key) ?? { minutes: 0, cents: 0 };
              sums.set(key, {
                minutes: sum.minutes + line.minutes,
                cents: sum.cents + centsOf(line.amount),
              });
            }
            const lineCents = lines.reduce((sum, { amount }) => sum + centsOf(amount), 0);
            expect(centsOf(total), 'lines sum to the total (I5)').toBe(lineCents);
          }
          const whole = [...sums].filter(([, { minutes }]) => minutes !== 0);
          expect(new Map(whole)).toEqual(
            new Map(
              [...due].map(([key, { minutes, amount }]) => [key, { minutes, cents: Number(cents(amount)) }]),
            ),
          );
          for (const [, { minutes, cents: left }] of sums) if (minutes === 0) expect(left).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});
