import { describe, expect, test } from 'vitest';
import { readJob } from '../../../../lib/operations/reads/read-job.ts';
import { listProjects } from '../../../../lib/operations/reads/read-projects.ts';
import {
  readStatement,
  readStatementCharges,
  readStatements,
} from '../../../../lib/operations/reads/read-statements.ts';
import { readProjectJobs, readUsage } from '../../../../lib/operations/reads/read-usage.ts';
import { Refusal } from '../../../../lib/refusal.ts';
import { wrapTable } from '../tables.ts';
import { at, createWorld, retraction, status, TARIFF, TWO_CPUS, TWO_GPUS, type World } from '../world.ts';

const running = status('job-1', 'RUNNING', '2026-10-05T08:00:00Z');
const done = status('job-1', 'DONE', '2026-10-05T13:00:00Z');

const usage = async (world: World, month: string, projectId = 'proj-1') =>
  readUsage(await world.open(), projectId, month, world.clock.now);

const run = (
  jobId: string,
  start: string,
  end: string,
  said: Parameters<typeof status>[3] = { resources: TWO_GPUS },
) => [status(jobId, 'RUNNING', start, said), status(jobId, 'DONE', end, said)];

/** Every page of something that is read page by page. */
const allPages = async <Page extends { readonly next?: Next | undefined }, Next>(
  readPage: (after: Next | undefined) => Promise<Page>,
): Promise<Page[]> => {
  const pages: Page[] = [];
  let after: Next | undefined;
  do {
    const page = await readPage(after);
    pages.push(page);
    if (pages.length > 1_000) throw new Error('the pages never end');
    after = page.next;
  } while (after !== undefined);
  return pages;
};

