import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BilledCharge, toBilledCharge } from '../../../lib/billing/billed-charge.ts';
import { checkBilledCharge } from '../../../lib/billing/check-billed-charge.ts';
import { createCalendar } from '../../../lib/billing/months.ts';
import {
  at,
  billedCharge,
  cutoff,
  defaultTariff,
  derive,
  HOUR,
  MINUTE,
  tariffFrom,
  transition,
  twoCpus,
  twoGpus,
} from './builders.ts';

const UTC = createCalendar('UTC');
const PARIS = createCalendar('Europe/Paris');

/** Ten minutes of one CPU with their exact amount. */
const sound = (changed: Partial<BilledCharge> = {}): BilledCharge =>
  billedCharge({ amount: 300_000_000_000n, ...changed });

const { start, end, openedBy } = sound();

test('an unchanged billed charge passes its check', () => {
  expect(checkBilledCharge(sound(), UTC)).toEqual([]);
  expect(checkBilledCharge(sound(), PARIS)).toEqual([]);
});

describe('a billed charge fails its check:', () => {
  const fact = (time: number) => ({ cause: 'fact', fact: { source: 's', id: 'e', time } }) as const;
  const noFlavor = () => {
    const { flavor: _, unit: __, units: ___, ...rest } = sound();
    return rest;
  };

  test.each<[why: string, changed: Partial<BilledCharge>, problem: RegExp]>([
    [
      'with a minute too many',
      { minutes: 11, end, endedBy: fact(end), amount: 330_000_000_000n },
      /^minutes: expected 10, found 11$/,
    ],
    [
      'with a minute too few',
      { minutes: 9, end, endedBy: fact(end), amount: 270_000_000_000n },
      /^minutes: expected 10, found 9$/,
    ],
    ['that ends when it starts', { end: start, endedBy: fact(start) }, /^end: is not after the start$/],
    [
      'that ends before it starts',
      { end: start - 1, endedBy: fact(start - 1) },
      /^end: is not after the start$/,
    ],
    ['whose end is no number', { end: Number.NaN }, /^end: is not after the start$/],
    [
      'that starts inside a minute',
      { openedBy: { ...openedBy, time: start - 1 } },
      /^start: is not a whole number of minutes/,
    ],
    ['that starts before it was opened', { openedBy: { ...openedBy, time: start + MINUTE } }, /^start: /],
    ['in the month before', { usageMonth: '2026-09' }, /^usageMonth: not every minute starts in 2026-09/],
    ['in the month after', { usageMonth: '2026-11' }, /^usageMonth: /],
    ['that ends at another time than its event', { endedBy: fact(end - 1) }, /^end: expected .*, found .*/],
    [
      'that ends with the month, long before',
      { endedBy: { cause: 'month end' } },
      /^end: .* is before 2026-11-01/,
    ],
    ['that is open', { endedBy: { cause: 'now' } }, /^endedBy: an open charge is not billed$/],
    ['that ends at the limit and holds nothing', { endedBy: { cause: 'limit' } }, /^held: /],
    ['that holds time after an event', { held: { from: end } }, /^held: /],
    [
      'that holds time from later on',
      { endedBy: { cause: 'limit' }, held: { from: end + 1 } },
      /^held from: expected/,
    ],
    [
      'that holds time until before',
      { endedBy: { cause: 'limit' }, held: { from: end, until: end } },
      /^held until: .* is not after/,
    ],
    [
      'with another amount',
      { amount: 300_000_000_001n },
      /^amountTimes60: expected 0.3, found 0.300000000001$/,
    ],
    ['with other units', { milliUnits: 2_000 }, /^amountTimes60: expected 0.6, found 0.3$/],
    ['with another price', { pricePerHour: '0.04' }, /^amountTimes60: expected 0.4, found 0.3$/],
  ])('%s', (_, changed, problem) => {
    expect(checkBilledCharge({ ...sound(), ...changed }, UTC)).toEqual([expect.stringMatching(problem)]);
  });

  test('that changes price inside a minute', () => {
    const changed = { end: end - 1, endedBy: { cause: 'price change' } } as const;
    expect(checkBilledCharge({ ...sound(), ...changed }, UTC)).toEqual([
      expect.stringContaining('is inside a minute'),
    ]);
    expect(checkBilledCharge({ ...sound(), endedBy: { cause: 'price change' } }, UTC)).toEqual([]);
  });

  test('with a price and no flavor, units and no flavor, or a price of no tariff', () => {
    const { tariff: _, ...noTariff } = sound();
    const { flavor: __, ...halfStated } = sound();
    for (const [broken, problem] of [
      [noFlavor(), 'pricePerHour: '],
      [noTariff, 'pricePerHour: '],
      [halfStated, 'flavor, unit and units: '],
    ] as const)
      expect(checkBilledCharge(broken, UTC)).toEqual([expect.stringContaining(problem)]);
  });

  test('with an amount and no price', () => {
    const { pricePerHour: _, ...unrated } = sound();
    expect(checkBilledCharge(unrated, UTC)).toEqual(['amountTimes60: expected 0, found 0.3']);
    expect(checkBilledCharge({ ...unrated, amount: 0n }, UTC)).toEqual([]);
    expect(checkBilledCharge({ ...noFlavor(), pricePerHour: undefined, amount: 0n } as never, UTC)).toEqual(
      [],
    );
  });
});

