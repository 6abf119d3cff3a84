import { expect, test } from 'vitest';
import { compare, H100, inWords, ovhJob, ran, received, usageJson } from './provider.ts';

const A = ran('job-a', '5 10:00', '5 11:40');
const B = ran('job-b', '6 10:00', '6 11:00');
const here = { 'job-a': received(A), 'job-b': received(B) };

test('a job that is billed twice is not explained, and named as a guess', () => {
  const { report } = compare({ here, listed: [A, B], usage: usageJson([['GRA', H100, 220, 11]]) });
  expect(report.rows[0]).toMatchObject({
    difference: { unitMinutes: 60, amount: '3.00' },
    causes: [],
    unexplained: { unitMinutes: 60, amount: '3.00' },
    hints: ['the 60 unexplained minutes are those of job job-b: billed twice?'],
  });
});

/** Pending for 5.5 minutes, running for 4.5: 5 minutes, or 11 with two statuses rounded up apart. */
const HALVES = ovhJob('halves', [
  ['PENDING', '7 09:00:00'],
  ['RUNNING', '7 09:05:30'],
  ['DONE', '7 09:10:00'],
]);

test('one wrong job is likelier than a rule and a rounding together that nothing confirms', () => {
  const six = ran('six', '8 10:00', '8 10:06');
  const { report } = compare({
    here: { halves: received(HALVES), six: received(six) },
    listed: [HALVES, six],
    usage: usageJson([['GRA', H100, 17, 0.85]]),
  });
  expect(report.rows[0]).toMatchObject({
    causes: [],
    hints: ['the 6 unexplained minutes are those of job six: billed twice?'],
  });
});

/** Of 10 to 29 minutes: none is as long as a difference below. */
const many = (count: number) =>
  Array.from({ length: count }, (_, n) => ran(`many-${n}`, `9 10:00`, `9 10:${10 + (n % 20)}`));

test.each([
  // 5 minutes of one job of 22 are hardly chance, of one in 3 they may be.
  [20, [{ cause: 'billing rule', unitMinutes: 5 }], 0],
  [1, [], 5],
])(
  'a rule that one wrong job may be instead explains a row of %d more jobs or not',
  (count, causes, rest) => {
    const five = ran('five', '8 10:00', '8 10:05');
    const waits = ovhJob('waits', [
      ['PENDING', '7 09:55'],
      ['RUNNING', '7 10:00'],
      ['DONE', '7 10:40'],
    ]);
    const jobs = [waits, five, ...many(count)];
    const here = Object.fromEntries(jobs.map((job) => [job.id, received(job)]));
    const minutes = 45 + 5 + many(count).reduce((sum, _, n) => sum + 10 + (n % 20), 0);
    const { report } = compare({
      here,
      listed: jobs,
      usage: usageJson([['GRA', H100, minutes, minutes / 20]]),
    });
    expect(report.rows[0]).toMatchObject({ causes, unexplained: { unitMinutes: rest } });
    expect(report.rows[0]?.hints).toEqual(
      rest === 0
        ? [expect.stringContaining('no other row confirms this: the 5 minutes are also those of job five')]
        : [
            'the 5 unexplained minutes are those of job five: billed twice?',
            expect.stringMatching(
              /^or the provider may bill by .*: PENDING, RUNNING, or .* no other row confirms it$/,
            ),
          ],
    );
  },
);

test('a job that is not billed is not explained either', () => {
  const { report } = compare({ here, listed: [A, B], usage: usageJson([['GRA', H100, 60, 3]]) });
  expect(report.rows[0]).toMatchObject({
    unexplained: { unitMinutes: -100, amount: '-5.00' },
    hints: ['the 100 unexplained minutes are those of job job-a: not billed?'],
  });
});

test('whether a job that is not listed is billed is not guessed where nothing tells', () => {
  const { report } = compare({ here, listed: [A], usage: usageJson([['GRA', H100, 173, 8.65]]) });
  expect(report.rows[0]).toMatchObject({
    causes: [],
    unexplained: { unitMinutes: 13, amount: '0.65' },
    hints: [
      "the provider's list does not have job job-b, of 60 minutes in jobmeter: deleted at the provider since, or not billed?",
    ],
  });
});

