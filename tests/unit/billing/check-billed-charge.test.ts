import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BilledCharge, toBilledCharge } from '../../../lib/billing/billed-charge.ts';
import { checkBilledCharge } from '../../../lib/billing/check-billed-charge.ts';
import type { LimitCause } from '../../../lib/billing/intervals.ts';
import { addMonths, createCalendar } from '../../../lib/billing/months.ts';
import type { Status } from '../../../lib/billing/statuses.ts';
import {
  at,
  billedCharge,
  cutoff,
  defaultTariff,
  derive,
  deriveFinal,
  HOUR,
  MINUTE,
  oneCpu,
  tariffFrom,
  transition,
  twoCpus,
  twoGpus,
} from './builders.ts';

const UTC = createCalendar('UTC');
const PARIS = createCalendar('Europe/Paris');

/** Ten minutes of one CPU with their exact amount. */
const sound = (changed: Partial<BilledCharge> = {}): BilledCharge =>
  billedCharge({ amount: 300_000_000_000_000n, ...changed });

const { start, end, openedBy } = sound();

test('a billed charge proves itself', () => {
  expect(checkBilledCharge(sound(), UTC)).toEqual([]);
  expect(checkBilledCharge(sound(), PARIS)).toEqual([]);
});

describe('a billed charge does not prove itself', () => {
  const fact = (time: number) => ({ cause: 'fact', fact: { source: 's', id: 'e', time } }) as const;
  const noFlavor = () => {
    const { flavor: _, unit: __, milliUnits: ___, statedBy: ____, ...rest } = sound();
    return rest;
  };
  const held = (from: number, cause: LimitCause = 'maxSilence') => ({ from, cause });

  test.each<[why: string, changed: Partial<BilledCharge>, problem: RegExp]>([
    [
      'with a minute too many',
      { minutes: 11, end, endedBy: fact(end), amount: 330_000_000_000_000n },
      /^minutes: expected 10, found 11$/,
    ],
    [
      'with a minute too few',
      { minutes: 9, end, endedBy: fact(end), amount: 270_000_000_000_000n },
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
    ['that holds time after an event', { held: held(end) }, /^held: /],
    [
      'that holds time from later on',
      { endedBy: { cause: 'limit' }, held: held(end + 1) },
      /^held from: expected/,
    ],
    [
      'that holds all of its interval and bills some',
      { endedBy: { cause: 'limit' }, held: held(end, 'forbidden step') },
      /^held: an interval is held whole if, and only if, a forbidden step opens it$/,
    ],
    [
      'with another amount',
      { amount: 300_000_000_000_001n },
      /^amountTimes60: expected 0.3, found 0.300000000000001$/,
    ],
    ['with other units', { milliUnits: 2_000 }, /^amountTimes60: expected 0.6, found 0.3$/],
    ['with another price', { pricePerHour: '0.04' }, /^amountTimes60: expected 0.4, found 0.3$/],
  ])('%s', (_, changed, problem) => {
    expect(checkBilledCharge({ ...sound(), ...changed }, UTC)).toEqual([expect.stringMatching(problem)]);
  });

  test.each(['price change', 'resources change'] as const)('that ends by %s inside a minute', (cause) => {
    const changed = { end: end - 1, endedBy: { cause } } as const;
    expect(checkBilledCharge({ ...sound(), ...changed }, UTC)).toEqual([
      expect.stringContaining('is inside a minute'),
    ]);
    expect(checkBilledCharge({ ...sound(), endedBy: { cause } }, UTC)).toEqual([]);
  });

  test('with a price and no flavor, units and no flavor, or a price of no tariff', () => {
    const { tariff: _, ...noTariff } = sound();
    const { flavor: __, ...halfStated } = sound();
    const { statedBy: ___, ...notStated } = sound();
    const { unit: ____, ...noUnit } = sound();
    const { milliUnits: _____, ...noCount } = sound();
    const { pricePerHour: ______, ...noPrice } = sound();
    const { milliUnits: _______, ...noFlavorButPrice } = noFlavor() as Partial<BilledCharge>;
    for (const [broken, problem] of [
      [{ ...noFlavorButPrice, milliUnits: 1_000 } as BilledCharge, 'pricePerHour: '],
      [noTariff, 'pricePerHour: '],
      [noUnit, 'pricePerHour: '],
      [halfStated, 'flavor and statedBy: '],
      [notStated, 'flavor and statedBy: '],
      [noCount, 'units and pricePerHour: '],
      [noPrice, 'units and pricePerHour: '],
    ] as const)
      expect(checkBilledCharge(broken, UTC)).toEqual([expect.stringContaining(problem)]);
  });

  test('with an amount and no price', () => {
    const { pricePerHour: _, milliUnits: __, ...unrated } = sound();
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

  test('what starts with a month is in it, and what starts with the next one is not', () => {
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
      amount: 30_000_000_000_000n,
    });
    expect(checkBilledCharge({ ...minute, usageMonth: '2026-11' }, UTC)).toEqual([]);
    const longer = { ...minute, start: turn - MINUTE, openedBy: { ...openedBy, time: turn - MINUTE } };
    expect(
      checkBilledCharge({ ...longer, minutes: 2, amount: 2n * minute.amount, usageMonth: '2026-10' }, UTC),
    ).toEqual([expect.stringMatching(/^usageMonth: /)]);
  });

  test('the zone decides', () => {
    expect(checkBilledCharge(october, UTC)).toEqual([expect.stringMatching(/^end: /)]);
    expect(checkBilledCharge(november, UTC)).toEqual([expect.stringMatching(/^usageMonth: /)]);
  });
});

describe('an interval held whole', () => {
  const facts = [
    transition('FAILED', '2026-10-05T10:00:05Z'),
    transition('RUNNING', '2026-10-05T10:00:05.400Z', { resources: twoGpus }),
  ];
  const [whole] = deriveFinal(facts).map(toBilledCharge);
  if (!whole) throw new Error('it is held');

  test('proves itself: no minute, from its start on', () => {
    expect(checkBilledCharge(whole, UTC)).toEqual([]);
    const { flavor: _, unit: __, milliUnits: ___, statedBy: ____, pricePerHour: _____, ...unrated } = whole;
    expect(checkBilledCharge(unrated, UTC)).toEqual([]);
  });

  test.each<[why: string, changed: Partial<BilledCharge>, problem: RegExp]>([
    ['with a minute', { minutes: 1, amount: 2_000n * 1_930_000_000_000n }, /^minutes: expected 0, found 1$/],
    ['with an amount', { amount: 1n }, /^amountTimes60: /],
    ['by another cause', { held: { from: whole.start, cause: 'maxSilence' } }, /^held: /],
    ['from later on', { held: { from: whole.start + 1, cause: 'forbidden step' } }, /^end: /],
    ['that ends by a fact', { endedBy: { cause: 'fact', fact: whole.openedBy } }, /^held: /],
    ['in another month', { usageMonth: '2026-11' }, /^usageMonth: /],
    ['in the month before', { usageMonth: '2026-09' }, /^usageMonth: /],
    [
      'from a later minute of its interval',
      {
        start: whole.start + MINUTE,
        end: whole.start + MINUTE,
        held: { from: whole.start + MINUTE, cause: 'forbidden step' },
      },
      /^held: /,
    ],
  ])('does not prove itself %s', (_, changed, problem) => {
    expect(checkBilledCharge({ ...whole, ...changed }, UTC)).toEqual([expect.stringMatching(problem)]);
  });
});

const anyTariff = fc.record({
  hour: fc.integer({ min: -1000, max: 1500 }),
  seconds: fc.integer({ min: 0, max: 59 }),
  price: fc.constantFrom('0.03', '0.04', '1.93', undefined),
  unit: fc.constantFrom('cpu' as const, 'cpu' as const, 'gpu' as const),
  maxRunningMs: fc.constantFrom(30 * MINUTE, 26 * HOUR, 672 * HOUR, 90_500),
  maxSilenceMs: fc.constantFrom(168 * HOUR, 168 * HOUR, 26 * HOUR, 61_000),
});
const anyStep = fc.record({
  status: fc.constantFrom<Status>('RUNNING', 'RUNNING', 'RUNNING', 'PENDING', 'RESTARTING', 'DONE'),
  time: fc.integer({ min: 0, max: 1500 * HOUR }),
  resources: fc.constantFrom(undefined, undefined, twoCpus, oneCpu, {
    flavor: 'ai1-1-cpu',
    milliUnits: { cpu: 1_500, gpu: 500 },
  }),
});
const anyJob = fc
  .tuple(
    fc.array(anyTariff, { maxLength: 5 }),
    fc.array(anyStep, { minLength: 1, maxLength: 6 }),
    fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York', 'Asia/Kathmandu'),
    fc.option(fc.constantFrom(HOUR, 30 * HOUR, 90_500), { nil: undefined }),
  )
  .map(([tariffs, steps, zone, timeoutMs]) => {
    const begin = at('2026-09-20T00:00:00Z');
    const facts = steps.map(({ status, time, resources }, index) =>
      transition(status, begin + time, {
        id: `e-${index}`,
        ...(resources && { resources }),
        ...(timeoutMs !== undefined && { timeoutMs }),
      }),
    );
    const book = tariffs.map(({ hour, seconds, price, unit, ...limits }, index) => ({
      ...tariffFrom('2026-09-20T00:00:00Z', limits),
      effectiveFrom: begin + hour * HOUR + seconds * 1000,
      revision: index + 1,
      prices: price === undefined ? {} : { 'ai1-1-cpu': { unit, pricePerHour: price } },
    }));
    const charges = derive([...facts, cutoff('2027-01')], book, zone);
    return {
      calendar: createCalendar(zone),
      charges: charges.flatMap((charge) => (charge.kind === 'final' ? [toBilledCharge(charge)] : [])),
    };
  });

test('every charge that can be derived proves itself (I8), one that is held whole too', () => {
  fc.assert(
    fc.property(anyJob, ({ charges, calendar }) => {
      for (const charge of charges) expect(checkBilledCharge(charge, calendar)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

/** Each member of a charge that its own evidence proves, changed. */
const forge = (charge: BilledCharge): Record<string, Partial<BilledCharge>> => {
  const { start, end, minutes, amount, openedBy, endedBy, held, milliUnits, pricePerHour } = charge;
  const other = (time: number) => ({ source: 's', id: 'e', time });
  const isPriced = pricePerHour !== undefined;
  return {
    'usageMonth, later': { usageMonth: addMonths(charge.usageMonth, 1) },
    'usageMonth, earlier': { usageMonth: addMonths(charge.usageMonth, -1) },
    'start, later': { start: start + 1 },
    'start, earlier': { start: start - MINUTE },
    'end, a minute later': { end: end + MINUTE },
    'end, a minute earlier': { end: end - MINUTE },
    'minutes, more': { minutes: minutes + 1 },
    'minutes, fewer': { minutes: minutes - 1 },
    amount: { amount: amount + 1n },
    'openedBy, a millisecond later': { openedBy: other(openedBy.time + 1) },
    'openedBy, after the start': { openedBy: other(start + MINUTE) },
    'endedBy, now': { endedBy: { cause: 'now' } },
    'endedBy, another fact': { endedBy: { cause: 'fact', fact: other(end + 1) } },
    ...(endedBy.cause !== 'limit' && {
      'endedBy, a limit': { endedBy: { cause: 'limit' } },
      held: { held: { from: end, cause: 'maxRunning' } },
    }),
    ...(held && {
      'held, from another time': { held: { ...held, from: held.from + 1 } },
      'held, by another cause': {
        held: { ...held, cause: held.cause === 'forbidden step' ? 'timeout' : 'forbidden step' },
      },
      'held, by a fact': { endedBy: { cause: 'fact', fact: other(end) } },
    }),
    ...(isPriced && minutes > 0 && { milliUnits: { milliUnits: (milliUnits ?? 0) + 1 } }),
    ...(isPriced && minutes > 0 && { pricePerHour: { pricePerHour: `9${pricePerHour}` } }),
    ...(!isPriced && { 'pricePerHour, of an unrated charge': { pricePerHour: '0.03' } }),
    ...(!isPriced && { 'milliUnits, of an unrated charge': { milliUnits: 1_000 } }),
  };
};

/** Members without which a charge does not prove itself. */
const needed = ({ flavor, held, pricePerHour }: BilledCharge): (keyof BilledCharge)[] => [
  ...(flavor === undefined ? [] : (['flavor', 'statedBy'] as const)),
  ...(pricePerHour === undefined ? [] : (['unit', 'milliUnits', 'tariff', 'pricePerHour'] as const)),
  ...(held ? (['held'] as const) : []),
];

test('of every charge that can be derived, each member that is changed or missing is refused', () => {
  fc.assert(
    fc.property(anyJob, ({ charges, calendar }) => {
      for (const charge of charges) {
        const refused = (one: BilledCharge) => checkBilledCharge(one, calendar).length > 0;
        const changed = Object.entries(forge(charge));
        expect(
          changed.filter(([, change]) => !refused({ ...charge, ...change })).map(([name]) => name),
        ).toEqual([]);
        const without = (name: keyof BilledCharge) => {
          const { [name]: _, ...rest } = charge;
          return rest as BilledCharge;
        };
        expect(needed(charge).filter((name) => !refused(without(name)))).toEqual([]);
      }
    }),
    { numRuns: 300 },
  );
});
