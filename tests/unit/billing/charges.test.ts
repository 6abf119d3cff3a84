import { describe, expect, test } from 'vitest';
import {
  type DerivedCharge,
  type FinalCharge,
  isUnrated,
  latestMonth,
  type OpenCharge,
  priceOpenCharge,
} from '../../../lib/billing/charges.ts';
import type { Transition } from '../../../lib/billing/facts.ts';
import { formatMinor, roundHalfUp } from '../../../lib/billing/money.ts';
import { createCalendar } from '../../../lib/billing/months.ts';
import { createTariffBook, type Tariff } from '../../../lib/billing/tariff.ts';
import {
  at,
  cutoff,
  DAY,
  defaultTariff,
  derive,
  deriveFinal,
  HOUR,
  MINUTE,
  oneCpu,
  pricesOf,
  retraction,
  tariffFrom,
  transition,
  twoCpus,
  twoGpus,
} from './builders.ts';

const running = (time: string | number, overrides: Partial<Transition> = {}) =>
  transition('RUNNING', time, { resources: oneCpu, ...overrides });
const done = (time: string | number) => transition('DONE', time);

const euros = (charges: readonly FinalCharge[]) =>
  formatMinor(
    roundHalfUp(
      charges.reduce((sum, charge) => sum + charge.amount, 0n),
      'EUR',
    ),
    'EUR',
  );
const minutes = (charges: readonly FinalCharge[]) => charges.reduce((sum, charge) => sum + charge.minutes, 0);
const pieces = (charges: readonly FinalCharge[]) =>
  charges.map(({ usageMonth, start, minutes, pricePerHour }) => [
    usageMonth,
    new Date(start).toISOString(),
    minutes,
    pricePerHour,
  ]);
const kinds = (charges: readonly DerivedCharge[]) =>
  charges.map(({ kind, usageMonth }) => `${kind} ${usageMonth}`);
const openOf = (charges: readonly DerivedCharge[]): OpenCharge => {
  const last = charges.at(-1);
  if (last?.kind !== 'open') throw new Error('no charge is open');
  return last;
};
const priceUntil = (
  charges: readonly DerivedCharge[],
  now: string | number,
  tariffs: readonly Tariff[] = [defaultTariff],
) =>
  priceOpenCharge(
    openOf(charges),
    createTariffBook(tariffs),
    createCalendar('UTC'),
    typeof now === 'number' ? now : at(now),
  );

describe('the examples of the product page', () => {
  test('one job with two CPUs for 10 days costs 14.40', () => {
    const facts = [running('2026-10-05T08:00:00Z', { resources: twoCpus }), done('2026-10-15T08:00:00Z')];
    expect(euros(deriveFinal(facts))).toBe('14.40');
  });

  test('one job with two GPUs for 5 hours costs 19.30, its CPUs included', () => {
    const facts = [running('2026-10-05T08:00:00Z', { resources: twoGpus }), done('2026-10-05T13:00:00Z')];
    expect(euros(deriveFinal(facts))).toBe('19.30');
  });

  test('only RUNNING of a whole life is charged', () => {
    const facts = [
      transition('QUEUED', '2026-10-05T07:00:00Z', { resources: twoGpus }),
      transition('INITIALIZING', '2026-10-05T07:10:00Z'),
      transition('PENDING', '2026-10-05T07:40:00Z'),
      transition('RUNNING', '2026-10-05T08:00:00Z'),
      transition('INTERRUPTING', '2026-10-05T13:00:00Z'),
      transition('FINALIZING', '2026-10-05T13:05:00Z'),
      transition('INTERRUPTED', '2026-10-05T13:30:00Z'),
    ];
    expect(euros(deriveFinal(facts))).toBe('19.30');
  });
});