test('usage without any job is not explained', () => {
  const compared = compare({ usage: usageJson([['GRA', H100, 60, 3]]), listed: [] });
  expect(inWords(compared)).toEqual(['GRA h100-1-gpu 60 min 3.00 | unexplained 60 min 3.00']);
});

test('what the provider does not bill at all is not explained', () => {
  expect(inWords(compare({ here, listed: [A, B], usage: usageJson([]) }))).toEqual([
    'GRA h100-1-gpu -160 min -8.00 | unexplained -160 min -8.00',
  ]);
});

test('money without minutes is not explained by a price', () => {
  expect(inWords(compare({ usage: usageJson([['GRA', H100, 0, 3]]), listed: [] }))).toEqual([
    'GRA h100-1-gpu 0 min 3.00 | unexplained 0 min 3.00',
  ]);
});

test('of minutes that are not explained a wrong price is told apart', () => {
  // 220 minutes at 3.30 an hour: 12.10, of which 11.00 at the price here.
  const { report } = compare({ here, listed: [A, B], usage: usageJson([['GRA', H100, 220, 12.1]]) });
  expect(report.rows[0]).toMatchObject({
    causes: [{ cause: 'price', unitMinutes: 0, amount: '1.10' }],
    unexplained: { unitMinutes: 60, amount: '3.00' },
  });
});

test('job level, way to count and price explain one row together, to the cent', () => {
  const pending = ovhJob('p', [
    ['PENDING', '7 09:50'],
    ['RUNNING', '7 10:00'],
    ['DONE', '7 10:30'],
  ]);
  const { report } = compare({
    here: { 'job-a': received(A), p: received(pending, (state) => state !== 'DONE') },
    listed: [A, B, pending],
    // 100 + 60 + 40 minutes at 3.30 an hour.
    usage: usageJson([['GRA', H100, 200, 11]]),
  });
  const [row] = report.rows;
  expect(row?.causes.map(({ cause, unitMinutes, amount }) => [cause, unitMinutes, amount])).toEqual([
    ['job never reported here', 60, '3.00'],
    // It ran on until the provider's last update on 2 November: held here after 28 days, not before.
    ['events missing', 30 - (24 * 60 * 24 + 14 * 60), '-1768.50'],
    ['billing rule', 10, '0.50'],
    ['price', 0, '1.00'],
  ]);
  expect(row?.unexplained).toEqual({ unitMinutes: 0, amount: '0.00' });
  expect(report.total.causes).toHaveLength(4);
  expect(report.total.difference).toEqual(row?.difference);
});

test('three planted errors are found, and nothing else', () => {
  const jobs = [
    A,
    B,
    ran('cheap', '8 10:00', '8 12:00', { flavor: 'ai1-1-gpu', gpu: 2 }),
    ovhJob(
      'far',
      [
        ['PENDING', '9 09:45'],
        ['RUNNING', '9 10:00'],
        ['DONE', '9 11:00'],
      ],
      { region: 'BHS' },
    ),
  ];
  const compared = compare({
    here: Object.fromEntries(jobs.map((job) => [job.id, received(job)])),
    listed: jobs,
    usage: usageJson([
      // Job-b twice.
      ['GRA', H100, 220, 11],
      // 2.13 instead of 1.93 an hour.
      ['GRA', 'ai1-1-gpu', 240, 8.52],
      // PENDING is billed in this region.
      ['BHS', H100, 75, 3.75],
    ]),
  });
  expect(inWords(compared)).toEqual([
    'BHS h100-1-gpu 15 min 0.75 | billing rule 15 min 0.75',
    'GRA ai1-1-gpu 0 min 0.80 | price 0 min 0.80',
    'GRA h100-1-gpu 60 min 3.00 | unexplained 60 min 3.00',
  ]);
  expect(compared.report.rows[2]?.hints).toEqual([
    'the 60 unexplained minutes are those of job job-b: billed twice?',
  ]);
  expect(compared.report.total).toMatchObject({
    difference: { unitMinutes: 75, amount: '4.55' },
    causes: [
      { cause: 'billing rule', amount: '0.75' },
      { cause: 'price', amount: '0.80' },
    ],
    unexplained: { unitMinutes: 60, amount: '3.00' },
  });
});