describe('the usage of a month', () => {
  test('without any is empty', async () => {
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
      running: { count: 0, charges: [] },
      unrated: { count: 0, charges: [] },
      held: { count: 0, charges: [] },
    });
  });

  test('adds up what has ended, and is the statement to come', async () => {
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

  test('of a job that starts in a moment is nothing yet', async () => {
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

  test('finds an open charge months back while no month is closed', async () => {
    const world = await createWorld({
      now: '2026-08-20T00:00:00Z',
      tariffs: [{ ...TARIFF, maxRunningMs: at('2027-01-01T00:00:00Z') }],
    });
    await world.tell(status('job-1', 'RUNNING', '2026-08-20T00:00:00Z'));
    world.setClock('2026-11-01T01:00:00Z');
    expect(await usage(world, '2026-11')).toMatchObject({ lines: [{ minutes: 60 }], running: { count: 1 } });
    expect(await usage(world, '2026-09')).toMatchObject({ lines: [{ minutes: 30 * 1440 }] });
  });

  test('finds an open charge of a closed month that was heard of after the close', async () => {
    const world = await createWorld();
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(status('job-1', 'RUNNING', '2026-10-31T23:00:00Z'));
    world.setClock('2026-11-01T03:00:00Z');
    expect(await usage(world, '2026-11')).toMatchObject({ lines: [{ minutes: 180 }] });
  });

  test('of a month to come is empty, though a job runs', async () => {
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

  test('leaves out what no longer stands', async () => {
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
    await world.tell(...run('job-1', '2026-10-01T00:00:00Z', '2026-10-29T00:00:01Z'));
    await world.tell(
      ...run('job-2', '2026-10-01T00:00:00Z', '2026-10-01T00:03:00Z', {
        resources: { flavor: 'unknown', cpu: 1, gpu: 0 },
      }),
    );
    const october = await usage(world, '2026-10');
    expect(october.held).toMatchObject({
      count: 1,
      charges: [
        { jobId: 'job-1', held: { from: '2026-10-29T00:00:00.000Z', until: '2026-10-29T00:00:01.000Z' } },
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

describe('the jobs of a month', () => {
  const jobs = async (world: World, month: string, limit: number, afterJobId?: string) =>
    readProjectJobs(await world.open(), 'proj-1', month, world.clock.now, { limit, afterJobId });

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
          running: false,
          flavor: 'ai1-1-gpu',
          unit: 'gpu',
          units: 2,
          minutes: 310,
          cost: '19.94',
          currency: 'EUR',
        },
        {
          jobId: 'job-2',
          running: true,
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
      const pages = await allPages((after: string | undefined) => jobs(world, '2026-11', limit, after));
      const found = pages.flatMap((page) => page.jobs);
      expect(found.map(({ jobId }) => jobId)).toEqual(ids);
      expect(found.map(({ minutes }) => minutes)).toEqual(
        ids.map((_, index) => (index % 2 === 0 ? 1440 : 120)),
      );
      expect(pages).toHaveLength(Math.ceil(ids.length / limit));
    }
  });

  test('tell of unrated and held time', async () => {
    const world = await createWorld({ now: '2026-10-30T00:00:00Z', tariffs: [] });
    await world.tell(...run('job-1', '2026-10-01T00:00:00Z', '2026-10-29T00:00:01Z'));
    expect((await jobs(world, '2026-10', 10)).jobs).toMatchObject([
      { minutes: 28 * 1440, unratedMinutes: 28 * 1440, held: true, cost: '0.00' },
    ]);
  });
});

describe('the projects of a grant', () => {
  const list = async (
    world: World,
    grant: readonly string[] | 'all',
    month: string,
    limit: number,
    after?: string,
  ) => listProjects(await world.open(), grant, month, world.clock.now, { limit, after });

  test('that covers all are those with usage in the month, each once, over all pages', async () => {
    const world = await createWorld();
    const ids = Array.from({ length: 40 }, (_, i) => `proj-${i}`);
    for (const projectId of ids)
      await world.tell(
        ...run(`job of ${projectId}`, '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', {
          projectId,
          resources: TWO_GPUS,
        }),
      );
    // A late fact marks October again in November.
    world.setClock('2026-11-05T00:00:00Z');
    for (const projectId of ids.slice(0, 20))
      await world.tell(
        ...run(`late of ${projectId}`, '2026-10-06T08:00:00Z', '2026-10-06T09:00:00Z', {
          projectId,
          resources: TWO_GPUS,
        }),
      );
    await world.tell(
      ...run('other', '2026-11-04T08:00:00Z', '2026-11-04T09:00:00Z', {
        projectId: 'november',
        resources: TWO_GPUS,
      }),
    );
    for (const limit of [1, 3, 7, 40, 100]) {
      const pages = await allPages((after: string | undefined) =>
        list(world, 'all', '2026-10', limit, after),
      );
      const found = pages.flatMap(({ projects }) => projects);
      expect(found).toHaveLength(40);
      expect(found.toSorted()).toEqual(ids.toSorted());
      expect(pages.every(({ projects }) => projects.length <= limit)).toBe(true);
    }
    expect((await list(world, 'all', '2026-11', 100)).projects).toEqual(['november']);
    expect((await list(world, 'all', '2026-12', 100)).projects).toEqual([]);
  });

  test('that covers all has the project of a run that begins with the month, reported minutes before', async () => {
    const world = await createWorld({ now: '2026-10-31T23:58:00Z' });
    await world.tell(
      status('early', 'RUNNING', '2026-11-01T00:02:00Z'),
      status('early', 'DONE', '2026-11-01T00:03:00Z'),
    );
    world.setClock('2026-11-05T00:00:00Z');
    const context = await world.open();
    const { projects } = await listProjects(context, 'all', '2026-11', context.now(), { limit: 10 });
    expect(projects).toEqual(['proj-1']);
  });

  test('that names them are those, each once, whether they have usage or not', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    const grant = ['proj-2', 'proj-1', 'proj-2', 'proj-3'];
    const pages = await allPages((after: string | undefined) => list(world, grant, '2026-10', 2, after));
    expect(pages.map(({ projects }) => projects)).toEqual([['proj-1', 'proj-2'], ['proj-3']]);
    expect((await list(world, [], '2026-10', 10)).projects).toEqual([]);
  });
});

describe('the statements of a project', () => {
  const closedTwice = async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(status('job-1', 'QUEUED', '2026-10-05T07:00:00Z', { resources: TWO_CPUS }));
    await world.tell(...run('job-2', '2026-11-05T08:00:00Z', '2026-11-05T13:00:00Z'));
    await world.closeAt('2026-12-01T02:00:00Z');
    return world;
  };

  test('are listed latest first', async () => {
    const world = await closedTwice();
    expect(await readStatements(await world.open(), 'proj-1')).toEqual({
      projectId: 'proj-1',
      statements: [
        {
          month: '2026-11',
          statementId: 'statement-2',
          currency: 'EUR',
          total: '0.30',
          issuedAt: '2026-12-01T02:00:00.000Z',
        },
        {
          month: '2026-10',
          statementId: 'statement-1',
          currency: 'EUR',
          total: '19.30',
          issuedAt: '2026-11-01T02:00:00.000Z',
        },
      ],
    });
    expect(await readStatements(await world.open(), 'nobody')).toEqual({
      projectId: 'nobody',
      statements: [],
    });
  });

  test('are shown with money in its currency and what is included at zero', async () => {
    const world = await closedTwice();
    const statement = await readStatement(await world.open(), 'proj-1', '2026-11');
    expect(
      statement.lines.map(({ kind, flavor, amount, currency }) => [kind, flavor, amount, currency]),
    ).toEqual([
      ['correction', 'ai1-1-cpu', '0.30', 'EUR'],
      ['correction', 'ai1-1-gpu', '-19.30', 'EUR'],
      ['usage', 'ai1-1-gpu', '19.30', 'EUR'],
    ]);
    expect(statement.included).toHaveLength(3);
    expect(statement.included.every(({ amount }) => amount === '0.00')).toBe(true);
  });

  test('that are missing are refused with the reason', async () => {
    const world = await closedTwice();
    const context = await world.open();
    const why = async (projectId: string, month: string) => {
      const refusal: unknown = await readStatement(context, projectId, month).catch(
        (error: unknown) => error,
      );
      if (!(refusal instanceof Refusal)) throw new Error('it was not refused');
      return [refusal.code, refusal.message];
    };
    expect(await why('proj-2', '2026-10')).toEqual(['not-found', expect.stringContaining('nothing to bill')]);
    expect(await why('proj-1', '2026-12')).toEqual(['not-found', expect.stringContaining('not closed yet')]);
  });

  test('show the billed charges behind their lines, with what each replaces (I8)', async () => {
    const world = await closedTwice();
    const { charges, ...page } = await readStatementCharges(await world.open(), 'proj-1', '2026-11', {
      limit: 10,
    });
    expect(page).toEqual({
      projectId: 'proj-1',
      month: '2026-11',
      statementId: 'statement-2',
      timeZone: 'UTC',
      currency: 'EUR',
    });
    expect(charges).toMatchObject([
      {
        jobId: 'job-1',
        usageMonth: '2026-10',
        flavor: 'ai1-1-cpu',
        minutes: 300,
        unitMinutes: 600,
        amountTimes60: '18',
        openedBy: { id: running.id },
        endedBy: { cause: 'fact', fact: { id: done.id } },
        replaces: { flavor: 'ai1-1-gpu', minutes: 300, amountTimes60: '1158' },
      },
      { jobId: 'job-2', usageMonth: '2026-11', flavor: 'ai1-1-gpu', minutes: 300 },
    ]);
    expect(charges[1]).not.toHaveProperty('replaces');
  });

  test('show a billed charge that is asked for no more as nothing that replaces something', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(retraction(running, '2026-11-02T00:00:00Z'));
    await world.closeAt('2026-12-01T02:00:00Z');
    const { charges } = await readStatementCharges(await world.open(), 'proj-1', '2026-11', { limit: 10 });
    expect(charges).toEqual([
      {
        jobId: 'job-1',
        usageMonth: '2026-10',
        start: '2026-10-05T08:00:00.000Z',
        minutes: 0,
        amountTimes60: '0',
        replaces: expect.objectContaining({ minutes: 300 }),
      },
    ]);
  });

  test('show their billed charges page by page over all usage months, without those of other attempts', async () => {
    const world = await createWorld();
    for (let job = 1; job <= 5; job += 1)
      await world.tell(
        ...run(`job-${job}`, '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
        ...run(`job-${job}`, '2026-10-06T08:00:00Z', '2026-10-06T09:00:00Z'),
      );
    await world.closeAt('2026-11-01T02:00:00Z');
    for (let job = 1; job <= 5; job += 1) {
      await world.tell(status(`job-${job}`, 'RUNNING', '2026-10-05T07:00:00Z'));
      await world.tell(...run(`job-${job}`, '2026-11-06T08:00:00Z', '2026-11-06T09:00:00Z'));
    }
    await world.closeAt('2026-12-01T02:00:00Z');
    const context = await world.open();
    const whole = await readStatementCharges(context, 'proj-1', '2026-11', { limit: 1_000 });
    expect(
      whole.charges.map(({ usageMonth, jobId, start }) => [usageMonth, jobId, start.slice(0, 13)]),
    ).toEqual([
      ...[1, 2, 3, 4, 5].flatMap((job) => [
        ['2026-10', `job-${job}`, '2026-10-05T07'],
        ['2026-10', `job-${job}`, '2026-10-05T08'],
      ]),
      ...[1, 2, 3, 4, 5].map((job) => ['2026-11', `job-${job}`, '2026-11-06T08']),
    ]);
    for (const limit of [1, 2, 4, 10, 15]) {
      const pages = await allPages((after: readonly string[] | undefined) =>
        readStatementCharges(context, 'proj-1', '2026-11', { limit, after }),
      );
      expect(pages.flatMap(({ charges }) => charges)).toEqual(whole.charges);
      expect(pages).toHaveLength(Math.ceil(15 / limit));
    }
  });
});

describe('a job', () => {
  const job = async (world: World, jobId = 'job-1') => readJob(await world.open(), jobId, world.clock.now);

  test('never heard of is nothing', async () => {
    expect(await job(await createWorld(), 'nobody')).toBeUndefined();
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
      resources: TWO_GPUS,
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
        { ...TARIFF, effectiveFrom: at('2026-11-01T01:00:00Z'), pricePerHour: { 'ai1-1-gpu': '2' } },
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

  test('shows what was taken back and why', async () => {
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

  test('that was taken back altogether still belongs to its project', async () => {
    const world = await createWorld();
    await world.tell(running, retraction(running, '2026-10-06T00:00:00Z'));
    const shown = await job(world);
    expect(shown).toMatchObject({ projectId: 'proj-1', charges: [], cost: '0.00' });
    expect(shown).not.toHaveProperty('status');
  });

  test('that moved to another project is shown there, once', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.tell(status('job-1', 'QUEUED', '2026-10-05T07:00:00Z', { projectId: 'proj-2' }));
    expect(await job(world)).toMatchObject({
      projectId: 'proj-2',
      charges: [{ projectId: 'proj-2', minutes: 300 }],
      cost: '19.30',
    });
  });

  test('that moved shows nothing of its former project, even before it is settled there', async () => {
    const world = await createWorld({ now: '2026-10-06T00:00:00Z' });
    await world.tell(running, done);
    await world.record(status('job-1', 'QUEUED', '2026-10-05T07:00:00Z', { projectId: 'proj-2' }));
    const job = await readJob(await world.open(), 'job-1', world.clock.now);
    expect(job).toMatchObject({ projectId: 'proj-2', charges: [], cost: '0.00' });
  });

  test('warns of unexpected steps, unrated and held time', async () => {
    const world = await createWorld({ now: '2026-11-05T00:00:00Z', tariffs: [] });
    await world.tell(status('job-1', 'RUNNING', '2026-10-01T00:00:00Z'));
    const shown = await job(world);
    expect(shown?.warnings).toEqual([
      expect.stringContaining('QUEUED was not reported'),
      expect.stringContaining('unrated'),
      expect.stringContaining('held'),
    ]);
    expect(shown?.intervals).toEqual([
      { start: '2026-10-01T00:00:00.000Z', minutes: 28 * 1440, heldFrom: '2026-10-29T00:00:00.000Z' },
    ]);
  });
});
