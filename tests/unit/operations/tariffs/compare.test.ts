import { readdirSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { showComparison } from '../../../../cli/show-comparison.ts';
import type { Resources } from '../../../../lib/billing/facts.ts';
import { exactAmount, formatMinor, parseMinor, roundHalfUp } from '../../../../lib/billing/money.ts';
import { STATUSES, type Status } from '../../../../lib/billing/statuses.ts';
import { tariffId } from '../../../../lib/billing/tariff.ts';
import {
  type ComparedCost,
  type Comparison,
  compareTariffs,
  readPublishedTariff,
} from '../../../../lib/operations/tariffs/compare.ts';
import { type DraftTariff, parseTariff } from '../../../../lib/operations/tariffs/publish.ts';
import { at, createWorld, retraction, status, TARIFF, TWO_CPUS, TWO_GPUS, type World } from '../world.ts';

/** The rules that ship, oldest first: RUNNING; PENDING too; INTERRUPTING and TIMEOUT too. */
const SHIPPED = readdirSync('tariffs')
  .sort()
  .map((file) => parseTariff(JSON.parse(readFileSync(`tariffs/${file}`, 'utf8'))));
const RUNNING_ONLY = TARIFF;
const PENDING_TOO: DraftTariff = { ...TARIFF, billableStatuses: ['PENDING', 'RUNNING'] };

const DAY_MS = 86_400_000;

const compare = async (world: World, month: string, tariffs: readonly DraftTariff[]) =>
  compareTariffs(await world.open(), { month, tariffs });

/** What a job reports on one day of October, at the times given. */
const onTheFifth = (
  jobId: string,
  steps: readonly (readonly [Status, string])[],
  resources: Resources = TWO_GPUS,
) => steps.map(([entered, time]) => status(jobId, entered, `2026-10-05T${time}Z`, { resources }));

const STOPPED_BY_HAND = [
  ['QUEUED', '08:00:00'],
  ['INITIALIZING', '08:01:00'],
  ['PENDING', '08:01:00'],
  ['RUNNING', '08:11:00'],
  ['INTERRUPTING', '09:11:00'],
  ['FINALIZING', '09:14:00'],
  ['INTERRUPTED', '09:15:00'],
] as const;

const cost = (minutes: number, unitMinutes: number, amount: string, difference: string): ComparedCost => ({
  minutes,
  unitMinutes,
  unratedMinutes: 0,
  heldIntervals: 0,
  cost: amount,
  difference,
});

const inShort = (costs: readonly ComparedCost[]) =>
  costs.map(({ minutes, cost, difference }) => `${minutes} min ${cost} (${difference})`);

const jobsInShort = ({ projects }: Comparison) =>
  projects.flatMap(({ projectId, jobs }) =>
    jobs.map(({ jobId, costs }) => [projectId, jobId, ...inShort(costs)]),
  );

test('a job shares the rounding of its own line, not that of another flavor', async () => {
  const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
  const aMinute = [
    ['RUNNING', '08:00:00'],
    ['DONE', '08:01:00'],
  ] as const;
  const [oneCpu, oneGpu] = [
    { flavor: 'ai1-1-cpu', cpu: 1, gpu: 0 },
    { flavor: 'ai1-1-gpu', cpu: 13, gpu: 1 },
  ];
  await world.record(
    ...onTheFifth('cpu', aMinute, oneCpu),
    ...['gpu-1', 'gpu-2', 'gpu-3'].flatMap((jobId) => onTheFifth(jobId, aMinute, oneGpu)),
  );
  // 0.0045 rounds to nothing; three times 0.002 is 0.006, which rounds to a cent.
  const tiny = { ...RUNNING_ONLY, pricePerHour: { 'ai1-1-cpu': '0.27', 'ai1-1-gpu': '0.12' } };
  const { projects } = await compare(world, '2026-10', [tiny]);
  expect(projects[0]?.costs[0]?.cost).toBe('0.01');
  expect(projects[0]?.jobs.map(({ jobId, costs }) => [jobId, costs[0]?.cost])).toEqual([
    ['cpu', '0.00'],
    ['gpu-1', '0.01'],
    ['gpu-2', '0.00'],
    ['gpu-3', '0.00'],
  ]);
});

describe('the same jobs under the three rules that ship', () => {
  test('cost what the billable statuses of each rule come to', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    await world.record(
      ...onTheFifth('stopped', STOPPED_BY_HAND),
      ...onTheFifth(
        'timed-out',
        [
          ['RUNNING', '10:00:00'],
          ['TIMEOUT', '20:00:00'],
          ['FINALIZING', '20:30:00'],
        ],
        TWO_CPUS,
      ),
    );
    // Two GPUs: 60, 70 and 73 minutes are 3.86, 4.5033 and 4.6963. Two CPUs: 600, 600 and 630 minutes are 0.60, 0.60 and 0.63.
    expect(await compare(world, '2026-10', SHIPPED)).toEqual({
      month: '2026-10',
      timeZone: 'UTC',
      currency: 'EUR',
      asOf: '2026-10-20T00:00:00.000Z',
      projects: [
        {
          projectId: 'proj-1',
          costs: [
            cost(660, 1320, '4.46', '0.00'),
            cost(670, 1340, '5.10', '0.64'),
            cost(703, 1406, '5.33', '0.87'),
          ],
          jobs: [
            {
              jobId: 'stopped',
              costs: [
                cost(60, 120, '3.86', '0.00'),
                cost(70, 140, '4.50', '0.64'),
                cost(73, 146, '4.70', '0.84'),
              ],
            },
            {
              jobId: 'timed-out',
              costs: [
                cost(600, 1200, '0.60', '0.00'),
                cost(600, 1200, '0.60', '0.00'),
                cost(630, 1260, '0.63', '0.03'),
              ],
            },
          ],
        },
      ],
      total: [
        cost(660, 1320, '4.46', '0.00'),
        cost(670, 1340, '5.10', '0.64'),
        cost(703, 1406, '5.33', '0.87'),
      ],
    });
  });

  test('hold also before the day they were published', async () => {
    const world = await createWorld({ now: '2023-06-20T00:00:00Z' });
    await world.record(
      status('old', 'PENDING', '2023-06-05T08:00:00Z'),
      status('old', 'RUNNING', '2023-06-05T08:30:00Z'),
      status('old', 'INTERRUPTING', '2023-06-05T09:00:00Z'),
      status('old', 'FINALIZING', '2023-06-05T10:00:00Z'),
    );
    const { total } = await compare(world, '2023-06', SHIPPED);
    expect(inShort(total)).toEqual(['30 min 1.93 (0.00)', '60 min 3.86 (1.93)', '120 min 7.72 (5.79)']);
  });
});