describe('at the end of a month', () => {
  const across = derive(
    [
      transition('RUNNING', '2026-10-31T21:00:30Z', { resources: twoGpus }),
      transition('DONE', '2026-11-02T00:00:00Z'),
    ],
    [defaultTariff],
    'Europe/Paris',
  ).flatMap((charge) => (charge.kind === 'final' ? [toBilledCharge(charge)] : []));
  const [october, november] = across;
  if (!october || !november) throw new Error('it lies in two months');

  test('the last minute starts before it, and ends after it', () => {
    expect(new Date(october.end).toISOString()).toBe('2026-10-31T23:00:30.000Z');
    for (const piece of across) expect(checkBilledCharge(piece, PARIS)).toEqual([]);
  });

  test('a minute more is a minute of the next month, and a minute less leaves one out', () => {
    const one = october.amount / BigInt(october.minutes);
    const longer = {
      ...october,
      end: october.end + MINUTE,
      minutes: october.minutes + 1,
      amount: october.amount + one,
    };
    expect(checkBilledCharge(longer, PARIS)).toEqual([expect.stringMatching(/^usageMonth: /)]);
    const shorter = {
      ...october,
      end: october.end - MINUTE,
      minutes: october.minutes - 1,
      amount: october.amount - one,
    };
    expect(checkBilledCharge(shorter, PARIS)).toEqual([
      expect.stringMatching(/^end: .* is before 2026-10-31T23:00/),
    ]);
  });

  test('a charge that starts with a month is in it, and one that starts with the next month is not', () => {
    const { start: first, end: last } = UTC.month('2026-10');
    const endedAt = (time: number) => ({ cause: 'fact', fact: { source: 's', id: 'e', time } }) as const;
    const pieceFrom = (from: number) =>
      sound({
        start: from,
        end: from + 10 * MINUTE,
        openedBy: { ...openedBy, time: from },
        endedBy: endedAt(from + 10 * MINUTE),
      });
    expect(checkBilledCharge(pieceFrom(first), UTC)).toEqual([]);
    expect(checkBilledCharge(pieceFrom(first - 1), UTC)).toEqual([expect.stringMatching(/^usageMonth: /)]);
    expect(checkBilledCharge(pieceFrom(last - 9 * MINUTE - 1), UTC)).toEqual([]);
    expect(checkBilledCharge(pieceFrom(last - 9 * MINUTE), UTC)).toEqual([
      expect.stringMatching(/^usageMonth: /),
    ]);
  });

  test('a minute that starts with a month is of it, and not of the month before', () => {
    const turn = at('2026-11-01T00:00:00Z');
    const minute = sound({
      openedBy: { ...openedBy, time: turn },
      start: turn,
      end: turn + MINUTE,
      endedBy: { cause: 'price change' },
      minutes: 1,
      amount: 30_000_000_000n,
    });
    expect(checkBilledCharge({ ...minute, usageMonth: '2026-11' }, UTC)).toEqual([]);
    const longer = { ...minute, start: turn - MINUTE, openedBy: { ...openedBy, time: turn - MINUTE } };
    expect(
      checkBilledCharge({ ...longer, minutes: 2, amount: 2n * minute.amount, usageMonth: '2026-10' }, UTC),
    ).toEqual([expect.stringMatching(/^usageMonth: /)]);
  });

  test('the billing zone decides', () => {
    expect(checkBilledCharge(october, UTC)).toEqual([expect.stringMatching(/^end: /)]);
    expect(checkBilledCharge(november, UTC)).toEqual([expect.stringMatching(/^usageMonth: /)]);
  });
});

const anyTariff = fc.record({
  hour: fc.integer({ min: -1000, max: 1500 }),
  seconds: fc.integer({ min: 0, max: 59 }),
  price: fc.constantFrom('0.03', '0.04', '1.93', undefined),
  maxRunningMs: fc.constantFrom(30 * MINUTE, 26 * HOUR, 672 * HOUR, 90_500),
});
const anyStep = fc.record({
  status: fc.constantFrom('RUNNING' as const, 'RUNNING' as const, 'PENDING' as const, 'DONE' as const),
  time: fc.integer({ min: 0, max: 1500 * HOUR }),
});

test('every derived charge passes its check as a billed charge (I8)', () => {
  fc.assert(
    fc.property(
      fc.array(anyTariff, { maxLength: 5 }),
      fc.array(anyStep, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York', 'Asia/Kathmandu'),
      fc.boolean(),
      (tariffs, steps, zone, isStated) => {
        const begin = at('2026-09-20T00:00:00Z');
        const facts = steps.map(({ status, time }, index) =>
          transition(status, begin + time, { id: `e-${index}`, ...(isStated && { resources: twoCpus }) }),
        );
        const book = tariffs.map(({ hour, seconds, price, maxRunningMs }, index) => ({
          ...tariffFrom('2026-09-20T00:00:00Z'),
          effectiveFrom: begin + hour * HOUR + seconds * 1000,
          revision: index + 1,
          maxRunningMs,
          pricePerHour: price === undefined ? {} : { 'ai1-1-cpu': price },
        }));
        for (const charge of derive([...facts, cutoff('2027-01')], book, zone))
          if (charge.kind === 'final')
            expect(checkBilledCharge(toBilledCharge(charge), createCalendar(zone))).toEqual([]);
      },
    ),
    { numRuns: 500 },
  );
});