test('a charge explains itself: facts, minutes, units, tariff, price and exact amount (I8)', () => {
  const opened = running('2026-10-05T08:00:00Z', { resources: twoGpus });
  const closed = done('2026-10-05T08:10:30.500Z');
  expect(derive([opened, closed])).toEqual([
    {
      kind: 'final',
      jobId: 'job-1',
      projectId: 'proj-1',
      usageMonth: '2026-10',
      flavor: 'ai1-1-gpu',
      unit: 'gpu',
      milliUnits: 2_000,
      start: opened.time,
      end: closed.time,
      minutes: 11,
      tariff: '2023-02-14T00:00:00.000Z#1',
      pricePerHour: '1.93',
      amount: 11n * 2n * 1_930_000_000_000n,
      openedBy: { source: opened.source, id: opened.id, time: opened.time },
      endedBy: { cause: 'fact', fact: { source: closed.source, id: closed.id, time: closed.time } },
    },
  ]);
});

describe('commenced minutes', () => {
  test.each([
    [0, 0],
    [1, 1],
    [59_999, 1],
    [60_000, 1],
    [60_001, 2],
  ])('an interval of %i ms has %i', (duration, expected) => {
    const start = at('2026-10-05T08:00:12.345Z');
    expect(minutes(deriveFinal([running(start), done(start + duration)]))).toBe(expected);
  });

  test('every run of a restarted job commences its own', () => {
    const facts = [
      running('2026-10-05T08:00:00Z'),
      transition('RESTARTING', '2026-10-05T08:00:30Z'),
      running('2026-10-05T08:00:40Z'),
      done('2026-10-05T08:00:50Z'),
    ];
    expect(pieces(deriveFinal(facts))).toEqual([
      ['2026-10', '2026-10-05T08:00:00.000Z', 1, '0.03'],
      ['2026-10', '2026-10-05T08:00:40.000Z', 1, '0.03'],
    ]);
  });

  test('a step between two billable statuses does not round', () => {
    const tariff = tariffFrom('2026-01-27T00:00:00Z', { billableStatuses: ['PENDING', 'RUNNING'] });
    const facts = [
      transition('PENDING', '2026-10-05T08:00:00Z', { resources: oneCpu }),
      running('2026-10-05T08:00:30Z'),
      done('2026-10-05T08:01:00Z'),
    ];
    expect(minutes(deriveFinal(facts, [tariff]))).toBe(1);
  });
});

