import { describe, expect, test } from 'vitest';
import type { ReportedFact } from '../../../../lib/billing/facts.ts';
import { readActions } from '../../../../lib/operations/log/read-actions.ts';
import { askProvider } from '../../../../lib/operations/reconcile/ask-provider.ts';
import {
  type ProviderAnswers,
  reconcileMonth,
  recordMissing,
} from '../../../../lib/operations/reconcile/reconcile-month.ts';
import type { JobsQuery, OvhApi } from '../../../../lib/provider/ovh-api.ts';
import { Refusal } from '../../../../lib/refusal.ts';
import { createWorld } from '../world.ts';
import { H100, HERE, inWords, ovhJob, RULES, ran, received, usageJson } from './provider.ts';

/** 100 minutes, 5.00. */
const A = ran('job-a', '5 10:00', '5 11:40');
/** 60 minutes, 3.00. */
const B = ran('job-b', '6 10:00', '6 11:00');
/** Runs from September to November: 31 days in October. */
const C = ran('job-c', '2026-09-28T00:00:00Z', '2026-11-01T12:00:00Z');

const reported = (facts: readonly unknown[]) => facts as ReportedFact[];

const start = async (now = '2026-11-02T06:00:00Z', timeZone = 'UTC') => {
  const world = await createWorld({ now, timeZone, tariffs: [{ ...HERE, maxRunningMs: 60 * 86_400_000 }] });
  const compare = async (answers: ProviderAnswers) =>
    reconcileMonth(await world.open(), { projectId: 'proj-1', month: '2026-10', rules: RULES, ...answers });
  return { world, compare };
};

test('jobs here are those of the table: of the month, of others that last into it, of no other project', async () => {
  const { world, compare } = await start();
  await world.tell(...reported([...received(A), ...received(C)]));
  await world.tell(...reported(received(B).map((fact) => ({ ...fact, projectId: 'proj-2' }))));
  const compared = await compare({ usage: usageJson([['GRA', H100, 100 + 31 * 1440, 2237]]) });
  expect(inWords(compared)).toEqual(['GRA h100-1-gpu 0 min 0.00']);
  expect(compared.report).toMatchObject({
    month: '2026-10',
    currency: 'EUR',
    comparedAt: '2026-11-02T06:00:00.000Z',
    providerUpdatedAt: '2026-11-02T02:00:00.000Z',
    total: { here: { unitMinutes: 44740, amount: '2237.00' } },
  });
});

test('a running job is compared up to the provider’s last update, not up to now', async () => {
  const { world, compare } = await start('2026-10-06T12:00:00Z');
  await world.tell(...reported(received(B, (state) => state === 'RUNNING')));
  const compared = await compare({
    usage: usageJson([['GRA', H100, 30, 1.5]], { lastUpdate: '2026-10-06T10:30:00Z' }),
    jobs: [[ovhJob('job-b', [['RUNNING', '6 10:00']])]],
  });
  expect(inWords(compared)).toEqual(['GRA h100-1-gpu 0 min 0.00']);
  expect(compared.report.notes).toEqual([
    "compared up to 2026-10-06T10:30:00.000Z, when the provider's figures were last updated",
  ]);
});

test('it is compared up to now where the provider’s clock is ahead', async () => {
  const { world, compare } = await start('2026-10-06T10:30:00Z');
  await world.tell(...reported(received(B, (state) => state === 'RUNNING')));
  const usage = usageJson([['GRA', H100, 30, 1.5]], { lastUpdate: '2026-10-06T10:40:00Z' });
  expect(inWords(await compare({ usage }))).toEqual(['GRA h100-1-gpu 0 min 0.00']);
});

test('without a list, jobs of the day beside the month are counted in months of another zone', async () => {
  const { world, compare } = await start();
  await world.tell(...reported(received(ran('job-z', '2026-09-30T22:30:00Z', '2026-09-30T23:30:00Z'))));
  const { report } = await compare({ usage: usageJson([['GRA', H100, 60, 3]]) });
  expect(report.rows[0]?.causes).toMatchObject([{ cause: 'month boundary or zone', unitMinutes: 60 }]);
});

test('a list whose time is not known says of no job that it still runs', async () => {
  const { world, compare } = await start('2026-10-20T00:00:00Z');
  const running = ovhJob('job-b', [['RUNNING', '2026-08-21T00:00:00Z']]);
  await world.tell(...reported(received(running)));
  const answers = {
    usage: usageJson([['GRA', H100, 18 * 1440, 1296]], { lastUpdate: '2026-10-19T00:00:00Z' }),
    jobs: [[running]],
  };
  const asked = await compare({ ...answers, jobsListedAt: Date.parse('2026-10-19T00:00:00Z') });
  expect([(await compare(answers)).missing.length, asked.missing.length]).toEqual([0, 1]);
});

