import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RECONCILIATION } from '../../lib/http/openapi/examples.ts';
import { run } from './programs.ts';
import { request, startTestStack, type TestStack, tokenFor } from './stack.ts';
import {
  CPU,
  eventsOf,
  gpu,
  type JobEvent,
  latestEndedNovember,
  minutesAgo,
  retractionOf,
  SOURCE,
  sendAll,
} from './story.ts';

/** Printed with every test; set SEED to send in the same orders again. */
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

const YEAR = latestEndedNovember(new Date());
const OCTOBER = `${YEAR}-10`;
const NOVEMBER = `${YEAR}-11`;
const RUNNING_SINCE = minutesAgo(5);
const DAY_MS = 86_400_000;

/** Noon of the last day of last month, in the zone. */
const endOfLastMonth = (timeZone: string): string =>
  Temporal.Now.zonedDateTimeISO(timeZone)
    .with({ day: 1 })
    .startOfDay()
    .subtract({ hours: 12 })
    .toInstant()
    .toString();

/** Known before October is closed. */
const toldIn = (sinceLastMonth: string): readonly JobEvent[] => [
  ...eventsOf('cpu-10-days', 'examples', CPU, [
    ['QUEUED', `${NOVEMBER}-03T07:57:00Z`],
    ['INITIALIZING', `${NOVEMBER}-03T07:58:00Z`],
    ['PENDING', `${NOVEMBER}-03T07:58:00Z`],
    ['RUNNING', `${NOVEMBER}-03T08:00:00Z`],
    ['INTERRUPTING', `${NOVEMBER}-13T08:00:00Z`],
    ['FINALIZING', `${NOVEMBER}-13T08:00:10Z`],
    ['INTERRUPTED', `${NOVEMBER}-13T08:00:40Z`],
  ]),
  ...eventsOf('gpu-5-hours', 'examples', gpu(2), [
    ['QUEUED', `${NOVEMBER}-04T08:57:00Z`],
    ['INITIALIZING', `${NOVEMBER}-04T08:58:00Z`],
    ['PENDING', `${NOVEMBER}-04T08:59:00Z`],
    ['RUNNING', `${NOVEMBER}-04T09:00:00Z`],
    ['FINALIZING', `${NOVEMBER}-04T14:00:00Z`],
    ['DONE', `${NOVEMBER}-04T14:00:30Z`],
  ]),
  ...eventsOf('over-midnight', 'midnight', gpu(1), [
    ['RUNNING', `${OCTOBER}-31T12:00:30Z`],
    ['DONE', `${NOVEMBER}-02T03:00:00Z`],
  ]),
  ...eventsOf('restarted', 'restarts', gpu(1), [
    ['RUNNING', `${NOVEMBER}-05T10:00:00Z`],
    ['RESTARTING', `${NOVEMBER}-05T11:30:30Z`],
    ['RUNNING', `${NOVEMBER}-05T12:00:00Z`],
    ['DONE', `${NOVEMBER}-05T12:45:00Z`],
  ]),
  ...eventsOf('sent-by-mistake', 'mistakes', gpu(1), [
    ['QUEUED', `${OCTOBER}-31T06:00:00Z`],
    ['RUNNING', `${OCTOBER}-31T07:00:00Z`],
    ['DONE', `${OCTOBER}-31T09:00:00Z`],
  ]),
  ...eventsOf('stops-later', 'midnight', gpu(1), [['RUNNING', `${OCTOBER}-31T12:00:30Z`]]),
  ...eventsOf('still-running', 'running', gpu(60), [['RUNNING', RUNNING_SINCE]]),
  // Reported again: without a sign of life it would count for 7 days.
  ...eventsOf('since-last-month', 'long-running', CPU, [
    ['RUNNING', sinceLastMonth],
    ['RUNNING', RUNNING_SINCE],
  ]),
];

/** Known only once October is closed. */
const toldLate: readonly JobEvent[] = [
  ...eventsOf('stops-later', 'midnight', gpu(1), [
    ['RUNNING', `${OCTOBER}-31T12:00:30Z`],
    ['DONE', `${NOVEMBER}-02T03:00:00Z`],
  ]).slice(1),
  retractionOf('sent-by-mistake', 'mistakes', 2, `${NOVEMBER}-03T00:00:00Z`),
];