describe('a job', () => {
  test('that only one rule bills is shown with nothing under the other', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    await world.record(
      ...onTheFifth('never-ran', [
        ['PENDING', '08:00:00'],
        ['FAILED', '09:00:00'],
      ]),
    );
    expect(jobsInShort(await compare(world, '2026-10', [RUNNING_ONLY, PENDING_TOO]))).toEqual([
      ['proj-1', 'never-ran', '0 min 0.00 (0.00)', '60 min 3.86 (3.86)'],
    ]);
    expect(jobsInShort(await compare(world, '2026-10', [PENDING_TOO, RUNNING_ONLY]))).toEqual([
      ['proj-1', 'never-ran', '60 min 3.86 (0.00)', '0 min 0.00 (-3.86)'],
    ]);
  });

  test('that no rule bills in the month is left out, and so is its project', async () => {
    const world = await createWorld({ now: '2026-11-20T00:00:00Z' });
    const mistaken = status('retracted', 'RUNNING', '2026-10-05T08:00:00Z');
    await world.record(
      ...onTheFifth('only-queued', [['QUEUED', '08:00:00']]),
      ...onTheFifth('in-october', [
        ['RUNNING', '08:00:00'],
        ['DONE', '09:00:00'],
      ]),
      mistaken,
      retraction(mistaken, '2026-10-06T08:00:00Z'),
    );
    expect(await compare(world, '2026-11', SHIPPED)).toMatchObject({
      projects: [],
      total: SHIPPED.map(() => cost(0, 0, '0.00', '0.00')),
    });
    expect(jobsInShort(await compare(world, '2026-10', [RUNNING_ONLY])).map(([, job]) => job)).toEqual([
      'in-october',
    ]);
  });

  test('that runs is counted up to now, whole minutes, and on into later months', async () => {
    const world = await createWorld({ now: '2026-10-05T09:00:00.001Z' });
    await world.record(
      ...onTheFifth('running', [
        ['PENDING', '07:50:00'],
        ['RUNNING', '08:00:00'],
      ]),
    );
    // 61 and 71 minutes on two GPUs: 3.9243 and 4.5677.
    expect(jobsInShort(await compare(world, '2026-10', [RUNNING_ONLY, PENDING_TOO]))).toEqual([
      ['proj-1', 'running', '61 min 3.92 (0.00)', '71 min 4.57 (0.65)'],
    ]);
    world.setClock('2026-11-01T00:30:00Z');
    expect(jobsInShort(await compare(world, '2026-11', [RUNNING_ONLY]))).toEqual([
      ['proj-1', 'running', '30 min 1.93 (0.00)'],
    ]);
  });

  test.each([
    ['UTC', '2026-10', 60],
    ['UTC', '2026-11', 0],
    ['Europe/Paris', '2026-10', 30],
    ['Europe/Paris', '2026-11', 30],
  ])(
    'that runs over the end of October in Paris has, in %s, in %s, %i minutes',
    async (timeZone, month, minutes) => {
      const world = await createWorld({ timeZone, now: '2026-12-01T00:00:00Z' });
      await world.record(
        status('over', 'RUNNING', '2026-10-31T22:30:30Z'),
        status('over', 'DONE', '2026-10-31T23:30:30Z'),
      );
      const comparison = await compare(world, month, [RUNNING_ONLY, RUNNING_ONLY]);
      expect(comparison.timeZone).toBe(timeZone);
      expect(comparison.total.map((total) => total.minutes)).toEqual([minutes, minutes]);
    },
  );

  test('that is lost is held from the limit of each tariff on', async () => {
    const world = await createWorld({ now: '2026-10-10T00:00:00Z' });
    await world.record(status('lost', 'RUNNING', '2026-09-01T00:00:00Z', { resources: TWO_CPUS }));
    const tariffs = [14, 28, 39].map((days) => ({ ...TARIFF, maxRunningMs: days * DAY_MS }));
    const heldIn = async (month: string) =>
      (await compare(world, month, tariffs)).total.map((total) => [
        total.minutes,
        total.heldIntervals,
        total.cost,
      ]);
    expect(await heldIn('2026-09')).toEqual([
      [20_160, 1, '20.16'],
      [40_320, 1, '40.32'],
      [43_200, 0, '43.20'],
    ]);
    expect(await heldIn('2026-10')).toEqual([
      [0, 0, '0.00'],
      [0, 0, '0.00'],
      [12_960, 0, '12.96'],
    ]);
  });

  test('without a price is unrated under the tariff that has none', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    await world.record(
      ...onTheFifth(
        'new-flavor',
        [
          ['RUNNING', '08:00:00'],
          ['DONE', '09:00:00'],
        ],
        { flavor: 'h100', cpu: 26, gpu: 2 },
      ),
      status('no-resources', 'RUNNING', '2026-10-05T08:00:00Z', {}),
      status('no-resources', 'DONE', '2026-10-05T08:10:00Z', {}),
    );
    const { projects } = await compare(world, '2026-10', [
      TARIFF,
      { ...TARIFF, pricePerHour: { h100: '3' } },
    ]);
    expect(projects[0]?.costs).toEqual([
      { ...cost(70, 120, '0.00', '0.00'), unratedMinutes: 70 },
      { ...cost(70, 120, '6.00', '6.00'), unratedMinutes: 10 },
    ]);
  });

  test('belongs to the project of its earliest fact, and is counted there alone', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    await world.tell(
      ...onTheFifth('moved', [
        ['RUNNING', '08:00:00'],
        ['DONE', '09:00:00'],
      ]),
    );
    const moved = status('moved', 'QUEUED', '2026-10-05T07:00:00Z', { projectId: 'proj-2' });
    await world.tell(moved);
    expect(jobsInShort(await compare(world, '2026-10', [RUNNING_ONLY]))).toEqual([
      ['proj-2', 'moved', '60 min 3.86 (0.00)'],
    ]);
  });
});

