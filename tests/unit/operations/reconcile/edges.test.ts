import { expect, test } from 'vitest';
import { compare, H100, HERE, inWords, october, ovhJob, ran, received, usageJson } from './provider.ts';

// h100-1-gpu costs 3.00 an hour here, which is 0.05 a minute.

test('a job that ends within one instant has ended', () => {
  const job = ovhJob('job-a', [
    ['RUNNING', '5 10:00'],
    ['TIMEOUT', '5 11:00'],
    ['INTERRUPTING', '5 11:00'],
    ['INTERRUPTED', '5 11:00'],
  ]);
  const usage = usageJson([['GRA', H100, 60, 3]]);
  const published = [{ ...HERE, billableStatuses: ['RUNNING', 'INTERRUPTING', 'TIMEOUT'] as const }];
  expect(inWords(compare({ here: { 'job-a': received(job) }, listed: [job], published, usage }))).toEqual([
    'GRA h100-1-gpu 0 min 0.00',
  ]);
});

test('a stop that is missing before its time is held is a missing event', () => {
  const job = ran('job-a', '5 10:00', '5 11:00');
  const { report } = compare({
    here: { 'job-a': received(job, (state) => state !== 'DONE') },
    listed: [job],
    published: [{ ...HERE, maxSilenceMs: 10 * 86_400_000 }],
    usage: usageJson([['GRA', H100, 60, 3]], { lastUpdate: october('6 10:00') }),
  });
  expect(report.rows[0]?.causes).toMatchObject([{ cause: 'events missing', unitMinutes: 60 - 1440 }]);
});

test('a job without a region is of none where several bill its flavor', () => {
  const job = ran('job-a', '5 10:00', '5 11:00', { region: null });
  const usage = usageJson([
    ['BHS', H100, 30, 1.5],
    ['GRA', H100, 30, 1.5],
  ]);
  expect(inWords(compare({ here: { 'job-a': received(job) }, listed: [job], usage }))).toEqual([
    '- h100-1-gpu -60 min -3.00 | unexplained -60 min -3.00',
    'BHS h100-1-gpu 30 min 1.50 | unexplained 30 min 1.50',
    'GRA h100-1-gpu 30 min 1.50 | unexplained 30 min 1.50',
  ]);
});

test('what the provider rounds away is part of the cause', () => {
  // 10 minutes at 0.03 an hour are 0.005.
  const job = ran('cpu', '5 10:00', '5 10:10', { flavor: 'ai1-1-cpu', gpu: 0, cpu: 1 });
  const usage = usageJson([['GRA', 'ai1-1-cpu', 10, 0]]);
  expect(inWords(compare({ listed: [job], usage }))).toEqual([
    'GRA ai1-1-cpu 10 min 0.00 | job never reported here 10 min 0.00',
  ]);
});

test('the price is the shortest that gives the rounded figures', () => {
  // 13 minutes at 3.40 an hour are 0.7366.
  const job = ran('job-a', '5 10:00', '5 10:13');
  const usage = usageJson([['GRA', H100, 13, 0.74]]);
  const { report } = compare({ here: { 'job-a': received(job) }, listed: [job], usage });
  expect(report.rows[0]?.causes[0]?.detail).toContain('figures are 3.4 an hour');
});

test('of minutes at several prices that are not explained no price is told apart', () => {
  const later = { ...HERE.prices, [H100]: { unit: 'gpu', pricePerHour: '6' } } as const;
  const published = [HERE, { ...HERE, effectiveFrom: Date.parse(october('6 00:00')), prices: later }];
  const jobs = [ran('job-a', '5 10:00', '5 11:00'), ran('job-b', '7 10:00', '7 11:10')];
  const here = Object.fromEntries(jobs.map((job) => [job.id, received(job)]));
  const usage = usageJson([['GRA', H100, 163, 20]]);
  expect(inWords(compare({ here, listed: jobs, published, usage }))).toEqual([
    'GRA h100-1-gpu 33 min 10.00 | unexplained 33 min 10.00',
  ]);
});

/** Pending for 20 minutes, running for 100. */
const waited = (id: string, region: string) =>
  ovhJob(
    id,
    [
      ['PENDING', '5 09:40'],
      ['RUNNING', '5 10:00'],
      ['DONE', '5 11:40'],
    ],
    { region },
  );

test('a row of another region does not contradict a way to count', () => {
  const jobs = [waited('x', 'GRA'), waited('y', 'BHS')];
  const here = Object.fromEntries(jobs.map((job) => [job.id, received(job)]));
  const usage = usageJson([
    ['GRA', H100, 120, 6],
    ['BHS', H100, 100, 5],
  ]);
  expect(inWords(compare({ here, listed: jobs, usage }))).toEqual([
    'BHS h100-1-gpu 0 min 0.00',
    'GRA h100-1-gpu 20 min 1.00 | billing rule 20 min 1.00',
  ]);
});

test('a rule and a rounding together that another row confirms explain both', () => {
  /** 5 minutes RUNNING; 11 with PENDING, each status rounded up by itself. */
  const halves = (id: string, flavor: string) =>
    ovhJob(
      id,
      [
        ['PENDING', '7 09:00:00'],
        ['RUNNING', '7 09:05:30'],
        ['DONE', '7 09:10:00'],
      ],
      { flavor },
    );
  const jobs = [halves('a', H100), halves('b', 'ai1-1-gpu'), ran('six', '8 10:00', '8 10:06')];
  const here = Object.fromEntries(jobs.map((job) => [job.id, received(job)]));
  const usage = usageJson([
    ['GRA', H100, 17, 0.85],
    ['GRA', 'ai1-1-gpu', 11, 0.35],
  ]);
  const { report } = compare({ here, listed: jobs, usage });
  for (const { causes } of report.rows)
    expect(causes.map(({ cause }) => cause)).toEqual(['billing rule', 'rounding of minutes']);
});