interface Line {
  readonly usageMonth: string;
  readonly kind: string;
  readonly minutes: number;
  readonly amount: string;
}

interface Statement {
  readonly total: string;
  readonly lines: readonly Line[];
}

interface Piece {
  readonly jobId: string;
  readonly usageMonth: string;
  readonly start: string;
  readonly end: string;
  readonly minutes: number;
  readonly state?: string;
}

interface Job {
  readonly asOf: string;
  readonly cost: string;
  readonly charges: readonly Piece[];
  readonly intervals: readonly { readonly minutes: number }[];
}

interface Usage {
  readonly month: string;
  readonly asOf: string;
  readonly days: readonly { readonly date: string }[];
  readonly running: { readonly count: number; readonly charges: readonly Piece[] };
}

const ZONES = [
  // 12:00:30 to midnight are 719.5 minutes, of which the last one commences before midnight.
  {
    timeZone: 'UTC',
    midnight: `${NOVEMBER}-01T00:00:00.000Z`,
    october: { minutes: 720, amount: '23.16' },
    november: { minutes: 1620, amount: '52.11' },
    twoJobs: { october: '46.32', november: '104.22' },
  },
  {
    timeZone: 'Europe/Paris',
    midnight: `${OCTOBER}-31T23:00:00.000Z`,
    october: { minutes: 660, amount: '21.23' },
    november: { minutes: 1680, amount: '54.04' },
    twoJobs: { october: '42.46', november: '108.08' },
  },
];

