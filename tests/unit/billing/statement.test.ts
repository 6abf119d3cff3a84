import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BilledCharge, isSameBilling, toBilledCharge } from '../../../lib/billing/billed-charge.ts';
import { createLineFold, totalOf } from '../../../lib/billing/lines.ts';
import { INCLUDED } from '../../../lib/billing/statement.ts';
import { billedCharge, deriveFinal, transition, twoGpus } from './builders.ts';

/** The lines of a statement that moves a project from `before` to `after`. */
const statement = (
  before: readonly BilledCharge[],
  after: readonly BilledCharge[],
  month = '2026-10',
  currency = 'EUR',
) => {
  const fold = createLineFold();
  for (const one of before) fold.before(one);
  for (const one of after) fold.after(one);
  return fold.lines(month, currency);
};

describe('lines', () => {
  test('the examples of the product page are 14.40 and 19.30', () => {
    const cpu = billedCharge({ minutes: 10 * 24 * 60, milliUnits: 2_000 });
    const gpu = billedCharge({
      minutes: 300,
      milliUnits: 2_000,
      flavor: 'ai1-1-gpu',
      unit: 'gpu',
      pricePerHour: '1.93',
    });
    const lines = statement([], [gpu, cpu]);
    expect(lines).toEqual([
      {
        flavor: 'ai1-1-cpu',
        unit: 'cpu',
        usageMonth: '2026-10',
        kind: 'usage',
        minutes: 14_400,
        milliUnitMinutes: 28_800_000,
        pricePerHour: '0.03',
        amount: '14.40',
        cumulativeMilliUnitMinutes: 28_800_000,
      },
      {
        flavor: 'ai1-1-gpu',
        unit: 'gpu',
        usageMonth: '2026-10',
        kind: 'usage',
        minutes: 300,
        milliUnitMinutes: 600_000,
        pricePerHour: '1.93',
        amount: '19.30',
        cumulativeMilliUnitMinutes: 600_000,
      },
    ]);
    expect(totalOf(lines, 'EUR')).toBe('33.70');
  });

  test('go on from the sums of a fold that stopped, which stay as they were', () => {
    const gpu = billedCharge({ flavor: 'ai1-1-gpu', unit: 'gpu', milliUnits: 2_000, pricePerHour: '1.93' });
    const first = createLineFold();
    first.before(billedCharge({ minutes: 10 }));
    first.after(billedCharge({ minutes: 20 }));
    first.after(gpu);
    const stopped = structuredClone(first.sums());
    const second = createLineFold(stopped);
    second.after(billedCharge({ jobId: 'another', minutes: 10 }));
    expect(stopped).toEqual(first.sums());
    first.after(billedCharge({ jobId: 'another', minutes: 10 }));
    expect(second.sums()).toEqual(first.sums());
    expect(second.lines('2026-10', 'EUR')).toEqual(first.lines('2026-10', 'EUR'));
    expect(first.lines('2026-10', 'EUR').map(({ flavor, minutes }) => [flavor, minutes])).toEqual([
      ['ai1-1-cpu', 20],
      ['ai1-1-gpu', gpu.minutes],
    ]);
  });

  test('round the sum of a key, not its charges', () => {
    const jobs = ['a', 'b', 'c'].map((jobId) => billedCharge({ jobId, minutes: 10 }));
    expect(statement([], jobs).map((line) => [line.minutes, line.amount])).toEqual([[30, '0.02']]);
  });

  test('keep usage month, flavor, unit and price apart, and come in that order', () => {
    const lines = statement(
      [],
      [
        billedCharge({ usageMonth: '2026-11' }),
        billedCharge({ pricePerHour: '0.06' }),
        billedCharge({ unit: 'gpu' }),
        billedCharge({ flavor: 'ai0-cpu' }),
        billedCharge(),
      ],
      '2026-11',
    );
    expect(lines.map((line) => [line.usageMonth, line.flavor, line.unit, line.pricePerHour])).toEqual([
      ['2026-10', 'ai0-cpu', 'cpu', '0.03'],
      ['2026-10', 'ai1-1-cpu', 'cpu', '0.03'],
      ['2026-10', 'ai1-1-cpu', 'cpu', '0.06'],
      ['2026-10', 'ai1-1-cpu', 'gpu', '0.03'],
      ['2026-11', 'ai1-1-cpu', 'cpu', '0.03'],
    ]);
  });

  test.each([
    ['EUR', '0.03', '0.01'],
    ['JPY', '3', '1'],
    ['KWD', '0.003', '0.001'],
  ])('%s: a tie goes up to its own digits', (currency, pricePerHour, amount) => {
    expect(statement([], [billedCharge({ pricePerHour })], '2026-10', currency)[0]?.amount).toBe(amount);
  });

  test('show time that costs nothing, or rounds to nothing', () => {
    const lines = statement(
      [],
      [billedCharge({ minutes: 1 }), billedCharge({ flavor: 'free', pricePerHour: '0' })],
    );
    expect(lines.map((line) => line.amount)).toEqual(['0.00', '0.00']);
  });

  test('leave unrated time out, asked before or due now: a line has a flavor, a unit and a price', () => {
    const { flavor: _, ...withoutFlavor } = billedCharge();
    const { unit: __, ...withoutUnit } = billedCharge();
    const { pricePerHour: ___, ...withoutPrice } = billedCharge();
    for (const unrated of [withoutFlavor, withoutUnit, withoutPrice]) {
      expect(statement([], [unrated])).toEqual([]);
      expect(statement([unrated], [])).toEqual([]);
    }
  });

  test('are refused where a quantity would lose digits as a number', () => {
    expect(() =>
      statement([], [billedCharge({ minutes: Number.MAX_SAFE_INTEGER, milliUnits: 2_000 })]),
    ).toThrow('a quantity of a line fits a JSON number');
  });

  test('of no usage are none, and come to nothing', () => {
    expect(statement([], [])).toEqual([]);
    expect(totalOf([], 'EUR')).toBe('0.00');
    expect(totalOf([], 'JPY')).toBe('0');
  });
});

