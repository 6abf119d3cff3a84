import { describe, expect, test } from 'vitest';
import type { Transition } from '../../../../lib/billing/facts.ts';
import { retraction, status } from '../world.ts';
import { compare, H100, HERE, inWords, october, ovhJob, ran, received, usageJson } from './provider.ts';

// h100-1-gpu costs 3.00 an hour here, which is 0.05 a minute.

/** 100 minutes, 5.00. */
const A = ran('job-a', '5 10:00', '5 11:40');
/** 60 minutes, 3.00. */
const B = ran('job-b', '6 10:00', '6 11:00');
const BOTH = { 'job-a': received(A), 'job-b': received(B) };
const BOTH_LISTED = { here: BOTH, listed: [A, B] };

describe('nothing differs', () => {
  test('a bill that is right has no cause and nothing unexplained', () => {
    const { report } = compare({ ...BOTH_LISTED, usage: usageJson([['GRA', H100, 160, 8]]) });
    expect(report.rows).toMatchObject([
      {
        region: 'GRA',
        provider: { unitMinutes: 160, amount: '8.00' },
        here: { unitMinutes: 160, amount: '8.00' },
        difference: { unitMinutes: 0, amount: '0.00' },
        causes: [],
        jobCount: 0,
      },
    ]);
    expect(report.missingEvents).toBe(0);
  });

  test('noise of doubles and rounding to the digits of the bill are no difference', () => {
    const usage = usageJson([
      ['GRA', H100, 160, 7.999999999999999],
      // 5 minutes at 1.93 an hour are 0.16083...
      ['GRA', 'ai1-1-gpu', 5, 0.16],
      // The same with more digits.
      ['BHS', 'ai1-1-gpu', 5, 0.160833333],
    ]);
    const short = (id: string, region: string) =>
      ran(id, '7 10:00', '7 10:05', { flavor: 'ai1-1-gpu', region });
    const [gra, bhs] = [short('g', 'GRA'), short('h', 'BHS')];
    const here = { ...BOTH, g: received(gra), h: received(bhs) };
    expect(inWords(compare({ here, listed: [A, B, gra, bhs], usage }))).toEqual([
      'BHS ai1-1-gpu 0 min 0.000000000',
      'GRA ai1-1-gpu 0 min 0.00',
      'GRA h100-1-gpu 0 min 0.00',
    ]);
    const [more] = compare({ here, listed: [A, B, gra, bhs], usage }).report.rows;
    expect(more?.here).toEqual({ unitMinutes: 5, amount: '0.160833333' });
  });

  test('half a cent may be rounded up or down', () => {
    // 10 minutes at 0.03 an hour are 0.005.
    const cpu = ran('cpu', '5 10:00', '5 10:10', { flavor: 'ai1-1-cpu', gpu: 0, cpu: 1 });
    for (const price of [0, 0.01]) {
      const usage = usageJson([['GRA', 'ai1-1-cpu', 10, price]]);
      expect(inWords(compare({ here: { cpu: received(cpu) }, listed: [cpu], usage }))).toEqual([
        'GRA ai1-1-cpu 0 min 0.00',
      ]);
    }
  });

  test('usage in hours that were rounded is what the minutes here are', () => {
    const usage = usageJson([]);
    const component = { name: H100, quantity: { unit: 'Hour', value: 2.67 }, totalPrice: 8 };
    const resources = [{ region: 'GRA', components: [component] }];
    const hours = { ...usage, resourcesUsage: [{ type: 'ai-training', resources }] };
    expect(inWords(compare({ ...BOTH_LISTED, usage: hours }))).toEqual(['GRA h100-1-gpu 0 min 0.00']);
  });

  test('a month without usage on either side has no rows', () => {
    expect(compare({ usage: usageJson([]), listed: [] }).report.rows).toEqual([]);
    expect(compare({ usage: { resourcesUsage: null } }).report.total.unexplained).toEqual({
      unitMinutes: 0,
      amount: '0.00',
    });
  });

  test('time after the last update of the provider is compared by neither side', () => {
    const usage = usageJson([['GRA', H100, 130, 6.5]], { lastUpdate: '2026-10-06T10:30:00Z' });
    expect(inWords(compare({ ...BOTH_LISTED, usage }))).toEqual(['GRA h100-1-gpu 0 min 0.00']);
  });

  test('a job without a region counts in the only region that bills its flavor', () => {
    const nowhere = ran('job-a', '5 10:00', '5 11:40', { region: null });
    const here = { 'job-a': received(nowhere) };
    expect(inWords(compare({ here, usage: usageJson([['GRA', H100, 100, 5]]) }))).toEqual([
      'GRA h100-1-gpu 0 min 0.00',
    ]);
  });
});

