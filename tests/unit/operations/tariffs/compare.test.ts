import { describe, expect, test } from 'vitest';
import { tariffId } from '../../../../lib/billing/tariff.ts';
import { compareTariffs, readPublishedTariff } from '../../../../lib/operations/tariffs/compare.ts';
import { pricesOf } from '../../billing/builders.ts';
import { createWorld, retraction, status, TARIFF, TWO_CPUS } from '../world.ts';
import {
  compare,
  cost,
  DAY_MS,
  inShort,
  jobsInShort,
  onTheFifth,
  PENDING_TOO,
  RUNNING_ONLY,
  SHIPPED,
  STOPPED_BY_HAND,
} from './compared-tariffs.ts';

test('a comparison rounds a job with its own line, not with that of another flavor', async () => {
  const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
  const aMinute = [
    ['RUNNING', '08:00:00'],
    ['DONE', '08:01:00'],
  ] as const;
  const [oneCpu, oneGpu] = [
    { flavor: 'ai1-1-cpu', milliUnits: { cpu: 1_000 } },
    { flavor: 'ai1-1-gpu', milliUnits: { cpu: 13_000, gpu: 1_000 } },
  ];
  await world.record(
    ...onTheFifth('cpu', aMinute, oneCpu),
    ...['gpu-1', 'gpu-2', 'gpu-3'].flatMap((jobId) => onTheFifth(jobId, aMinute, oneGpu)),
  );
  // 0.0045 rounds to nothing; three times 0.002 is 0.006, which rounds to a cent.
  const tiny = { ...RUNNING_ONLY, prices: pricesOf({ 'ai1-1-cpu': '0.27', 'ai1-1-gpu': '0.12' }) };
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
    // Two GPUs: 60, 70 and 73 minutes are 3.86, 4.5033 and 4.6963. Two CPUs: 600, 600 and 630
    // minutes are 0.60, 0.60 and 0.63.
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

  test('cost the same also before the day they were published', async () => {
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

  test('without a stop is held from the limit of each tariff on', async () => {
    const world = await createWorld({ now: '2026-10-10T00:00:00Z' });
    await world.record(status('lost', 'RUNNING', '2026-09-01T00:00:00Z', { resources: TWO_CPUS }));
    const tariffs = [14, 28, 39].map((days) => ({
      ...TARIFF,
      maxRunningMs: days * DAY_MS,
      maxSilenceMs: 60 * DAY_MS,
    }));
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
        { flavor: 'h100', milliUnits: { cpu: 26_000, gpu: 2_000 } },
      ),
      status('no-resources', 'RUNNING', '2026-10-05T08:00:00Z', {}),
      status('no-resources', 'DONE', '2026-10-05T08:10:00Z', {}),
    );
    const { projects } = await compare(world, '2026-10', [
      TARIFF,
      { ...TARIFF, prices: { h100: { unit: 'gpu', pricePerHour: '3' } } },
    ]);
    expect(projects[0]?.costs).toEqual([
      { ...cost(70, 0, '0.00', '0.00'), unratedMinutes: 70 },
      { ...cost(70, 120, '6.00', '6.00'), unratedMinutes: 10 },
    ]);
  });

  test('belongs to its project, beside the job of the same id in another', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    const said = { projectId: 'proj-2', resources: TWO_CPUS };
    await world.tell(
      ...onTheFifth('same', [
        ['RUNNING', '08:00:00'],
        ['DONE', '09:00:00'],
      ]),
      status('same', 'RUNNING', '2026-10-05T08:30:00Z', said),
      status('same', 'DONE', '2026-10-05T09:30:00Z', said),
    );
    expect(jobsInShort(await compare(world, '2026-10', [RUNNING_ONLY]))).toEqual([
      ['proj-1', 'same', '60 min 3.86 (0.00)'],
      ['proj-2', 'same', '60 min 0.06 (0.00)'],
    ]);
  });
});

test('a comparison lists projects and jobs by id, and gives a rounded cent to the job nearest to it', async () => {
  const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
  // 3, 3 and 4 minutes of a CPU at 0.03 are 0.0015, 0.0015 and 0.002 EUR: together half a cent,
  // rounded up.
  for (const [jobId, projectId, until] of [
    ['job-b', 'proj-2', '08:03:00'],
    ['job-a', 'proj-2', '08:03:00'],
    ['job-c', 'proj-2', '08:04:00'],
    ['job-d', 'proj-1', '08:04:00'],
  ] as const) {
    const resources = { flavor: 'ai1-1-cpu', milliUnits: { cpu: 1_000 } };
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

test('a comparison writes nothing and reports each job once in its progress', async () => {
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

test('a comparison counts a job once that the scan meets twice', async () => {
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