describe('corrections', () => {
  test('concern an earlier usage month than the statement', () => {
    const months = ['2026-10', '2026-11', '2026-12'].map((usageMonth) => billedCharge({ usageMonth }));
    const kinds = statement([], months, '2026-11').map((line) => line.kind);
    expect(kinds).toEqual(['correction', 'usage', 'usage']);
  });

  test('10 minutes corrected by 10 more end where 20 minutes end', () => {
    const first = statement([], [billedCharge({ minutes: 10 })]);
    const second = statement([billedCharge({ minutes: 10 })], [billedCharge({ minutes: 20 })], '2026-11');
    const atOnce = statement([], [billedCharge({ minutes: 20 })]);
    expect([first[0]?.amount, second[0]?.amount, atOnce[0]?.amount]).toEqual(['0.01', '0.00', '0.01']);
    expect(second[0]).toMatchObject({
      kind: 'correction',
      minutes: 10,
      milliUnitMinutes: 10_000,
      cumulativeMilliUnitMinutes: 20_000,
    });
  });

  test('are negative where less is owed than was asked', () => {
    const lines = statement(
      [billedCharge({ minutes: 600, milliUnits: 2_000 })],
      [billedCharge({ minutes: 60, milliUnits: 2_000 })],
      '2026-11',
    );
    expect(lines).toMatchObject([
      {
        kind: 'correction',
        minutes: -540,
        milliUnitMinutes: -1_080_000,
        amount: '-0.54',
        cumulativeMilliUnitMinutes: 120_000,
      },
    ]);
  });

  test('take back all that was asked, to the cent', () => {
    expect(statement([billedCharge({ minutes: 10 })], [], '2026-11')).toMatchObject([
      { minutes: -10, amount: '-0.01', cumulativeMilliUnitMinutes: 0 },
    ]);
  });

  test('of a price are a reversal and a new line', () => {
    const lines = statement(
      [billedCharge({ minutes: 60 })],
      [billedCharge({ minutes: 60, pricePerHour: '0.06' })],
      '2026-11',
    );
    expect(lines.map((line) => [line.pricePerHour, line.minutes, line.amount])).toEqual([
      ['0.03', -60, '-0.03'],
      ['0.06', 60, '0.06'],
    ]);
    expect(totalOf(lines, 'EUR')).toBe('0.03');
  });

  test('of the number of units keep the minutes', () => {
    const lines = statement(
      [billedCharge({ milliUnits: 2_000 })],
      [billedCharge({ milliUnits: 6_000 })],
      '2026-11',
    );
    expect(lines).toMatchObject([
      { minutes: 0, milliUnitMinutes: 40_000, amount: '0.02', cumulativeMilliUnitMinutes: 60_000 },
    ]);
  });

  test('there is none where nothing changed, or one job made up for another', () => {
    expect(statement([billedCharge()], [billedCharge()], '2026-11')).toEqual([]);
    expect(statement([billedCharge({ jobId: 'a' })], [billedCharge({ jobId: 'b' })], '2026-11')).toEqual([]);
  });
});