describe.each(ZONES)(`months in $timeZone, events in the order of seed ${SEED}`, (zone) => {
  const sinceLastMonth = endOfLastMonth(zone.timeZone);
  const told = toldIn(sinceLastMonth);
  const [firstOrder = [], ...otherOrders] = fc.sample(
    fc.shuffledSubarray([...told], { minLength: told.length }),
    { seed: SEED, numRuns: 4 },
  );
  let stack: TestStack;
  let closes: unknown[];

  beforeAll(async () => {
    stack = await startTestStack({ BILLING_TIME_ZONE: zone.timeZone });
    await sendAll(stack, firstOrder);
    closes = [await stack.close(OCTOBER)];
    await stack.settled();
    await sendAll(stack, toldLate);
    closes.push(await stack.close(NOVEMBER));
    await stack.settled();
  });

  afterAll(async () => {
    await stack?.stop();
  });

  const read = async <Content = unknown>(path: string, access: readonly string[] | 'all' = 'all') => {
    const answer = await stack.get<Content>(path, access);
    expect(answer, answer.text).toMatchObject({ status: 200 });
    return answer;
  };

  const readStatement = async (projectId: string, month: string) =>
    (await read<Statement>(`/v1/projects/${projectId}/statements/${month}`)).body;

  test('each close issues the statements of its month', () => {
    expect(closes).toEqual([
      { closed: [{ month: OCTOBER, statements: 2 }] },
      { closed: [{ month: NOVEMBER, statements: expect.any(Number) }] },
    ]);
  });

  test('the examples of the product page cost 14.40 and 19.30, in usage and on the statement', async () => {
    const usage = await read(`/v1/projects/examples/usage?month=${NOVEMBER}`, ['examples']);
    const statement = await read(`/v1/projects/examples/statements/${NOVEMBER}`, ['examples']);
    for (const { text, body } of [usage, statement]) {
      expect(text).toContain('"amount":"14.40"');
      expect(text).toContain('"amount":"19.30"');
      expect(body).toMatchObject({
        projectId: 'examples',
        month: NOVEMBER,
        timeZone: zone.timeZone,
        currency: 'EUR',
        total: '33.70',
        lines: [
          { flavor: 'ai1-1-cpu', unit: 'cpu', minutes: 14_400, unitMinutes: 28_800, pricePerHour: '0.03' },
          { flavor: 'ai1-1-gpu', unit: 'gpu', minutes: 300, unitMinutes: 600, pricePerHour: '1.93' },
        ],
      });
    }
  });

  test('sending everything three times more, in other orders, changes nothing', async () => {
    const before = await stack.snapshot();
    for (const order of otherOrders) {
      const outcomes = await sendAll(stack, [...order, ...toldLate]);
      expect(new Set(outcomes)).toEqual(new Set(['duplicate']));
    }
    expect(await stack.snapshot()).toEqual(before);
  });

  test('closing the months again changes nothing', async () => {
    const before = await stack.snapshot();
    expect(await stack.close(NOVEMBER)).toEqual({
      closed: [{ month: NOVEMBER, statements: 0, alreadyClosed: true }],
    });
    await stack.settled();
    expect(await stack.snapshot()).toEqual(before);
  });

  test('a job that runs over the month end is cut at midnight, and its minutes add up', async () => {
    const { body } = await read<Job>('/v1/projects/midnight/jobs/over-midnight');
    expect(body.charges).toMatchObject([
      {
        usageMonth: OCTOBER,
        start: `${OCTOBER}-31T12:00:30.000Z`,
        minutes: zone.october.minutes,
        endedBy: { cause: 'month end' },
      },
      {
        usageMonth: NOVEMBER,
        end: `${NOVEMBER}-02T03:00:00.000Z`,
        minutes: zone.november.minutes,
        endedBy: { cause: 'fact', fact: { source: SOURCE, id: 'over-midnight-2' } },
      },
    ]);
    // The last minute of October commences before midnight and ends after it.
    const [october, november] = body.charges;
    expect(Date.parse(october?.end ?? '') - Date.parse(zone.midnight)).toBe(30_000);
    expect(november?.start).toBe(october?.end);
    expect(zone.october.minutes + zone.november.minutes).toBe(2340);
    expect(body.intervals).toMatchObject([{ minutes: 2340 }]);
    expect(body.cost).toBe('75.27');
  });

  test('a job whose stop is reported after the close is billed like one with a stop in time', async () => {
    const { body } = await read<Job>('/v1/projects/midnight/jobs/stops-later');
    expect(body.charges.map(({ usageMonth, minutes }) => ({ usageMonth, minutes }))).toEqual([
      { usageMonth: OCTOBER, minutes: zone.october.minutes },
      { usageMonth: NOVEMBER, minutes: zone.november.minutes },
    ]);
    expect(await readStatement('midnight', OCTOBER)).toMatchObject({
      total: zone.twoJobs.october,
      lines: [{ usageMonth: OCTOBER, kind: 'usage', minutes: 2 * zone.october.minutes }],
    });
    expect(await readStatement('midnight', NOVEMBER)).toMatchObject({
      total: zone.twoJobs.november,
      lines: [{ usageMonth: NOVEMBER, kind: 'usage', minutes: 2 * zone.november.minutes }],
    });
  });

  test('every run of a job that restarts is billed, its commenced minutes whole', async () => {
    const { body } = await read<Job>('/v1/projects/restarts/jobs/restarted');
    expect(body.charges.map(({ minutes }) => minutes)).toEqual([91, 45]);
    expect(await readStatement('restarts', NOVEMBER)).toMatchObject({
      total: '4.37',
      lines: [{ minutes: 136, amount: '4.37' }],
    });
  });

  test('a transition retracted after the close is taken off the next statement', async () => {
    expect(await readStatement('mistakes', OCTOBER)).toMatchObject({ total: '3.86' });
    expect(await readStatement('mistakes', NOVEMBER)).toMatchObject({
      total: '-3.86',
      lines: [{ usageMonth: OCTOBER, kind: 'correction', minutes: -120, amount: '-3.86' }],
    });
    const { body } = await read('/v1/projects/mistakes/jobs/sent-by-mistake');
    expect(body).toMatchObject({
      cost: '0.00',
      charges: [],
      transitions: [{ status: 'QUEUED' }, { status: 'DONE' }, { status: 'RUNNING', retracted: true }],
      retractions: [{ retracts: { source: SOURCE, id: 'sent-by-mistake-2' } }],
    });
  });

  test('a running job costs what it has run so far', async () => {
    const { body } = await read<Job>('/v1/projects/running/jobs/still-running', ['running']);
    const minutes = Math.ceil((Date.parse(body.asOf) - Date.parse(RUNNING_SINCE)) / 60_000);
    expect(minutes).toBeGreaterThan(5);
    expect(body).toMatchObject({ status: 'RUNNING', intervals: [{ start: RUNNING_SINCE, minutes }] });
    expect(body.charges.at(-1)).toMatchObject({ state: 'running', endedBy: { cause: 'now' } });
    // 60 GPUs for a minute cost what one GPU costs for an hour.
    expect(body.cost).toBe(((minutes * 193) / 100).toFixed(2));
  });

  test('a job that has been running since last month shows in the usage of this month', async () => {
    const { body } = await read<Usage>('/v1/projects/long-running/usage', ['long-running']);
    // Near the end of a month it has run for longer than 28 days.
    const isHeld = Date.parse(body.asOf) > Date.parse(sinceLastMonth) + 28 * DAY_MS;
    expect(body).toMatchObject({
      running: { count: 1, charges: [{ jobId: 'since-last-month' }] },
      held: isHeld ? { count: 1, charges: [{ held: { cause: 'maxRunning' } }] } : { count: 0 },
    });
    expect(body.days[0]?.date).toBe(`${body.month}-01`);
  });

  test('the usage of a month without any is empty', async () => {
    const { body } = await read(`/v1/projects/examples/usage?month=${OCTOBER}`);
    expect(body).toMatchObject({ month: OCTOBER, total: '0.00', lines: [], days: [], running: { count: 0 } });
    const unheardOf = await read('/v1/projects/never-heard-of/usage', ['never-heard-of']);
    expect(unheardOf.body).toMatchObject({ total: '0.00', lines: [], unknown: true });
  });

  test('the jobs and statements of a project can be listed', async () => {
    expect((await read(`/v1/projects/examples/jobs?month=${NOVEMBER}`)).body).toMatchObject({
      projectId: 'examples',
      month: NOVEMBER,
      jobs: [
        {
          jobId: 'cpu-10-days',
          status: 'INTERRUPTED',
          running: false,
          start: `${NOVEMBER}-03T08:00:00.000Z`,
          end: `${NOVEMBER}-13T08:00:00.000Z`,
          flavor: 'ai1-1-cpu',
          units: 2,
          minutes: 14_400,
          cost: '14.40',
        },
        { jobId: 'gpu-5-hours', running: false, flavor: 'ai1-1-gpu', units: 2, minutes: 300, cost: '19.30' },
      ],
    });
    expect((await read('/v1/projects/midnight/statements')).body).toMatchObject({
      projectId: 'midnight',
      statements: [
        { month: NOVEMBER, total: zone.twoJobs.november },
        { month: OCTOBER, total: zone.twoJobs.october },
      ],
    });
  });

  test('the billed charges behind a statement add up to its lines', async () => {
    const path = `/v1/projects/midnight/statements/${OCTOBER}/charges`;
    const { body } = await read<{ charges: Piece[] }>(path, ['midnight']);
    expect(body.charges.map(({ jobId }) => jobId)).toEqual(['over-midnight', 'stops-later']);
    const minutes = body.charges.reduce((sum, charge) => sum + charge.minutes, 0);
    const statement = await readStatement('midnight', OCTOBER);
    expect(statement.lines.reduce((sum, line) => sum + line.minutes, 0)).toBe(minutes);
  });

  test('a statement and its charges prove each other, with nothing but their files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'papers-'));
    const save = async (name: string, text: string) => {
      const file = join(folder, name);
      await writeFile(file, text);
      return file;
    };
    for (const [projectId, month] of [
      ['examples', NOVEMBER],
      ['midnight', OCTOBER],
      ['midnight', NOVEMBER],
      ['mistakes', OCTOBER],
      ['mistakes', NOVEMBER],
    ] as const) {
      const path = `/v1/projects/${projectId}/statements/${month}`;
      const statement = await save('statement.json', (await read(path, [projectId])).text);
      const pages: string[] = [];
      let cursor: string | undefined;
      do {
        const query = `limit=1${cursor === undefined ? '' : `&cursor=${cursor}`}`;
        const page = await read<{ next?: string }>(`${path}/charges?${query}`, [projectId]);
        pages.push(await save(`charges-${pages.length}.json`, page.text));
        cursor = page.body.next;
      } while (cursor !== undefined);
      const verified = await run('cli/jobmeter.ts', ['verify', statement, ...pages, '--json']);
      expect(verified, verified.stdout + verified.stderr).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(verified.stdout)).toMatchObject({
        statement: { projectId, month },
        billedCharges: pages.length,
        problems: [],
      });
    }
    await rm(folder, { recursive: true });
  });

  test.each([
    { list: 'jobs', path: `/v1/projects/examples/jobs?month=${NOVEMBER}`, count: 2 },
    { list: 'projects', path: `/v1/projects?month=${NOVEMBER}`, count: 3 },
    { list: 'charges', path: `/v1/projects/midnight/statements/${OCTOBER}/charges`, count: 2 },
  ])('a list of $list is the same page by page', async ({ list, path, count }) => {
    type Page = Readonly<Record<string, unknown[]>> & { readonly next?: string };
    const whole = (await read<Page>(path)).body;
    expect(whole[list]?.length).toBeGreaterThanOrEqual(count);
    expect(whole).not.toHaveProperty('next');

    const separator = path.includes('?') ? '&' : '?';
    let cursor = '';
    for (const item of whole[list] ?? []) {
      const page = (await read<Page>(`${path}${separator}limit=1${cursor}`)).body;
      expect(page[list]).toEqual([item]);
      cursor = page.next === undefined ? 'there is no more' : `&cursor=${page.next}`;
    }
    expect(cursor).toBe('there is no more');
  });

  test('a token lists its own projects', async () => {
    expect((await read('/v1/projects', ['midnight', 'examples'])).body).toMatchObject({
      projects: ['examples', 'midnight'],
    });
  });

  test('where there is no statement, the answer has the reason', async () => {
    const nothingToBill = await stack.get(`/v1/projects/examples/statements/${OCTOBER}`, ['examples']);
    expect(nothingToBill).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining('nothing to bill') },
    });
    const thisMonth = new Date().toISOString().slice(0, 7);
    expect(await stack.get(`/v1/projects/examples/statements/${thisMonth}`, ['examples'])).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining('not closed yet') },
    });
  });

  test('a month compared with the bill of the provider is read with a tag, until it is compared again', async () => {
    const { projectId: _, timeZone: __, ...report } = { ...RECONCILIATION, month: OCTOBER };
    const path = `/v1/projects/midnight/reconciliations/${OCTOBER}`;
    expect(await stack.get(path, ['midnight'])).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining('jobmeter reconcile') },
    });
    await stack.store.saveReconciliation('midnight', OCTOBER, report);
    const first = await stack.get<typeof RECONCILIATION>(path, ['midnight']);
    expect(first.body).toEqual({ projectId: 'midnight', timeZone: first.body.timeZone, ...report });
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    const headers = {
      authorization: `Bearer ${await tokenFor(['midnight'])}`,
      'if-none-match': String(first.headers.get('etag')),
    };
    expect(await request(`${stack.url}${path}`, { headers })).toMatchObject({ status: 304, text: '' });
    await stack.store.saveReconciliation('midnight', OCTOBER, { ...report, missingEvents: 0 });
    expect(await request(`${stack.url}${path}`, { headers })).toMatchObject({
      status: 200,
      body: { missingEvents: 0 },
    });
    expect(await stack.get(`${path}?format=html`, ['midnight'])).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: 'format' }] },
    });
  });

  test.each([
    ['job', '/v1/projects/midnight/jobs/over-midnight', '/v1/projects/none/jobs/over-midnight'],
    ['usage', `/v1/projects/midnight/usage?month=${NOVEMBER}`, `/v1/projects/none/usage?month=${NOVEMBER}`],
    ['list of jobs', '/v1/projects/midnight/jobs', '/v1/projects/none/jobs'],
    ['list of statements', '/v1/projects/midnight/statements', '/v1/projects/none/statements'],
    ['statement', `/v1/projects/midnight/statements/${OCTOBER}`, `/v1/projects/none/statements/${OCTOBER}`],
    [
      'charges of a statement',
      `/v1/projects/midnight/statements/${OCTOBER}/charges`,
      `/v1/projects/none/statements/${OCTOBER}/charges`,
    ],
    [
      'compared month',
      `/v1/projects/midnight/reconciliations/${OCTOBER}`,
      `/v1/projects/none/reconciliations/${OCTOBER}`,
    ],
  ])('the %s of a foreign project answers like one that does not exist', async (_, foreign, unknown) => {
    expect(await stack.get(foreign, 'all')).toMatchObject({ status: 200 });
    const answers = await Promise.all([foreign, unknown].map((path) => stack.get(path, ['examples'])));
    const [one, other] = answers.map(({ status, text, headers }) => ({
      status,
      text,
      headers: [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id'),
    }));
    expect(one).toMatchObject({ status: 404 });
    expect(one).toEqual(other);
  });
});