describe('causes of single jobs', () => {
  test('a job that was never reported here', () => {
    const { report, missing } = compare({
      here: { 'job-a': received(A) },
      listed: [A, B],
      usage: usageJson([['GRA', H100, 160, 8]]),
    });
    expect(report.rows[0]).toMatchObject({
      difference: { unitMinutes: 60, amount: '3.00' },
      causes: [{ cause: 'job never reported here', unitMinutes: 60, amount: '3.00' }],
      unexplained: { unitMinutes: 0, amount: '0.00' },
      jobs: [
        {
          jobId: 'job-b',
          provider: { unitMinutes: 60, amount: '3.00' },
          missingEvents: ['RUNNING@2026-10-06T10:00:00.000Z', 'DONE@2026-10-06T11:00:00.000Z'],
        },
      ],
    });
    expect(report.rows[0]?.jobs[0]).not.toHaveProperty('here');
    expect(missing.map(({ subject }) => subject)).toEqual(['job-b', 'job-b']);
  });

  test('a job that the provider neither lists nor bills', () => {
    const { report } = compare({ here: BOTH, listed: [A], usage: usageJson([['GRA', H100, 100, 5]]) });
    expect(report.rows[0]).toMatchObject({
      causes: [{ cause: 'job unknown to the provider', unitMinutes: -60, amount: '-3.00' }],
      unexplained: { unitMinutes: 0, amount: '0.00' },
      jobs: [{ jobId: 'job-b', here: { unitMinutes: 60, amount: '3.00' }, missingEvents: [] }],
    });
  });

  test('a job that the provider bills although its list does not have it any more is no difference', () => {
    const compared = compare({ here: BOTH, listed: [A], usage: usageJson([['GRA', H100, 160, 8]]) });
    expect(inWords(compared)).toEqual(['GRA h100-1-gpu 0 min 0.00']);
    expect(compared.report.notes).toContainEqual(expect.stringContaining('list does not have: 1'));
  });

  test('a stop that is missing here: its time is held', () => {
    // Started on the 1st at 0:00, held after 28 days; the provider's history has the stop a day later.
    const long = ran('job-a', '1 00:00', '30 00:00');
    const { report } = compare({
      here: { 'job-a': received(long, (state) => state !== 'DONE') },
      listed: [long],
      usage: usageJson([['GRA', H100, 29 * 1440, 2088]]),
    });
    expect(report.rows[0]).toMatchObject({
      causes: [{ cause: 'held', unitMinutes: 1440, amount: '72.00' }],
      unexplained: { unitMinutes: 0, amount: '0.00' },
      jobs: [
        {
          missingEvents: ['DONE@2026-10-30T00:00:00.000Z'],
          detail: 'held since 2026-10-29T00:00:00.000Z; not in jobmeter: DONE@2026-10-30T00:00:00.000Z',
        },
      ],
    });
  });

  test('a job that is held here and still runs at the provider needs a sign of life', () => {
    const published = [{ ...HERE, maxSilenceMs: 24 * 60 * 60_000 }];
    const running = ovhJob('job-a', [['RUNNING', '1 00:00']]);
    const usage = usageJson([['GRA', H100, 4320, 216]], { lastUpdate: '2026-10-04T00:00:00Z' });
    const { report } = compare({ here: { 'job-a': received(running) }, listed: [running], published, usage });
    expect(report.rows[0]).toMatchObject({
      causes: [{ cause: 'held', unitMinutes: 2880, amount: '144.00' }],
      unexplained: { unitMinutes: 0, amount: '0.00' },
      jobs: [{ missingEvents: ['RUNNING@2026-10-04T00:00:00.000Z'] }],
    });
  });

  test('a job whose resources were not stated here is unrated', () => {
    const [first, ...others] = received(A);
    const { resources: _, ...bare } = first as Extract<typeof first, { kind: 'transition' }>;
    const { report } = compare({
      here: { 'job-a': [bare, ...others] },
      listed: [A],
      usage: usageJson([['GRA', H100, 100, 5]]),
    });
    expect(report.rows[0]).toMatchObject({
      causes: [{ cause: 'unrated', unitMinutes: 100, amount: '5.00' }],
      unexplained: { unitMinutes: 0, amount: '0.00' },
    });
  });

  test('jobs of a flavor without a price here are unrated, at what the bill implies', () => {
    const [c, d] = [
      ran('c', '5 10:00', '5 11:40', { flavor: 'new-gpu' }),
      ran('d', '5 10:00', '5 10:20', { flavor: 'new-gpu' }),
    ];
    const { report } = compare({
      here: { c: received(c), d: received(d) },
      listed: [c, d],
      usage: usageJson([['GRA', 'new-gpu', 120, 8.4]]),
    });
    expect(report.rows[0]).toMatchObject({
      causes: [{ cause: 'unrated', unitMinutes: 120, amount: '8.40' }],
      unexplained: { unitMinutes: 0, amount: '0.00' },
      jobs: [
        { jobId: 'c', amount: '7.00' },
        { jobId: 'd', amount: '1.40' },
      ],
      hints: ['no tariff of jobmeter has a price for new-gpu'],
    });
  });

  test('events that are missing in the log here', () => {
    const twice = ovhJob('job-a', [
      ['RUNNING', '5 10:00'],
      ['RESTARTING', '5 10:30'],
      ['RUNNING', '5 10:40'],
      ['DONE', '5 11:40'],
    ]);
    const { report } = compare({
      here: { 'job-a': received(twice, (state) => state !== 'RESTARTING') },
      listed: [twice],
      usage: usageJson([['GRA', H100, 90, 4.5]]),
    });
    expect(report.rows[0]).toMatchObject({
      causes: [{ cause: 'events missing', unitMinutes: -10, amount: '-0.50' }],
      unexplained: { unitMinutes: 0, amount: '0.00' },
      jobs: [{ missingEvents: ['RESTARTING@2026-10-05T10:30:00.000Z'] }],
    });
  });

  test('an event that only the log here has is named', () => {
    const early = status('job-a', 'DONE', october('5 11:00'), {});
    const here = { 'job-a': [...received(A), early] };
    const { report } = compare({ here, listed: [A], usage: usageJson([['GRA', H100, 100, 5]]) });
    expect(report.rows[0]?.jobs).toMatchObject([
      { cause: 'events missing', unitMinutes: 40, detail: 'only in jobmeter: DONE@2026-10-05T11:00:00.000Z' },
    ]);
  });

  test('an event that was taken back here is not proposed again', () => {
    const [running, done] = received(A) as Transition[];
    if (!running || !done) throw new Error('two events');
    const here = { 'job-a': [running, done, retraction(running, october('5 12:00'))] };
    const { report } = compare({ here, listed: [A], usage: usageJson([['GRA', H100, 100, 5]]) });
    expect(report.rows[0]?.jobs).toMatchObject([
      {
        cause: 'events missing',
        missingEvents: [],
        detail: 'the histories agree: resources, timeout or retractions differ',
      },
    ]);
  });

  test('a duration that contradicts the history of its job is noted', () => {
    const long = ran('job-a', '5 10:00', '5 11:40', { duration: 7200 });
    const right = ran('job-b', '6 10:00', '6 11:00', { duration: 3600 });
    // 20.5 minutes of the last run, 50.5 of both, 52.5 up to their ends; of one that runs any.
    const states = [
      ['RUNNING', '7 10:00'],
      ['INTERRUPTING', '7 10:30'],
      ['RESTARTING', '7 10:31'],
      ['RUNNING', '7 10:40'],
      ['TIMEOUT', '7 11:00:30'],
      ['INTERRUPTED', '7 11:01:30'],
    ] as const;
    const restarted = [1230, 3030, 3150].map((duration) => ovhJob(`d${duration}`, states, { duration }));
    const runs = ovhJob('runs', [['RUNNING', '7 10:00']], { duration: 5 });
    const short = ran('short', '5 10:00', '5 10:10', { duration: 5 });
    const { report } = compare({
      here: BOTH,
      listed: [long, right, ...restarted, runs, short],
      usage: usageJson([['GRA', H100, 160, 8]]),
    });
    expect(report.notes).toEqual([
      "the provider's duration contradicts its own history: job-a 7200 s against 6000 s, short 5 s against 600 s; compared by the history",
    ]);
  });
});

