import { expect, test } from 'vitest';
import type { ReconciledRow, Reconciliation } from '../../lib/shapes/reconciliation.ts';
import type { Planted } from '../../local/ovh-stand-in/positions.ts';
import type { ScriptedJob } from '../../local/ovh-stand-in/scripted-job.ts';
import { createRandom } from '../../simulation/random.ts';
import { createProviderMonth, MONTH, PROJECT, type ProviderMonth, RULE } from './provider-month.ts';

const seedsFrom = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);
const cents = (amount: string | number) => Math.round(Number(amount) * 100);
const keyOf = ({ region, flavor }: ReconciledRow) => `${region} ${flavor}`;

type Share = Pick<ReconciledRow['difference'], 'unitMinutes' | 'amount'>;

const isSome = ({ unitMinutes, amount }: Share) => unitMinutes !== 0 || cents(amount) !== 0;

const OF_ROWS = ['billing rule', 'rounding of minutes', 'month boundary or zone', 'price'];

/** What is not explained by single jobs, by cause. */
const withoutJobs = ({ causes, unexplained }: ReconciledRow) => [
  ...causes.filter(({ cause }) => OF_ROWS.includes(cause)),
  ...(isSome(unexplained) ? [{ cause: 'unexplained' as const, ...unexplained }] : []),
];

const differing = ({ rows }: Reconciliation) =>
  rows.filter(({ causes, difference }) => causes.length > 0 || isSome(difference));

/** The causes that the lost events of a job may have. */
const causesOf = ({ received }: ProviderMonth, { id, transitions }: ScriptedJob): string[] => {
  const events = received.get(id) ?? [];
  if (events.length === 0) return ['job never reported here'];
  const isFirstLost = events.every(({ data }) => data.resources === undefined);
  const isWhole = transitions.length === new Set(events.map((event) => event.id)).size;
  return isWhole ? [] : ['events missing', 'held', ...(isFirstLost ? ['unrated'] : [])];
};

const PHASES = [
  ['a month that has ended', {}],
  ['a running month', { now: Date.UTC(2026, 9, 17, 11, 30), lagMs: 2 * 3_600_000 }],
] as const;

test.each(PHASES)('a bill that is right is explained by the lost events, job by job: %s', async (_, when) => {
  for (const seed of seedsFrom(1, 10)) {
    const month = await createProviderMonth({ seed, jobCount: 25, ...when });
    const before = await month.compare();
    expect({ seed, rest: before.report.rows.flatMap(withoutJobs) }).toEqual({ seed, rest: [] });
    // Nothing else is noted, like a duration that contradicts a history.
    expect(
      before.report.notes.filter((note) => !/^compared up to|^jobs of jobmeter that/.test(note)),
    ).toEqual([]);
    for (const { jobs } of before.report.rows)
      for (const { jobId, cause, provider } of jobs) {
        const job = month.jobs.get(jobId) as ScriptedJob;
        const [billed] = month.billOf([job]).values();
        expect({ seed, jobId, is: provider?.unitMinutes }).toEqual({
          seed,
          jobId,
          is: billed?.unitMinutes ?? 0,
        });
        expect({ seed, jobId, causes: causesOf(month, job) }).toMatchObject({
          ...{ seed, jobId, causes: expect.arrayContaining([cause]) },
        });
      }
    expect(await month.record(before)).toBe(before.report.missingEvents);
    const after = await month.compare();
    expect({ seed, left: differing(after.report), missing: after.report.missingEvents }).toEqual({
      ...{ seed, left: [], missing: 0 },
    });
  }
});

const FLAVORS = Object.keys(RULE.prices) as [string, ...string[]];

/** One mistake of each kind, of two, or of all, in turn. */
const plantFor =
  (seed: number) =>
  (jobs: readonly ScriptedJob[]): readonly Planted[] => {
    const random = createRandom(seed + 1000);
    const all: readonly Planted[] = [
      { kind: 'counted twice', job: random.oneOf(jobs as [ScriptedJob, ...ScriptedJob[]]).id },
      { kind: 'price', flavor: random.oneOf(FLAVORS), price: random.integer(40_000, 6_000_000) },
      {
        ...{ kind: 'rule', region: random.oneOf(['GRA', 'BHS']) },
        billableStates: random.oneOf([['RUNNING'], ['PENDING', 'RUNNING']] as const),
      },
      {
        ...{ kind: 'nobody', project: PROJECT, month: MONTH, region: 'GRA' },
        ...{ flavor: random.oneOf(FLAVORS), unitMinutes: random.integer(1, 5000) },
      },
    ];
    return seed % 5 === 4 ? all : all.filter((_, index) => index === seed % 5);
  };