test('projects come by id and jobs by id; a cent that the lines round up goes to the job nearest to it', async () => {
  const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
  // 3, 3 and 4 minutes of a CPU at 0.03 are 0.0015, 0.0015 and 0.002 EUR: together half a cent, rounded up.
  for (const [jobId, projectId, until] of [
    ['job-b', 'proj-2', '08:03:00'],
    ['job-a', 'proj-2', '08:03:00'],
    ['job-c', 'proj-2', '08:04:00'],
    ['job-d', 'proj-1', '08:04:00'],
  ] as const) {
    const resources = { flavor: 'ai1-1-cpu', cpu: 1, gpu: 0 };
    await world.record(
      status(jobId, 'RUNNING', '2026-10-05T08:00:00Z', { projectId, resources }),
      status(jobId, 'DONE', `2026-10-05T${until}Z`, { projectId }),
    );
  }
  const comparison = await compare(world, '2026-10', [RUNNING_ONLY]);
  expect(jobsInShort(comparison)).toEqual([
    ['proj-1', 'job-d', '4 min 0.00 (0.00)'],
    ['proj-2', 'job-a', '3 min 0.00 (0.00)'],
    ['proj-2', 'job-b', '3 min 0.00 (0.00)'],
    ['proj-2', 'job-c', '4 min 0.01 (0.00)'],
  ]);
  expect(inShort(comparison.total)).toEqual(['14 min 0.01 (0.00)']);
});