describe('the events that settle a difference', () => {
  test('are recorded, and then nothing differs', async () => {
    const { world, compare } = await start();
    await world.tell(...reported(received(A, (state) => state === 'RUNNING')));
    const answers = { usage: usageJson([['GRA', H100, 160, 8]]), jobs: [[A], { items: [B] }] };
    const before = await compare(answers);
    expect(before.report.missingEvents).toBe(3);
    const byHand = { by: { kind: 'local', id: 'ana' }, projectId: 'proj-1', month: '2026-10' } as const;
    expect(await recordMissing(await world.open(), before, byHand)).toBe(3);
    expect((await readActions(await world.open(), { limit: 10 })).actions).toMatchObject([
      {
        action: 'events.recorded',
        projectId: 'proj-1',
        target: '2026-10',
        detail: expect.stringMatching(/^3 of/),
      },
    ]);
    const after = await compare(answers);
    expect(inWords(after)).toEqual(['GRA h100-1-gpu 0 min 0.00']);
    expect(after.report.missingEvents).toBe(0);
    expect(await recordMissing(await world.open(), before)).toBe(0);
    expect((await world.charges('proj-1', '2026-10')).map(({ kind, jobId }) => `${jobId} ${kind}`)).toEqual([
      'job-a final',
      'job-b final',
    ]);
  });
});

test.each([
  ['pages of the central API', [[A, B], []]],
  ['pages of a regional API', [{ items: [A, B] }]],
])('a file may have a list of lists: %s', async (_, file) => {
  const { world, compare } = await start();
  await world.tell(...reported(received(A, (state) => state === 'RUNNING')));
  const usage = usageJson([['GRA', H100, 160, 8]]);
  const { report } = await compare({ usage, jobs: [[A, B]] });
  expect(report.missingEvents).toBe(3);
  expect((await compare({ usage, jobs: [file] })).report).toEqual(report);
});

test('a list that may be of another project is noted, and nothing of it is recorded', async () => {
  const { world, compare } = await start();
  await world.tell(...reported(received(A)));
  const usage = usageJson([['GRA', H100, 60, 3]]);
  const compared = await compare({ usage, jobs: [[B]] });
  expect(compared.report.notes).toContainEqual(expect.stringContaining('the list of another project?'));
  await expect(recordMissing(await world.open(), compared)).rejects.toThrow('nothing was recorded');
  expect((await compare({ usage, jobs: [[B]] })).report.missingEvents).toBe(2);
  expect((await compare({ usage, jobs: [[A, B]] })).isOtherList).toBe(false);
});

describe('the bill', () => {
  const details = (value: number) => [{ description: 'AI Training h100-1-gpu', totalPrice: { value } }];

  test.each([
    [5, true, '1 line of AI training on the bill adds up to the usage, 5'],
    [6.5, false, '1 line of AI training on the bill adds up to 6.5, the usage to 5'],
  ])('of %d is checked against the usage', async (value, billAgrees, note) => {
    const { world, compare } = await start();
    await world.tell(...reported(received(A)));
    const compared = await compare({
      usage: usageJson([['GRA', H100, 100, 5]]),
      jobs: [[A]],
      bill: details(value),
    });
    expect(compared.billAgrees).toBe(billAgrees);
    expect(compared.report.notes).toEqual([note]);
  });

  test.each(['Pacific/Kiritimati', 'Europe/Paris', 'UTC', 'America/New_York'])(
    'has the days of the month, wherever these begin: %s',
    async (timeZone) => {
      const { world, compare } = await start(undefined, timeZone);
      await world.tell(...reported(received(A)));
      const lineOf = (value: number, periodStart: string, periodEnd: string) =>
        details(value).map((line) => ({ ...line, periodStart, periodEnd }));
      const compared = await compare({
        usage: usageJson([['GRA', H100, 100, 5]]),
        jobs: [[A]],
        bill: [
          ...lineOf(7, '2026-09-01', '2026-09-30'),
          ...lineOf(5, '2026-10-01', '2026-10-31'),
          ...lineOf(9, '2026-11-01', '2026-11-30'),
        ],
      });
      expect(compared.report.notes).toEqual([
        '1 line of AI training on the bill adds up to the usage, 5',
        'lines of AI training on the bill that are of other months were left out: 2',
      ]);
      expect(compared.billAgrees).toBe(true);
    },
  );
});