/** Of each row, what the mistakes add to it, and which of them do. */
const plantedRows = ({ jobs, planted, billOf }: ProviderMonth) => {
  const right = billOf(jobs.values());
  const wrong = billOf(jobs.values(), planted);
  const each = planted.map((mistake) => ({ mistake, bill: billOf(jobs.values(), [mistake]) }));
  return (key: string) => {
    const [{ unitMinutes: rightMinutes = 0, amount: rightAmount = 0 } = {}, of] = [
      right.get(key),
      wrong.get(key),
    ];
    const kinds = each.flatMap(({ mistake, bill }) => {
      const { unitMinutes = 0, amount = 0 } = bill.get(key) ?? {};
      return unitMinutes === rightMinutes && amount === rightAmount ? [] : [mistake];
    });
    return {
      kinds,
      minutes: (of?.unitMinutes ?? 0) - rightMinutes,
      cents: cents(of?.amount ?? 0) - cents(rightAmount),
    };
  };
};

/** What a mistake that is alone in its row is to be found as; a rule may be one of several. */
const FOUND_AS = {
  'counted twice': ['unexplained'],
  nobody: ['unexplained'],
  price: ['price'],
  rule: ['billing rule', 'unexplained'],
} as const;

const expectFound = (planted: ReturnType<typeof plantedRows>, row: ReconciledRow, seed: number) => {
  const { kinds, ...difference } = planted(keyOf(row));
  const found = withoutJobs(row);
  const where = { seed, row: keyOf(row), kinds };
  const sum = found.reduce((minutes, { unitMinutes }) => minutes + unitMinutes, 0);
  const money = found.reduce((all, { amount }) => all + cents(amount), 0);
  expect({ ...where, sum }).toEqual({ ...where, sum: difference.minutes });
  // The right sum and the wrong one are each rounded to a cent.
  expect({ ...where, off: Math.abs(money - difference.cents) <= 1 }).toEqual({ ...where, off: true });
  if (kinds.length === 0) expect({ ...where, found }).toEqual({ ...where, found: [] });
  const [mistake] = kinds;
  if (!mistake || kinds.length > 1) return;
  expect({ ...where, as: FOUND_AS[mistake.kind] }).toMatchObject({
    as: expect.arrayContaining(found.map(({ cause }) => cause)),
  });
  const hints = (row.hints ?? []).join('\n');
  if (mistake.kind === 'counted twice')
    expect({ ...where, hints }).toMatchObject({ hints: expect.stringContaining(mistake.job) });
  if (mistake.kind === 'rule' && found[0]?.cause === 'unexplained')
    expect({ ...where, hints }).toMatchObject({
      hints: expect.stringContaining(mistake.billableStates.join(', ')),
    });
};

test('mistakes of the bill are found, each with its amount, before and after lost events are recorded', async () => {
  const found = new Map<string, number>();
  for (const seed of seedsFrom(1, 15)) {
    const month = await createProviderMonth({
      seed,
      jobCount: [5, 20, 40][seed % 3] ?? 5,
      plant: plantFor(seed),
    });
    const before = await month.compare();
    const planted = plantedRows(month);
    for (const row of before.report.rows) expectFound(planted, row, seed);
    await month.record(before);
    const { report } = await month.compare();
    for (const row of report.rows) {
      expectFound(planted, row, seed);
      // Only what is planted is left.
      expect({ seed, causes: row.causes.length }).toEqual({
        seed,
        causes: withoutJobs(row).filter(({ cause }) => cause !== 'unexplained').length,
      });
      for (const { cause } of withoutJobs(row)) found.set(cause, (found.get(cause) ?? 0) + 1);
    }
  }
  // Otherwise little was looked for.
  for (const cause of ['billing rule', 'price', 'unexplained'])
    expect(found.get(cause), cause).toBeGreaterThan(3);
});