test('nothing is written, and progress tells of every job once', async () => {
  const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
  for (const jobId of ['job-1', 'job-2', 'job-3'])
    await world.tell(...onTheFifth(jobId, [['RUNNING', '08:00:00']]));
  const before = await world.items('');
  const progress: number[] = [];
  await compareTariffs(await world.open(), {
    month: '2026-10',
    tariffs: SHIPPED,
    onProgress: ({ jobsCompared }) => progress.push(jobsCompared),
  });
  expect(progress).toHaveLength(3);
  expect(progress.at(-1)).toBe(3);
  expect(await world.items('')).toEqual(before);
});

test('a job that the scan meets twice is counted once', async () => {
  const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
  await world.record(
    ...onTheFifth('twice', [
      ['RUNNING', '08:00:00'],
      ['DONE', '09:00:00'],
    ]),
  );
  const context = await world.open();
  async function* twice(...options: Parameters<typeof context.store.scanPartitions>) {
    yield* context.store.scanPartitions(...options);
    yield* context.store.scanPartitions(...options);
  }
  const { total } = await compareTariffs(
    { ...context, store: { ...context.store, scanPartitions: twice } },
    { month: '2026-10', tariffs: [RUNNING_ONLY] },
  );
  expect(inShort(total)).toEqual(['60 min 3.86 (0.00)']);
});

describe('a tariff', () => {
  test('in another currency is refused by name', async () => {
    const world = await createWorld();
    await expect(
      compare(world, '2026-10', [TARIFF, { ...TARIFF, name: 'in yen', currency: 'JPY' }]),
    ).rejects.toMatchObject({
      code: 'invalid',
      message: 'tariff "in yen" has currency JPY: it must be EUR, the currency this table bills in',
    });
  });

  test('is found by the id under which it was published, every revision of it', async () => {
    const second = { ...TARIFF, name: 'second', revision: 2 };
    const { store } = await createWorld({ tariffs: [TARIFF, second] });
    expect(await readPublishedTariff(store, tariffId(TARIFF))).toEqual(TARIFF);
    expect(await readPublishedTariff(store, '2023-02-14T00:00:00.000Z#2')).toEqual(second);
    await expect(readPublishedTariff(store, '2023-02-14T00:00:00.000Z#3')).rejects.toMatchObject({
      code: 'not-found',
      message: 'no tariff 2023-02-14T00:00:00.000Z#3 is published: `tariff list` shows those that are',
    });
  });
});

const FLAVORS = { 'ai1-1-cpu': '0.03', 'ai1-1-gpu': '1.93', odd: '0.333333333333' } as const;
const IN_FORCE: DraftTariff = { ...TARIFF, pricePerHour: FLAVORS };