describe('months', () => {
  test('a minute that straddles midnight of the 1st belongs to the month it started in', () => {
    expect(pieces(deriveFinal([running('2026-10-31T23:58:30Z'), done('2026-11-01T00:01:00Z')]))).toEqual([
      ['2026-10', '2026-10-31T23:58:30.000Z', 2, '0.03'],
      ['2026-11', '2026-11-01T00:00:30.000Z', 1, '0.03'],
    ]);
  });

  test('the pieces say why they end', () => {
    const charges = deriveFinal([running('2026-10-31T23:00:00Z'), done('2026-11-01T01:00:00Z')]);
    expect(charges.map((charge) => [charge.endedBy.cause, new Date(charge.end).toISOString()])).toEqual([
      ['month end', '2026-11-01T00:00:00.000Z'],
      ['fact', '2026-11-01T01:00:00.000Z'],
    ]);
  });

  test('29 February is charged', () => {
    const charges = deriveFinal([running('2028-02-28T00:00:00Z'), done('2028-03-02T00:00:00Z')]);
    expect(charges.map((charge) => charge.minutes)).toEqual([2 * 1440, 1440]);
  });

  test.each([
    // The night of 29 March lasts an hour less, that of 25 October an hour more.
    ['Europe/Paris', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', [['2026-03', 23 * 60]]],
    ['Europe/Paris', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', [['2026-10', 25 * 60]]],
    [
      'Europe/Paris',
      '2026-10-31T22:30:00Z',
      '2026-11-01T00:00:00Z',
      [
        ['2026-10', 30],
        ['2026-11', 60],
      ],
    ],
    [
      'Europe/Paris',
      '2026-03-31T21:30:00Z',
      '2026-03-31T23:00:00Z',
      [
        ['2026-03', 30],
        ['2026-04', 60],
      ],
    ],
    [
      'America/St_Johns',
      '2026-11-01T02:00:00Z',
      '2026-11-01T06:00:00Z',
      [
        ['2026-10', 30],
        ['2026-11', 210],
      ],
    ],
    [
      'Australia/Lord_Howe',
      '2026-03-31T12:59:00Z',
      '2026-04-05T13:00:00Z',
      [
        ['2026-03', 1],
        ['2026-04', 7200],
      ],
    ],
  ] as const)('%s: from %s to %s', (zone, start, end, expected) => {
    const charges = deriveFinal([running(start), done(end)], [defaultTariff], zone);
    expect(charges.map((charge) => [charge.usageMonth, charge.minutes])).toEqual(expected);
  });
});

describe('prices', () => {
  const raised = tariffFrom('2026-10-05T08:10:30Z', { prices: pricesOf({ 'ai1-1-cpu': '0.06' }) });

  test('a change in mid-minute counts from the next minute on', () => {
    const facts = [running('2026-10-05T08:00:00Z'), done('2026-10-05T08:20:00Z')];
    const charges = deriveFinal(facts, [defaultTariff, raised]);
    expect(pieces(charges)).toEqual([
      ['2026-10', '2026-10-05T08:00:00.000Z', 11, '0.03'],
      ['2026-10', '2026-10-05T08:11:00.000Z', 9, '0.06'],
    ]);
    expect(charges.map((charge) => [charge.endedBy.cause, charge.tariff])).toEqual([
      ['price change', '2023-02-14T00:00:00.000Z#1'],
      ['fact', '2026-10-05T08:10:30.000Z#1'],
    ]);
  });

  test('a change at the start of a minute counts for that minute', () => {
    const facts = [running('2026-10-05T08:00:30Z'), done('2026-10-05T08:20:30Z')];
    expect(deriveFinal(facts, [defaultTariff, raised]).map((charge) => charge.minutes)).toEqual([10, 10]);
  });

  test('a new tariff with the same price does not cut', () => {
    const same = tariffFrom('2026-10-05T08:10:00Z', {
      prices: pricesOf({ 'ai1-1-cpu': '0.03', 'ai1-1-gpu': '9' }),
    });
    const facts = [running('2026-10-05T08:00:00Z'), done('2026-10-05T08:20:00Z')];
    expect(deriveFinal(facts, [defaultTariff, same])).toHaveLength(1);
  });

  describe('that last less than a minute and meet no start of one', () => {
    const brief = (at: string, pricePerHour: Tariff['pricePerHour']) => [
      tariffFrom(`${at}:10Z`, { pricePerHour }),
      tariffFrom(`${at}:50Z`),
    ];
    const facts = [running('2026-10-05T08:00:00Z'), done('2026-10-05T08:20:00Z')];

    test.each([
      ['other', { 'ai1-1-cpu': '5' }],
      ['no', {}],
    ])('cut nothing: %s price', (_, pricePerHour) => {
      const tariffs = [defaultTariff, ...brief('2026-10-05T08:10', pricePerHour)];
      expect(deriveFinal(facts, tariffs)).toEqual(deriveFinal(facts));
    });

    test('cut nothing of what is running either', () => {
      const tariffs = createTariffBook([defaultTariff, ...brief('2026-10-05T08:10', {})]);
      const open = openOf(derive([running('2026-10-05T08:00:00Z')]));
      const priced = priceOpenCharge(open, tariffs, createCalendar('UTC'), at('2026-10-05T08:20:00Z'));
      expect(pieces(priced)).toEqual([['2026-10', '2026-10-05T08:00:00.000Z', 20, '0.03']]);
    });

    test('leave the piece that follows to end for its own reason', () => {
      const raised = tariffFrom('2026-10-05T08:15:00Z', { prices: pricesOf({ 'ai1-1-cpu': '0.06' }) });
      const overMonths = [running('2026-10-05T08:00:00Z'), done('2026-11-01T00:10:00Z')];
      const briefly = brief('2026-10-05T08:10', { 'ai1-1-cpu': '5' });
      const piecesUnder = (tariffs: readonly Tariff[]) =>
        deriveFinal(overMonths, tariffs).map(({ start, end, minutes, endedBy }) => ({
          ...{ start, end, minutes, endedBy },
        }));
      for (const later of [[], [raised]])
        expect(piecesUnder([defaultTariff, ...briefly, ...later])).toEqual(
          piecesUnder([defaultTariff, ...later]),
        );
    });
  });

  test('a change at the turn of a month ends one piece, not two', () => {
    const january = tariffFrom('2027-01-01T00:00:00Z', { prices: pricesOf({ 'ai1-1-cpu': '0.06' }) });
    const charges = deriveFinal(
      [running('2026-12-31T23:00:00Z'), done('2027-01-01T01:00:00Z')],
      [defaultTariff, january],
    );
    expect(pieces(charges)).toEqual([
      ['2026-12', '2026-12-31T23:00:00.000Z', 60, '0.03'],
      ['2027-01', '2027-01-01T00:00:00.000Z', 60, '0.06'],
    ]);
    expect(charges[0]?.endedBy).toEqual({ cause: 'month end' });
  });

  test('are those in force when a minute starts, the rule that when the status was entered', () => {
    const pendingToo = tariffFrom('2026-10-05T08:10:00Z', {
      billableStatuses: ['PENDING', 'RUNNING'],
      prices: pricesOf({ 'ai1-1-cpu': '0.06' }),
    });
    const facts = [
      transition('PENDING', '2026-10-05T08:00:00Z', { resources: oneCpu }),
      running('2026-10-05T08:05:00Z'),
      done('2026-10-05T08:20:00Z'),
    ];
    expect(pieces(deriveFinal(facts, [defaultTariff, pendingToo]))).toEqual([
      ['2026-10', '2026-10-05T08:05:00.000Z', 5, '0.03'],
      ['2026-10', '2026-10-05T08:10:00.000Z', 10, '0.06'],
    ]);
  });
});

describe('unrated time', () => {
  const facts = [transition('RUNNING', '2026-10-05T08:00:00Z'), done('2026-10-05T08:10:00Z')];

  test('without resources is metered, visible and worth nothing yet', () => {
    const [charge] = deriveFinal(facts);
    expect(charge).toMatchObject({ minutes: 10, amount: 0n });
    expect(charge).not.toHaveProperty('flavor');
    expect(charge).not.toHaveProperty('units');
    expect(charge).not.toHaveProperty('tariff');
    expect(charge && isUnrated(charge)).toBe(true);
  });

  test('without resources is split at the end of a month like any other', () => {
    const charges = deriveFinal([
      transition('RUNNING', '2026-10-31T23:50:00Z'),
      done('2026-11-01T00:10:00Z'),
    ]);
    expect(charges.map(({ usageMonth, minutes, endedBy }) => [usageMonth, minutes, endedBy.cause])).toEqual([
      ['2026-10', 10, 'month end'],
      ['2026-11', 10, 'fact'],
    ]);
  });

  test('is billed once the resources arrive, whichever event brings them', () => {
    const late = transition('QUEUED', '2026-10-05T07:00:00Z', { resources: twoCpus });
    const [charge] = deriveFinal([...facts, late]);
    expect(charge).toMatchObject({ minutes: 10, milliUnits: 2_000, pricePerHour: '0.03' });
    expect(charge && isUnrated(charge)).toBe(false);
  });

  test('of a flavor without a price keeps its flavor, units and tariff', () => {
    const unknown = { flavor: 'ai9-9-gpu', cpu: 4, gpu: 1 };
    const [charge] = deriveFinal([
      running('2026-10-05T08:00:00Z', { resources: unknown }),
      done('2026-10-05T08:10:00Z'),
    ]);
    expect(charge).toMatchObject({
      flavor: 'ai9-9-gpu',
      unit: 'gpu',
      milliUnits: 1_000,
      minutes: 10,
      amount: 0n,
    });
    expect(charge?.tariff).toBe('2023-02-14T00:00:00.000Z#1');
    expect(charge).not.toHaveProperty('pricePerHour');
  });

  test('is what a job runs without any tariff', () => {
    const [charge] = deriveFinal([running('2026-10-05T08:00:00Z'), done('2026-10-05T08:10:00Z')], []);
    expect(charge).toMatchObject({ minutes: 10, amount: 0n, flavor: 'ai1-1-cpu' });
    expect(charge).not.toHaveProperty('tariff');
    expect(charge && isUnrated(charge)).toBe(true);
  });

  test('ends where the first tariff begins', () => {
    const first = tariffFrom('2026-10-05T08:04:00Z');
    const charges = deriveFinal([running('2026-10-05T08:00:00Z'), done('2026-10-05T08:10:00Z')], [first]);
    expect(charges.map((charge) => [charge.minutes, isUnrated(charge)])).toEqual([
      [4, true],
      [6, false],
    ]);
  });

  test('a price of nothing is a price', () => {
    const free = tariffFrom('2026-01-01T00:00:00Z', { prices: pricesOf({ 'ai1-1-cpu': '0' }) });
    const [charge] = deriveFinal([running('2026-10-05T08:00:00Z'), done('2026-10-05T08:10:00Z')], [free]);
    expect(charge?.amount).toBe(0n);
    expect(charge && isUnrated(charge)).toBe(false);
  });
});

describe('the limit', () => {
  const start = at('2026-10-01T08:00:00Z');
  const limit = start + 28 * DAY;

  test('exactly reached holds nothing', () => {
    const [charge] = deriveFinal([running(start), done(limit)]);
    expect(charge).toMatchObject({ minutes: 28 * 1440, end: limit, endedBy: { cause: 'fact' } });
    expect(charge).not.toHaveProperty('held');
  });

  test('exceeded by a stopped job holds the rest until the stop', () => {
    const charges = deriveFinal([running(start), done(limit + 1)]);
    expect(minutes(charges)).toBe(28 * 1440);
    expect(charges.at(-1)).toMatchObject({
      end: limit,
      endedBy: { cause: 'limit' },
      held: { from: limit, until: limit + 1 },
    });
  });

  test('in a later month than the start holds on the last piece only', () => {
    const charges = deriveFinal([running('2026-10-20T00:00:00Z'), done('2026-12-05T00:00:00Z')]);
    expect(charges.map(({ usageMonth, minutes, held }) => [usageMonth, minutes, held?.from])).toEqual([
      ['2026-10', 12 * 1440, undefined],
      ['2026-11', 16 * 1440, at('2026-11-17T00:00:00Z')],
    ]);
  });

  test('exceeded by a running job leaves no open charge once a month has begun after it', () => {
    const charges = derive([running(start), cutoff('2026-11')]);
    expect(kinds(charges)).toEqual(['final 2026-10']);
    expect(charges[0]).toMatchObject({
      minutes: 28 * 1440,
      endedBy: { cause: 'limit' },
      held: { from: limit },
    });
    expect(charges[0]).not.toHaveProperty('held.until');
  });

  test('leaves the piece open in the month it falls into', () => {
    const charges = derive([running('2026-10-20T00:00:00Z'), cutoff('2026-11')]);
    expect(kinds(charges)).toEqual(['final 2026-10', 'open 2026-11']);
    expect(charges[0]).not.toHaveProperty('held');
    expect(openOf(charges).limit).toBe(at('2026-11-17T00:00:00Z'));
  });

  test('at the very end of a month leaves no piece to the next', () => {
    const tariff = tariffFrom('2026-01-01T00:00:00Z', { maxRunningMs: DAY });
    const charges = derive([running('2026-10-31T00:00:00Z'), cutoff('2026-11')], [tariff]);
    expect(kinds(charges)).toEqual(['final 2026-10']);
    expect(charges[0]).toMatchObject({ minutes: 1440, held: { from: at('2026-11-01T00:00:00Z') } });
  });

  test('is settled by a late stop, and released by a tariff with a longer one', () => {
    expect(minutes(deriveFinal([running(start), cutoff('2026-11'), done(start + HOUR)]))).toBe(60);
    const longer = { ...defaultTariff, revision: 2, maxRunningMs: 30 * DAY };
    const [charge, rest] = deriveFinal([running(start), done(limit + DAY)], [defaultTariff, longer]);
    expect([charge?.minutes, rest]).toEqual([29 * 1440, undefined]);
    expect(charge).not.toHaveProperty('held');
  });

  test('that is no whole number of minutes bills the minute it falls into', () => {
    const tariff = tariffFrom('2026-01-01T00:00:00Z', { maxRunningMs: 90_000 });
    const [charge] = deriveFinal([running(start), done(start + HOUR)], [tariff]);
    expect(charge).toMatchObject({
      minutes: 2,
      end: start + 90_000,
      held: { from: start + 90_000, until: start + HOUR },
    });
  });
});

describe('an open charge', () => {
  test('is all a running job has within one month, without end, amount or price', () => {
    expect(derive([running('2026-10-05T08:00:00Z', { resources: twoGpus })])).toEqual([
      {
        kind: 'open',
        jobId: 'job-1',
        projectId: 'proj-1',
        usageMonth: '2026-10',
        start: at('2026-10-05T08:00:00Z'),
        flavor: 'ai1-1-gpu',
        unit: 'gpu',
        milliUnits: 2_000,
        openedBy: {
          source: 'https://gra.training.example',
          id: 'RUNNING@2026-10-05T08:00:00Z',
          time: at('2026-10-05T08:00:00Z'),
        },
        limit: at('2026-11-02T08:00:00Z'),
      },
    ]);
  });

  test('lies in the month of the latest cut; earlier months are final', () => {
    const charges = derive([running('2026-10-31T23:58:30Z'), cutoff('2026-11')]);
    expect(kinds(charges)).toEqual(['final 2026-10', 'open 2026-11']);
    expect(charges[0]).toMatchObject({ minutes: 2, endedBy: { cause: 'month end' } });
    expect(openOf(charges).start).toBe(at('2026-11-01T00:00:30Z'));
  });

  test('lies in the month of the latest fact, even one that takes another back', () => {
    const early = transition('QUEUED', '2026-10-30T00:00:00Z');
    const charges = derive([
      running('2026-10-31T00:00:00Z'),
      early,
      retraction(early, '2026-11-02T00:00:00Z'),
    ]);
    expect(kinds(charges)).toEqual(['final 2026-10', 'open 2026-11']);
  });

  test('of a job reported again next month does not restart its interval', () => {
    const charges = derive([running('2026-10-31T23:59:30Z'), transition('RUNNING', '2026-11-03T00:00:00Z')]);
    expect(openOf(charges).start).toBe(at('2026-11-01T00:00:30Z'));
    expect(openOf(charges).openedBy.time).toBe(at('2026-10-31T23:59:30Z'));
  });

  test('is one charge however often the price changes', () => {
    const charges = derive(
      [running('2026-11-05T08:00:00Z')],
      [defaultTariff, tariffFrom('2026-11-06T00:00:00Z', { prices: pricesOf({ 'ai1-1-cpu': '0.06' }) })],
    );
    expect(kinds(charges)).toEqual(['open 2026-11']);
  });

  test('stays open in the order of its job after intervals that have ended', () => {
    const facts = [
      running('2026-10-05T08:00:00Z'),
      transition('FAILED', '2026-10-05T09:00:00Z'),
      running('2026-10-05T10:00:00Z'),
    ];
    expect(kinds(derive(facts))).toEqual(['final 2026-10', 'open 2026-10']);
  });

  describe('priced for a reader', () => {
    const charges = derive([running('2026-10-05T08:00:00Z')]);

    test('costs what it would if the job stopped now', () => {
      const [charge] = priceUntil(charges, '2026-10-05T08:10:01Z');
      expect(charge).toMatchObject({
        kind: 'final',
        usageMonth: '2026-10',
        minutes: 11,
        pricePerHour: '0.03',
        end: at('2026-10-05T08:10:01Z'),
        endedBy: { cause: 'now' },
      });
      expect(charge).not.toHaveProperty('limit');
      expect(charge).not.toHaveProperty('held');
    });

    test('costs nothing before it starts', () => {
      expect(priceUntil(charges, '2026-10-05T08:00:00Z')).toEqual([]);
      expect(priceUntil(charges, '2026-10-05T07:00:00Z')).toEqual([]);
    });

    test('runs on into the months and prices that no fact has reached yet', () => {
      const raised = tariffFrom('2026-10-20T00:00:00Z', { prices: pricesOf({ 'ai1-1-cpu': '0.06' }) });
      expect(pieces(priceUntil(charges, '2026-11-01T01:00:00Z', [defaultTariff, raised]))).toEqual([
        ['2026-10', '2026-10-05T08:00:00.000Z', 14 * 1440 + 16 * 60, '0.03'],
        ['2026-10', '2026-10-20T00:00:00.000Z', 12 * 1440, '0.06'],
        ['2026-11', '2026-11-01T00:00:00.000Z', 60, '0.06'],
      ]);
    });

    test('ends at its limit, exactly reached or exceeded', () => {
      const limit = at('2026-10-05T08:00:00Z') + 28 * DAY;
      const last = (now: number) => priceUntil(charges, now).at(-1);
      expect(last(limit)).toMatchObject({ end: limit, endedBy: { cause: 'now' } });
      expect(last(limit)).not.toHaveProperty('held');
      expect(last(limit + 1)).toMatchObject({
        end: limit,
        endedBy: { cause: 'limit' },
        held: { from: limit },
      });
      expect(minutes(priceUntil(charges, limit + DAY))).toBe(28 * 1440);
    });
  });
});

describe('late facts', () => {
  const start = '2026-10-05T08:00:00Z';
  const stop = done('2026-10-05T09:00:00Z');

  test('the order of arrival makes no difference, a retraction before its event included', () => {
    const inOrder = derive([running(start), stop, retraction(stop, '2026-10-05T10:00:00Z')]);
    const outOfOrder = derive([retraction(stop, '2026-10-05T10:00:00Z'), stop, running(start)]);
    expect(kinds(inOrder)).toEqual(['open 2026-10']);
    expect(outOfOrder).toEqual(inOrder);
  });

  test('a retracted start leaves nothing', () => {
    const mistaken = running(start);
    expect(derive([mistaken, stop, retraction(mistaken, '2026-10-05T10:00:00Z')])).toEqual([]);
  });

  test('a job of which everything is retracted has no charges, cuts or not', () => {
    const mistaken = running(start);
    expect(derive([mistaken, retraction(mistaken, start), cutoff('2026-11')])).toEqual([]);
  });

  test('an earlier transition moves the job to the project it names', () => {
    const earlier = transition('QUEUED', '2026-10-05T07:00:00Z', { projectId: 'proj-0' });
    expect(deriveFinal([running(start), stop, earlier]).map((charge) => charge.projectId)).toEqual([
      'proj-0',
    ]);
  });

  test('of no log is no charge', () => {
    expect(derive([])).toEqual([]);
  });
});

describe('the latest month', () => {
  const calendar = createCalendar('Europe/Paris');

  test('is that of the latest fact, retractions and cuts included, in the billing zone', () => {
    const october = running('2026-10-31T22:59:59Z');
    const november = transition('DONE', '2026-10-31T23:00:00Z');
    expect(latestMonth([october], calendar)).toBe('2026-10');
    expect(latestMonth([november, october], calendar)).toBe('2026-11');
    expect(latestMonth([october, retraction(october, '2026-12-05T00:00:00Z')], calendar)).toBe('2026-12');
    expect(latestMonth([cutoff('2027-01'), october, cutoff('2026-12')], calendar)).toBe('2027-01');
  });
});

test('units are GPUs when there are any, else CPUs', () => {
  const unitsOf = (resources: typeof oneCpu) => {
    const [charge] = deriveFinal([
      running('2026-10-05T08:00:00Z', { resources }),
      done('2026-10-05T08:00:00.001Z'),
    ]);
    return [charge?.unit, charge?.units, charge?.minutes];
  };
  expect(unitsOf({ flavor: 'ai1-1-gpu', cpu: 26, gpu: 1 })).toEqual(['gpu', 1, 1]);
  expect(unitsOf({ flavor: 'ai1-1-cpu', cpu: 26, gpu: 0 })).toEqual(['cpu', 26, 1]);
});

test('a stop within the minute that straddles midnight leaves nothing in the new month', () => {
  const start = at('2026-10-31T23:59:30Z');
  const charges = deriveFinal([running(start), done(start + MINUTE)]);
  expect(charges.map(({ usageMonth, minutes, endedBy }) => [usageMonth, minutes, endedBy.cause])).toEqual([
    ['2026-10', 1, 'fact'],
  ]);
});
