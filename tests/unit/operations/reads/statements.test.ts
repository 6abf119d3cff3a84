import { describe, expect, test } from 'vitest';
import {
  readStatement,
  readStatementCharges,
  readStatements,
} from '../../../../lib/operations/reads/read-statements.ts';
import { Refusal } from '../../../../lib/refusal.ts';
import { createWorld, retraction, status, TWO_CPUS } from '../world.ts';
import { allPages, done, run, running } from './pages-and-runs.ts';

describe('the statements of a project', () => {
  const closedTwice = async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    const restated = { id: 'restated', resources: TWO_CPUS };
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T08:00:00Z', restated));
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
    expect(await why('proj-1', '2026-09')).toEqual(['not-found', expect.stringContaining('nothing to bill')]);
    for (const month of ['2026-10', '2027-01'])
      expect(await why('proj-2', month)).toEqual([
        'not-found',
        expect.stringContaining('the project is not known'),
      ]);
    expect(await why('proj-1', '2026-12')).toEqual(['not-found', expect.stringContaining('not closed yet')]);
  });

  test('of a month before the first usage are missing because nothing was used', async () => {
    const world = await createWorld();
    await world.tell(running);
    const read = async (month: string) => readStatement(await world.open(), 'proj-1', month);
    await expect(read('2026-09')).rejects.toThrow('nothing was used up to that month');
    await expect(read('2026-10')).rejects.toThrow('not closed yet');
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
        statedBy: { id: 'restated' },
        endedBy: { cause: 'fact', fact: { id: done.id } },
        replaces: { flavor: 'ai1-1-gpu', minutes: 300, amountTimes60: '1158' },
      },
      { jobId: 'job-2', usageMonth: '2026-11', flavor: 'ai1-1-gpu', minutes: 300 },
    ]);
    expect(charges[1]).not.toHaveProperty('replaces');
  });

  test('show a billed charge that is no longer billed as nothing that replaces something', async () => {
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