describe('causes of a row', () => {
  /** Pending for 7 minutes, running for 100 minutes, interrupting for 3. */
  const C = ovhJob('job-c', [
    ['PENDING', '7 09:53'],
    ['RUNNING', '7 10:00'],
    ['INTERRUPTING', '7 11:40'],
    ['INTERRUPTED', '7 11:43'],
  ]);

  test('another billing rule: the shipped tariff that explains the minutes is named', () => {
    const { report } = compare({
      here: { 'job-c': received(C) },
      listed: [C],
      usage: usageJson([['GRA', H100, 110, 5.5]]),
    });
    expect(report.rows[0]).toMatchObject({
      causes: [
        {
          cause: 'billing rule',
          unitMinutes: 10,
          amount: '0.50',
          detail:
            'the provider may bill by the rule of tariff "PENDING until stopped (2026-09-11)": PENDING, RUNNING, INTERRUPTING, TIMEOUT',
        },
      ],
      unexplained: { unitMinutes: 0, amount: '0.00' },
      jobs: [{ jobId: 'job-c', unitMinutes: 10, amount: '0.50' }],
    });
  });

  test('without a list of jobs the logs here are counted by the other rule', () => {
    const usage = usageJson([['GRA', H100, 107, 5.35]]);
    const { report } = compare({ here: { 'job-c': received(C) }, usage });
    expect(report.rows[0]?.causes).toMatchObject([{ cause: 'billing rule', unitMinutes: 7 }]);
    expect(report.notes).toEqual([expect.stringContaining('--jobs')]);
  });

  test.each([
    // Runs of 270.5 s, 269.5 s and 260 s: 5 minutes each here.
    ['add up the seconds and round their sum up', 14, 0.7],
    ['round each run down to whole minutes', 12, 0.6],
    ['round each run to the nearest minute', 13, 0.65],
    ['count seconds without rounding them', 13.333333333, 0.67],
  ])('rounding of minutes: %s', (text, minutes, price) => {
    const runs = [
      ran('r1', '5 10:00:00', '5 10:04:30.5'),
      ran('r2', '5 11:00:00', '5 11:04:29.5'),
      ran('r3', '5 12:00:00', '5 12:04:20'),
    ];
    const here = Object.fromEntries(runs.map((run) => [run.id, received(run)]));
    const { report } = compare({ here, listed: runs, usage: usageJson([['GRA', H100, minutes, price]]) });
    expect(report.rows[0]).toMatchObject({
      causes: [{ cause: 'rounding of minutes', detail: `the provider may ${text}` }],
      unexplained: { unitMinutes: 0, amount: '0.00' },
    });
  });

  test('rounding of minutes: each status by itself, together with another rule', () => {
    // 7.5 + 100.5 + 3.5 minutes: 112 together, 8 + 101 + 4 = 113 apart.
    const halves = ovhJob('job-c', [
      ['PENDING', '7 09:52:30'],
      ['RUNNING', '7 10:00:00'],
      ['INTERRUPTING', '7 11:40:30'],
      ['INTERRUPTED', '7 11:44:00'],
    ]);
    const { report } = compare({
      here: { 'job-c': received(halves) },
      listed: [halves],
      usage: usageJson([['GRA', H100, 113, 5.65]]),
    });
    // 101 here.
    expect(report.rows[0]).toMatchObject({
      causes: [
        { cause: 'billing rule', unitMinutes: 11, amount: '0.55' },
        { cause: 'rounding of minutes', unitMinutes: 1, amount: '0.05' },
      ],
      unexplained: { unitMinutes: 0, amount: '0.00' },
    });
  });

  test('months of another zone', () => {
    // In Paris October begins on 30 September at 22:00 UTC and ends on the 31st at 23:00 UTC.
    const first = ran('first', '2026-09-30T21:00:00Z', october('1 01:30'));
    const last = ran('last', '31 22:00', '2026-11-01T02:00:00Z');
    const here = { first: received(first), last: received(last) };
    // Here 90 + 120 minutes, in Paris 210 + 60.
    const { report } = compare({ here, listed: [first, last], usage: usageJson([['GRA', H100, 270, 13.5]]) });
    expect(report.rows[0]).toMatchObject({
      causes: [
        {
          cause: 'month boundary or zone',
          unitMinutes: 60,
          amount: '3.00',
          detail: 'the provider may bill months of Europe/Paris, not of UTC',
        },
      ],
      jobs: [
        { jobId: 'first', amount: '6.00' },
        { jobId: 'last', amount: '-3.00' },
      ],
    });
  });

  test('the period that the bill states', () => {
    const period = { from: '2026-10-01T00:00:00Z', to: '2026-10-30T23:59:59Z' };
    const last = ran('last', '30 23:00', '31 02:00');
    const { report } = compare({
      here: { last: received(last) },
      listed: [last],
      usage: usageJson([['GRA', H100, 60, 3]], { period }),
    });
    expect(report.rows[0]?.causes).toMatchObject([
      {
        cause: 'month boundary or zone',
        unitMinutes: -120,
        detail:
          'the provider may bill 2026-10-01T00:00:00.000Z to 2026-10-31T00:00:00.000Z, as the period says',
      },
    ]);
  });

  test('a price: minutes agree, money does not', () => {
    const { report } = compare({ ...BOTH_LISTED, usage: usageJson([['GRA', H100, 160, 8.8]]) });
    expect(report.rows[0]).toMatchObject({
      causes: [
        {
          cause: 'price',
          unitMinutes: 0,
          amount: '0.80',
          detail: "the provider's figures are 3.3 an hour and unit, that of jobmeter is 3",
        },
      ],
      unexplained: { unitMinutes: 0, amount: '0.00' },
    });
  });

  describe('several ways to count explain the minutes equally', () => {
    const published = [{ ...HERE, billableStatuses: ['PENDING', 'RUNNING'] as const }];
    /** 10 s PENDING and 10 minutes RUNNING: 11 minutes here, 10 without PENDING or rounded down. */
    const short = ovhJob('short', [
      ['PENDING', '5 09:59:50'],
      ['RUNNING', '5 10:00'],
      ['DONE', '5 10:10'],
    ]);
    const row = ['GRA', H100, 10, 0.5] as const;

    test('they are named, and none is chosen', () => {
      const { report } = compare({
        ...{ here: { short: received(short) }, listed: [short], published },
        usage: usageJson([row]),
      });
      expect(report.rows[0]).toMatchObject({
        causes: [],
        unexplained: { unitMinutes: -1, amount: '-0.05' },
        hints: [
          'several ways to count give the provider\'s minutes, so none is chosen: it may bill by the rule of tariff "RUNNING only (2023-02-14)": RUNNING; or round each run down to whole minutes, or round each run to the nearest minute',
        ],
      });
    });

    test('the one that explains other rows too is chosen', () => {
      const pending = ovhJob(
        'p',
        [
          ['PENDING', '5 09:00'],
          ['RUNNING', '5 10:00'],
          ['DONE', '5 10:10'],
        ],
        {
          flavor: 'ai1-1-gpu',
        },
      );
      const { report } = compare({
        here: { short: received(short), p: received(pending) },
        ...{ listed: [short, pending], published },
        usage: usageJson([row, ['GRA', 'ai1-1-gpu', 10, 0.32]]),
      });
      expect(report.rows.map(({ causes }) => causes)).toMatchObject([
        [{ cause: 'billing rule', unitMinutes: -60, amount: '-1.93' }],
        [{ cause: 'billing rule', unitMinutes: -1, amount: '-0.05' }],
      ]);
    });

    test('it need not be the first one', () => {
      const down = ran('d', '5 10:00:00', '5 10:10:20', { flavor: 'ai1-1-gpu' });
      const { report } = compare({
        here: { short: received(short), d: received(down) },
        ...{ listed: [short, down], published },
        usage: usageJson([row, ['GRA', 'ai1-1-gpu', 10, 0.32]]),
      });
      expect(report.rows.map(({ causes }) => causes)).toMatchObject([
        [{ cause: 'rounding of minutes', unitMinutes: -1 }],
        [{ cause: 'rounding of minutes', unitMinutes: -1 }],
      ]);
    });

    test('those that say the same of every job are one', () => {
      const run = ran('short', '5 10:00:00', '5 10:10:20');
      const { report } = compare({ here: { short: received(run) }, usage: usageJson([row]) });
      expect(report.rows[0]?.causes).toMatchObject([
        {
          cause: 'rounding of minutes',
          detail:
            'the provider may round each run down to whole minutes, or round each run to the nearest minute',
        },
      ]);
    });
  });
});