describe('I3: the lines of all statements add up to the rounded truth', () => {
  const changing = fc.record({
    usageMonth: fc.constantFrom('2026-09', '2026-10'),
    flavor: fc.constantFrom('ai1-1-cpu', 'ai1-2-cpu'),
    pricePerHour: fc.constantFrom('0.03', '1.93', '0.000123456789'),
    milliUnits: fc.oneof(
      fc.integer({ min: 0, max: 16 }).map((units) => units * 1_000),
      fc.integer({ min: 1, max: 16_000 }),
    ),
    minutes: fc.nat(50_000),
  });
  // What is due at each month end, piece by piece; a piece that is not due any more is missing.
  const statements = fc.array(fc.array(fc.option(changing), { minLength: 4, maxLength: 4 }), {
    minLength: 1,
    maxLength: 6,
  });

  const keyOf = (line: Pick<BilledCharge, 'usageMonth' | 'flavor' | 'pricePerHour'>) =>
    [line.usageMonth, line.flavor, line.pricePerHour].join(' ');

  /** Half up from thousandths and twelfth decimals, in minor units. */
  const rounded = (milliUnitMinutes: number, pricePerHour: string, digits: number): bigint => {
    const [whole = '', decimals = ''] = pricePerHour.split('.');
    const scaled = BigInt(whole + decimals) * 10n ** BigInt(12 - decimals.length);
    const numerator = BigInt(milliUnitMinutes) * scaled * 10n ** BigInt(digits);
    const denominator = 60n * 1_000n * 10n ** 12n;
    return numerator / denominator + (2n * (numerator % denominator) >= denominator ? 1n : 0n);
  };

  test.each([
    ['EUR', 2],
    ['JPY', 0],
    ['KWD', 3],
  ])('per key and quantity, in %s', (currency, digits) => {
    fc.assert(
      fc.property(statements, (rounds) => {
        const asked = new Map<string, { minor: bigint; minutes: number; milliUnitMinutes: number }>();
        let before: BilledCharge[] = [];
        for (const [index, round] of rounds.entries()) {
          const after = round.flatMap((due, piece) =>
            due ? [billedCharge({ ...due, jobId: `job-${piece}` })] : [],
          );
          const lines = statement(before, after, `2026-1${index}`, currency);
          for (const line of lines) {
            const sum = asked.get(keyOf(line)) ?? { minor: 0n, minutes: 0, milliUnitMinutes: 0 };
            sum.minor += BigInt(line.amount.replace('.', ''));
            sum.minutes += line.minutes;
            sum.milliUnitMinutes += line.milliUnitMinutes;
            asked.set(keyOf(line), sum);
            expect(line.cumulativeMilliUnitMinutes).toBe(sum.milliUnitMinutes);
          }
          const total = lines.reduce((sum, line) => sum + BigInt(line.amount.replace('.', '')), 0n);
          expect(BigInt(totalOf(lines, currency).replace('.', ''))).toBe(total);
          before = after;
        }
        const truth = new Map<string, { price: string; minutes: number; milliUnitMinutes: number }>();
        for (const due of before) {
          const sum = truth.get(keyOf(due)) ?? {
            price: due.pricePerHour ?? '',
            minutes: 0,
            milliUnitMinutes: 0,
          };
          sum.minutes += due.minutes;
          sum.milliUnitMinutes += due.minutes * (due.milliUnits ?? 0);
          truth.set(keyOf(due), sum);
        }
        for (const key of new Set([...asked.keys(), ...truth.keys()])) {
          const { price = '0', minutes = 0, milliUnitMinutes = 0 } = truth.get(key) ?? {};
          expect(asked.get(key) ?? { minor: 0n, minutes: 0, milliUnitMinutes: 0 }).toEqual({
            minor: rounded(milliUnitMinutes, price, digits),
            minutes,
            milliUnitMinutes,
          });
        }
      }),
    );
  });
});