describe('what cannot be read', () => {
  test.each([
    [{ usage: { resourcesUsage: 5 } }, ['resourcesUsage must be a list']],
    [{ usage: usageJson([]), bill: {} }, ['the bill must be a list of bill details']],
  ])('is refused with its place: %j', async (answers, details) => {
    const { compare } = await start();
    const error = await compare(answers).catch((reason) => reason);
    expect(error).toBeInstanceOf(Refusal);
    expect(error.errors.map(({ detail }: { detail: string }) => detail)).toEqual(details);
  });

  test('usage of another month is refused', async () => {
    const { compare } = await start();
    const period = { from: '2026-09-01T00:00:00+02:00', to: '2026-09-30T23:59:59+02:00' };
    await expect(compare({ usage: usageJson([], { period }) })).rejects.toThrow('not of 2026-10');
  });

  test('usage of the month before is refused too where the provider begins months later', async () => {
    const { compare } = await start('2026-11-02T06:00:00Z', 'Europe/Paris');
    const period = { from: '2026-09-01T00:00:00Z', to: '2026-09-30T23:59:59Z' };
    await expect(compare({ usage: usageJson([], { period }) })).rejects.toThrow('not of 2026-10');
  });

  test('a list of which no job can be read is refused, e.g. an error of the API', async () => {
    const { compare } = await start();
    const usage = usageJson([]);
    await expect(compare({ usage, jobs: [{ message: 'Invalid signature' }] })).rejects.toThrow(
      'the list of jobs is not as the provider describes it: job 1 (',
    );
    expect((await compare({ usage, jobs: [[]] })).report.rows).toEqual([]);
  });

  test('usage without a period is taken as that of the month, and that is noted', async () => {
    const { compare } = await start();
    const { report } = await compare({ usage: { resourcesUsage: [] } });
    expect(report.notes).toEqual([
      'the usage does not say of which period it is: it was taken as that of the month',
    ]);
  });

  test('a job of the list is noted with its reason, and the others are compared', async () => {
    const { world, compare } = await start();
    await world.tell(...reported(received(A)));
    const { report } = await compare({ usage: usageJson([['GRA', H100, 100, 5]]), jobs: [[A, { id: 'x' }]] });
    expect(report.notes).toEqual([expect.stringContaining('could not be read: job 2 (spec')]);
  });
});

describe('what is asked of the provider', () => {
  const period = (id: string, from: string, to: string) => ({ id, period: { from, to } });
  const PERIODS = [
    period('u9', '2026-08-31T22:00:00+00:00', '2026-09-30T21:59:59+00:00'),
    period('u10', '2026-09-30T22:00:00+00:00', '2026-10-31T21:59:59+00:00'),
  ];

  const createApi = (jobs: readonly unknown[]) => {
    const calls: string[] = [];
    const api: Pick<OvhApi, 'jobs' | 'usage' | 'usages'> = {
      usages: async () => PERIODS,
      usage: async (_, id) => {
        calls.push(`usage ${id}`);
        return { id };
      },
      jobs: async (_, { page, size }: JobsQuery) => {
        calls.push(`jobs ${page}`);
        return jobs.slice((page - 1) * size, page * size);
      },
    };
    return { api: api as OvhApi, calls };
  };

  const ask = async (api: OvhApi, month: string, given = {}) => {
    const { world } = await start();
    return askProvider(api, { project: 'p', month }, given, await world.open());
  };

  test('the usage of a month is that of the period that covers it, in whatever zone', async () => {
    const { api } = createApi([]);
    expect(await ask(api, '2026-10')).toMatchObject({ usage: { id: 'u10' } });
    expect(await ask(api, '2026-11')).toMatchObject({ usage: { id: 'current' } });
    await expect(ask(api, '2026-08')).rejects.toThrow('the provider has no usage of 2026-08');
  });

  test('jobs are listed until a page is empty', async () => {
    const { api, calls } = createApi(Array.from({ length: 450 }, (_, id) => ({ id })));
    const { jobs } = await ask(api, '2026-11');
    expect(jobs?.flat()).toHaveLength(450);
    expect(calls).toEqual(['usage current', 'jobs 1', 'jobs 2', 'jobs 3', 'jobs 4']);
  });

  test('an API that answers every page with the same jobs is asked twice', async () => {
    const { api, calls } = createApi([{ id: 'a' }, { id: 'b' }]);
    const same = {
      ...api,
      jobs: (project: string, query: JobsQuery) => api.jobs(project, { ...query, page: 1 }),
    };
    const { jobs } = await ask(same, '2026-11');
    expect(jobs?.flat()).toEqual([{ id: 'a' }, { id: 'b' }]);
    expect(calls).toEqual(['usage current', 'jobs 1', 'jobs 1']);
  });

  test('what is given is not asked for', async () => {
    const { api, calls } = createApi([]);
    expect(await ask(api, '2026-10', { usage: 1, jobs: [[A]] })).toEqual({ usage: 1, jobs: [[A]] });
    expect(calls).toEqual([]);
  });
});