test('a row that contradicts it keeps a way to count from explaining another', () => {
  // One status more would explain 2 minutes of job-x, but job-y with as many statuses is billed right.
  const x = ovhJob('x', [
    ['PENDING', '5 09:58'],
    ['RUNNING', '5 10:00'],
    ['DONE', '5 11:00'],
  ]);
  const y = ovhJob(
    'y',
    [
      ['PENDING', '5 09:58'],
      ['RUNNING', '5 10:00'],
      ['DONE', '5 11:00'],
    ],
    {
      flavor: 'ai1-1-gpu',
    },
  );
  const usage = usageJson([
    ['GRA', H100, 62, 3.1],
    ['GRA', 'ai1-1-gpu', 60, 1.93],
  ]);
  const here = { x: received(x), y: received(y) };
  expect(inWords(compare({ here, listed: [x, y], usage }))).toEqual([
    'GRA ai1-1-gpu 0 min 0.00',
    'GRA h100-1-gpu 2 min 0.10 | unexplained 2 min 0.10',
  ]);
});

test('minutes and money of a bill beyond what doubles count are compared exactly', () => {
  const usage = usageJson([['GRA', H100, 9_007_199_254_740_991, 450_359_962_737_049.56]]);
  const { report } = compare({ ...BOTH_LISTED, usage });
  expect(report.rows[0]).toMatchObject({
    provider: { unitMinutes: 9_007_199_254_740_991 },
    unexplained: { unitMinutes: 9_007_199_254_740_831 },
  });
});