describe('billed charges', () => {
  test('are a charge without what its place already says', () => {
    const facts = [
      transition('RUNNING', '2026-10-05T08:00:00Z', { resources: twoGpus, labels: { team: 'vision' } }),
      transition('DONE', '2026-10-05T08:10:00Z'),
    ];
    for (const charge of deriveFinal(facts)) {
      const { kind, projectId, ...rest } = charge;
      expect([kind, projectId]).toEqual(['final', 'proj-1']);
      expect(toBilledCharge(charge)).toEqual(rest);
      const { flavor: _, unit: __, milliUnits: ___, statedBy, tariff: ____, ...rated } = charge;
      const { pricePerHour: _____, labels, ...unrated } = rated;
      expect([statedBy?.id, labels]).toEqual([facts[0]?.id, { team: 'vision' }]);
      // A member that is absent is not there as undefined either: it would be one more in the table.
      expect(Object.keys(toBilledCharge(unrated)).sort()).toEqual(
        ['amount', 'endedBy', 'end', 'jobId', 'minutes', 'openedBy', 'start', 'usageMonth'].sort(),
      );
      expect(toBilledCharge({ ...charge, ...{ pk: 'a', sk: 'b', factsSeen: 2 } })).toEqual(rest);
    }
    expect.assertions(5);
  });

  test('ask the same when only their evidence differs', () => {
    const openedBy = { source: 'b', id: 'other', time: 0 };
    expect(isSameBilling(billedCharge(), billedCharge({ openedBy, endedBy: { cause: 'month end' } }))).toBe(
      true,
    );
    expect(isSameBilling(undefined, undefined)).toBe(true);
  });

  test.each<[string, Partial<BilledCharge>]>([
    ['minutes', { minutes: 11 }],
    ['flavor', { flavor: 'ai1-2-cpu' }],
    ['unit', { unit: 'gpu' }],
    ['units', { milliUnits: 2_000 }],
    ['price', { pricePerHour: '0.06' }],
    ['held time', { held: { from: 1, cause: 'maxSilence' } }],
  ])('do not ask the same when their %s differs', (_, other) => {
    expect(isSameBilling(billedCharge(), billedCharge(other))).toBe(false);
    expect(isSameBilling(billedCharge(other), billedCharge())).toBe(false);
  });

  test('do not ask the same as nothing', () => {
    expect(isSameBilling(billedCharge(), undefined)).toBe(false);
    expect(isSameBilling(undefined, billedCharge())).toBe(false);
  });
});

test('a statement shows what is included: the service, ephemeral storage, ingress and egress', () => {
  expect(INCLUDED).toEqual([
    'AI Training managed service',
    'Ephemeral local storage',
    'Ingress and egress network traffic',
  ]);
});