/** Jobs of October with any steps, on the second or off it, of two projects; some never end. */
const arbitraryJobs = fc.array(
  fc.record({
    projectId: fc.constantFrom('proj-1', 'proj-2'),
    resources: fc.record({
      flavor: fc.constantFrom<string[]>(...Object.keys(FLAVORS), 'unpriced'),
      cpu: fc.integer({ min: 1, max: 9 }),
      gpu: fc.integer({ min: 0, max: 3 }),
    }),
    start: fc.integer({ min: 0, max: 30 * DAY_MS }),
    steps: fc.array(
      fc.record({
        entered: fc.constantFrom(...STATUSES),
        afterMs: fc.oneof(
          fc.integer({ min: 1, max: 600_000 }),
          fc.integer({ min: 1, max: 200 }).map((minutes) => minutes * 60_000),
          fc.integer({ min: 1, max: 35 * DAY_MS }),
        ),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  }),
  { maxLength: 8 },
);

type Jobs = typeof arbitraryJobs extends fc.Arbitrary<infer Value> ? Value : never;

const tellJobs = async (world: World, jobs: Jobs) => {
  for (const [index, { projectId, resources, start, steps }] of jobs.entries()) {
    let time = at('2026-10-01T00:00:00Z') + start;
    const facts = steps.map(({ entered, afterMs }) => {
      time += afterMs;
      return status(`job-${index}`, entered, new Date(time).toISOString(), { projectId, resources });
    });
    await world.tell(...facts);
  }
};

const QUANTITIES = ['minutes', 'unitMinutes', 'unratedMinutes', 'heldIntervals'] as const;

/** Sums of rows of costs, with money in cents. */
const sumsOf = (rows: readonly (readonly ComparedCost[])[], tariffs: number) =>
  Array.from({ length: tariffs }, (_, tariff) => {
    const costs = rows.flatMap((row) => row[tariff] ?? []);
    return {
      ...Object.fromEntries(
        QUANTITIES.map((name) => [name, costs.reduce((sum, each) => sum + each[name], 0)]),
      ),
      cost: costs.reduce((sum, each) => sum + parseMinor(each.cost), 0n),
      difference: costs.reduce((sum, each) => sum + parseMinor(each.difference), 0n),
    };
  });

describe('whatever jobs did', () => {
  const tariffs: DraftTariff[] = [
    IN_FORCE,
    { ...IN_FORCE, billableStatuses: ['PENDING', 'RUNNING', 'TIMEOUT'], maxRunningMs: 7 * DAY_MS },
    { ...IN_FORCE, pricePerHour: { ...FLAVORS, odd: '0.07', unpriced: '1' } },
  ];

  /** Cents that a project owes: each line, a flavor by unit, rounded half up; told without the code of a statement. */
  const centsOf = (jobs: Jobs, { jobs: rows }: Comparison['projects'][number], tariff: number) => {
    const lines = new Map<string, { unitMinutes: bigint; price: string }>();
    for (const { jobId, costs } of rows) {
      const { flavor, gpu } = jobs[Number(jobId.slice('job-'.length))]?.resources ?? { flavor: '', gpu: 0 };
      const price = tariffs[tariff]?.pricePerHour[flavor];
      if (price === undefined) continue;
      const key = `${flavor} ${gpu > 0}`;
      const unitMinutes = BigInt(costs[tariff]?.unitMinutes ?? 0) + (lines.get(key)?.unitMinutes ?? 0n);
      lines.set(key, { unitMinutes, price });
    }
    return [...lines.values()].reduce(
      (sum, { unitMinutes, price }) => sum + roundHalfUp(exactAmount(unitMinutes, price), 'EUR'),
      0n,
    );
  };

  test('jobs add up to their project, projects to the total, and a project costs its rounded lines (I5)', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryJobs, async (jobs) => {
        const world = await createWorld({ now: '2026-10-25T12:34:56.789Z' });
        await tellJobs(world, jobs);
        const { projects, total } = await compare(world, '2026-10', tariffs);
        expect(
          sumsOf(
            projects.map(({ costs }) => costs),
            3,
          ),
        ).toEqual(sumsOf([total], 3));
        for (const project of projects) {
          const { costs } = project;
          expect(
            sumsOf(
              project.jobs.map((job) => job.costs),
              3,
            ),
          ).toEqual(sumsOf([costs], 3));
          expect(costs.map(({ cost }) => parseMinor(cost))).toEqual(
            tariffs.map((_, tariff) => centsOf(jobs, project, tariff)),
          );
          for (const row of [costs, ...project.jobs.map((job) => job.costs)])
            for (const { cost, difference } of row)
              expect(difference).toBe(formatMinor(parseMinor(cost) - parseMinor(row[0]?.cost ?? ''), 'EUR'));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('a tariff compared with itself makes no difference anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryJobs, async (jobs) => {
        const world = await createWorld({ now: '2026-10-25T12:34:56.789Z' });
        await tellJobs(world, jobs);
        const { projects, total } = await compare(world, '2026-10', [IN_FORCE, IN_FORCE]);
        const rows = [
          total,
          ...projects.flatMap(({ costs, jobs }) => [costs, ...jobs.map((job) => job.costs)]),
        ];
        for (const [first, second] of rows) {
          expect(second).toEqual(first);
          expect(second?.difference).toBe('0.00');
        }
      }),
      { numRuns: 50 },
    );
  });

  test('under the tariff in force a project costs what its statement says, while nothing is corrected', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryJobs, fc.constantFrom('UTC', 'America/New_York'), async (jobs, timeZone) => {
        const tariff = { ...IN_FORCE, revision: 1 };
        const world = await createWorld({ now: '2026-10-01T04:00:00Z', timeZone, tariffs: [tariff] });
        await tellJobs(world, jobs);
        await world.closeAt('2026-11-01T06:00:00Z');
        const context = await world.open();
        const { projects } = await compareTariffs(context, { month: '2026-10', tariffs: [IN_FORCE] });
        const issued = await Promise.all(
          ['proj-1', 'proj-2'].map(async (projectId) => world.store.readStatement(projectId, '2026-10')),
        );
        expect(projects.map(({ projectId, costs }) => [projectId, costs[0]?.cost])).toEqual(
          issued.flatMap((statement) => (statement ? [[statement.projectId, statement.total]] : [])),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('what people see', () => {
  const shown = (comparison: Comparison, tariffs: readonly DraftTariff[]) =>
    stripVTControlCharacters(showComparison(comparison, tariffs)).split('\n');
  const words = (line: string | undefined) => line?.trim().split(/ {2,}/);

  test('is a row for each project, its jobs, and all of them, with signed differences to the first tariff', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    await world.record(
      ...onTheFifth('stopped', STOPPED_BY_HAND),
      status('lost', 'RUNNING', '2026-09-10T00:00:00Z', { resources: { flavor: 'new', cpu: 1, gpu: 0 } }),
    );
    const tariffs = [PENDING_TOO, RUNNING_ONLY, ...SHIPPED.slice(2)];
    expect(shown(await compare(world, '2026-10', tariffs), tariffs).map(words)).toEqual([
      ['2026-10 in UTC, EUR, running jobs up to 2026-10-20T00:00:00.000Z'],
      ['#1 running time: PENDING, RUNNING'],
      ['#2 running time: RUNNING'],
      ['#3 PENDING until stopped (2026-09-11): PENDING, RUNNING, INTERRUPTING, TIMEOUT'],
      [''],
      [
        'project',
        'job',
        '#1 minutes',
        'cost',
        '#2 minutes',
        'cost',
        '#3 minutes',
        'cost',
        '#2 - #1',
        '#3 - #1',
      ],
      ['proj-1', '2 jobs', '10150', '4.50', '10140', '3.86', '10153', '4.70', '-0.64', '+0.20'],
      ['lost', '10080', '0.00', '10080', '0.00', '10080', '0.00', '0.00', '0.00'],
      ['stopped', '70', '4.50', '60', '3.86', '73', '4.70', '-0.64', '+0.20'],
      ['1 project', '10150', '4.50', '10140', '3.86', '10153', '4.70', '-0.64', '+0.20'],
      ...[1, 2, 3].flatMap((number) => [
        [`note: under #${number} 10080 minutes unrated: no price, or no resources stated`],
        [`note: under #${number} 1 interval held: time beyond the limit is not included`],
      ]),
    ]);
  });

  test('of a project with more than fifty jobs are the fifty that differ most, in order, and how many more there are', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    const jobIds = Array.from({ length: 60 }, (_, index) => `job-${String(index).padStart(2, '0')}`);
    // Long and short waits alternate, so that the order of ids does not give the answer.
    for (const [index, jobId] of jobIds.entries())
      await world.record(
        ...onTheFifth(jobId, [
          ['PENDING', `08:${String(index % 2 === 0 ? index : 59 - index).padStart(2, '0')}:00`],
          ['RUNNING', '09:00:00'],
          ['DONE', '10:00:00'],
        ]),
      );
    // Even numbers wait 60 - n minutes, odd ones n + 1: these wait 10 or less.
    const left = new Set(
      ['01', '03', '05', '07', '09', '50', '52', '54', '56', '58'].map((id) => `job-${id}`),
    );
    for (const tariffs of [
      [RUNNING_ONLY, PENDING_TOO],
      [PENDING_TOO, RUNNING_ONLY],
    ]) {
      const comparison = await compare(world, '2026-10', tariffs);
      expect(comparison.projects[0]?.jobs).toHaveLength(60);
      const lines = shown(comparison, tariffs);
      expect(lines.flatMap((line) => line.match(/job-\d\d/) ?? [])).toEqual(
        jobIds.filter((jobId) => !left.has(jobId)),
      );
      expect(lines.map((line) => line.trim())).toContain('and 10 more (--json has all)');
    }
  });

  test('of a month without time is a sentence', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    expect(shown(await compare(world, '2026-10', SHIPPED), SHIPPED).at(-1)).toBe(
      'no job has time in 2026-10 under any of these tariffs',
    );
  });
});
