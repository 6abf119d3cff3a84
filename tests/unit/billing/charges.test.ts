import { describe, expect, test } from 'vitest';
import {
  type DerivedCharge,
  type FinalCharge,
  isUnrated,
  latestMonth,
  type OpenCharge,
  priceOpenCharge,
  priceUpTo,
} from '../../../lib/billing/charges.ts';
import type { Resources, Transition, Unit } from '../../../lib/billing/facts.ts';
import { amountTimes60, formatMinor, roundHalfUp } from '../../../lib/billing/money.ts';
import { createCalendar } from '../../../lib/billing/months.ts';
import { createTariffBook, type Tariff } from '../../../lib/billing/tariff.ts';
import {
  at,
  cutoff,
  DAY,
  defaultTariff,
  derive,
  deriveFinal,
  gpus,
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
const finals = (charges: readonly DerivedCharge[]) => charges.filter((charge) => charge.kind === 'final');
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
  const queued = transition('QUEUED', '2026-10-05T07:00:00Z', {
    resources: twoGpus,
    labels: { team: 'vision' },
  });
  const opened = transition('RUNNING', '2026-10-05T08:00:00Z');
  const closed = done('2026-10-05T08:10:30.500Z');
  expect(derive([queued, opened, closed])).toEqual([
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
      amount: 11n * 2_000n * 1_930_000_000_000n,
      openedBy: { source: opened.source, id: opened.id, time: opened.time },
      statedBy: { source: queued.source, id: queued.id, time: queued.time },
      labels: { team: 'vision' },
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
    const brief = (at: string, prices: Tariff['prices']) => [
      tariffFrom(`${at}:10Z`, { prices }),
      tariffFrom(`${at}:50Z`),
    ];
    const facts = [running('2026-10-05T08:00:00Z'), done('2026-10-05T08:20:00Z')];

    test.each([
      ['other', pricesOf({ 'ai1-1-cpu': '5' })],
      ['no', {}],
    ])('cut nothing: %s price', (_, prices) => {
      const tariffs = [defaultTariff, ...brief('2026-10-05T08:10', prices)];
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
      const briefly = brief('2026-10-05T08:10', pricesOf({ 'ai1-1-cpu': '5' }));
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
    expect(charge).not.toHaveProperty('unit');
    expect(charge).not.toHaveProperty('milliUnits');
    expect(charge).not.toHaveProperty('statedBy');
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

  test('of a flavor without a price keeps its flavor and tariff; only a price has a unit', () => {
    const unknown = { flavor: 'ai9-9-gpu', milliUnits: { cpu: 4_000, gpu: 1_000 } };
    const [charge] = deriveFinal([
      running('2026-10-05T08:00:00Z', { resources: unknown }),
      done('2026-10-05T08:10:00Z'),
    ]);
    expect(charge).toMatchObject({
      flavor: 'ai9-9-gpu',
      minutes: 10,
      amount: 0n,
    });
    expect(charge).not.toHaveProperty('unit');
    expect(charge).not.toHaveProperty('milliUnits');
    expect(charge?.tariff).toBe('2023-02-14T00:00:00.000Z#1');
    expect(charge).not.toHaveProperty('pricePerHour');
  });

  test('is a running job without a count of the priced unit: never billed by another count', () => {
    const hour = (resources: Resources) =>
      deriveFinal([running('2026-10-05T08:00:00Z', { resources }), done('2026-10-05T09:00:00Z')]);
    for (const gpu of [{}, { gpu: 0 }]) {
      const [charge, ...others] = hour({ flavor: 'ai1-1-gpu', milliUnits: { cpu: 13_000, ...gpu } });
      expect(others).toEqual([]);
      expect(charge).toMatchObject({ flavor: 'ai1-1-gpu', unit: 'gpu', minutes: 60, amount: 0n });
      expect(charge).toHaveProperty('tariff');
      expect(charge).not.toHaveProperty('milliUnits');
      expect(charge).not.toHaveProperty('pricePerHour');
      expect(charge && isUnrated(charge)).toBe(true);
    }
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

  test('exceeded by a stopped job holds nothing: its end is known', () => {
    const charges = deriveFinal([running(start), done(limit + 1)]);
    expect(minutes(charges)).toBe(28 * 1440 + 1);
    expect(charges.at(-1)).toMatchObject({ end: limit + 1, endedBy: { cause: 'fact' } });
    expect(charges.filter((charge) => charge.held)).toEqual([]);
  });

  test('in a later month than the start holds on the last piece only', () => {
    const charges = derive([running('2026-10-20T00:00:00Z'), cutoff('2026-12')]);
    expect(finals(charges).map(({ usageMonth, minutes, held }) => [usageMonth, minutes, held])).toEqual([
      ['2026-10', 12 * 1440, undefined],
      ['2026-11', 16 * 1440, { from: at('2026-11-17T00:00:00Z'), cause: 'maxRunning' }],
    ]);
  });

  test('exceeded by a running job leaves no open charge once a month has begun after it', () => {
    const charges = derive([running(start), cutoff('2026-11')]);
    expect(kinds(charges)).toEqual(['final 2026-10']);
    expect(charges[0]).toMatchObject({
      minutes: 28 * 1440,
      endedBy: { cause: 'limit' },
      held: { from: limit, cause: 'maxRunning' },
    });
  });

  test('leaves the piece open in the month it falls into', () => {
    const charges = derive([running('2026-10-20T00:00:00Z'), cutoff('2026-11')]);
    expect(kinds(charges)).toEqual(['final 2026-10', 'open 2026-11']);
    expect(charges[0]).not.toHaveProperty('held');
    expect(openOf(charges).limit).toEqual({ at: at('2026-11-17T00:00:00Z'), cause: 'maxRunning' });
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
    const log = [running(start), running(start + 27 * DAY), cutoff('2026-12')];
    const heldMinutes = (tariffs: Tariff[]) =>
      deriveFinal(log, tariffs).map(({ usageMonth, minutes, held }) => [usageMonth, minutes, held?.from]);
    expect(heldMinutes([defaultTariff])).toEqual([['2026-10', 28 * 1440, limit]]);
    expect(heldMinutes([defaultTariff, longer])).toEqual([['2026-10', 30 * 1440, limit + 2 * DAY]]);
  });

  test('that is no whole number of minutes bills the minute it falls into', () => {
    const tariff = tariffFrom('2026-01-01T00:00:00Z', { maxRunningMs: 90_000 });
    const [charge] = deriveFinal([running(start), cutoff('2026-11')], [tariff]);
    expect(charge).toMatchObject({
      minutes: 2,
      end: start + 90_000,
      held: { from: start + 90_000, cause: 'maxRunning' },
    });
  });
});

describe('an open charge', () => {
  test('is all a running job has within one month, without end, amount or price', () => {
    const evidence = {
      source: 'https://gra.training.example',
      id: 'RUNNING@2026-10-05T08:00:00Z',
      time: at('2026-10-05T08:00:00Z'),
    };
    const labels = { team: 'vision' };
    expect(derive([running('2026-10-05T08:00:00Z', { resources: twoGpus, labels })])).toEqual([
      {
        kind: 'open',
        jobId: 'job-1',
        projectId: 'proj-1',
        usageMonth: '2026-10',
        start: at('2026-10-05T08:00:00Z'),
        resources: twoGpus,
        labels: { team: 'vision' },
        openedBy: evidence,
        statedBy: evidence,
        limit: { at: at('2026-11-02T08:00:00Z'), cause: 'maxRunning' },
        longest: { at: at('2026-11-02T08:00:00Z'), cause: 'maxRunning' },
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
      transition('RESTARTING', '2026-10-05T09:30:00Z'),
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
        statedBy: { id: 'RUNNING@2026-10-05T08:00:00Z' },
      });
      expect(charge).not.toHaveProperty('resources');
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

    test('costs the same afterwards, from the charges of its stop up to that time', () => {
      const raised = tariffFrom('2026-10-20T00:00:30Z', { prices: pricesOf({ 'ai1-1-cpu': '0.06' }) });
      const tariffs = [defaultTariff, raised];
      const start = at('2026-10-19T23:58:10Z');
      const stopped = finals(derive([running(start), done('2026-11-01T00:02:00Z')], tariffs));
      const times = [0, 1, 60_000, 60_001, 140_000, 180_000, 240_000, 12 * DAY + 90_000, 12 * DAY + 109_999];
      for (const until of times.map((after) => start + after)) {
        const open = priceUntil(derive([running(start)], tariffs), until, tariffs);
        const cut = stopped.flatMap((charge) => priceUpTo(charge, until));
        expect(pieces(cut)).toEqual(pieces(open));
        expect(cut.map(({ end, amount }) => [end, amount])).toEqual(
          open.map(({ end, amount }) => [end, amount]),
        );
      }
      expect(stopped.flatMap((charge) => priceUpTo(charge, at('2026-11-01T00:02:00Z')))).toEqual(stopped);
    });

    test('ends at its limit, exactly reached or exceeded', () => {
      const limit = at('2026-10-05T08:00:00Z') + 28 * DAY;
      const last = (now: number) => priceUntil(charges, now).at(-1);
      expect(last(limit)).toMatchObject({ end: limit, endedBy: { cause: 'now' } });
      expect(last(limit)).not.toHaveProperty('held');
      expect(last(limit + 1)).toMatchObject({
        end: limit,
        endedBy: { cause: 'limit' },
        held: { from: limit, cause: 'maxRunning' },
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

  test('leave the job in its project', () => {
    const inProject = [running(start, { projectId: 'proj-0' }), { ...stop, projectId: 'proj-0' }];
    expect(deriveFinal(inProject).map((charge) => charge.projectId)).toEqual(['proj-0']);
  });

  test('of no log is no charge', () => {
    expect(derive([])).toEqual([]);
  });
});

describe('the last month with a charge', () => {
  const calendar = createCalendar('Europe/Paris');

  test('is that of the latest fact, retractions and cuts included, in the billing zone', () => {
    const october = running('2026-10-31T22:59:00Z');
    const november = transition('DONE', '2026-10-31T23:00:00Z');
    expect(latestMonth([october], calendar)).toBe('2026-10');
    expect(latestMonth([november, october], calendar)).toBe('2026-11');
    expect(latestMonth([october, retraction(october, '2026-12-05T00:00:00Z')], calendar)).toBe('2026-12');
    expect(latestMonth([cutoff('2027-01'), october, cutoff('2026-12')], calendar)).toBe('2027-01');
  });

  test('is that of the minute after it: there a change of resources counts first', () => {
    expect(latestMonth([running('2026-10-31T22:59:00.001Z')], calendar)).toBe('2026-11');
    const restated = [
      running('2026-10-31T22:58:30Z', { resources: gpus(1) }),
      running('2026-10-31T22:59:45Z', { resources: gpus(2) }),
    ];
    const charges = derive(restated, [defaultTariff], 'Europe/Paris');
    expect(kinds(charges)).toEqual(['final 2026-10', 'open 2026-11']);
    expect(openOf(charges).usageMonth).toBe(latestMonth(restated, calendar));
    expect(charges[0]).toMatchObject({ minutes: 2, milliUnits: 1_000, endedBy: { cause: 'month end' } });
  });
});

test('units are the count of the unit of the price, whatever else is stated', () => {
  const unitsOf = (resources: Resources, unit: Unit) => {
    const [charge] = deriveFinal(
      [running('2026-10-05T08:00:00Z', { resources }), done('2026-10-05T08:00:00.001Z')],
      [tariffFrom('2026-01-01T00:00:00Z', { prices: { any: { unit, pricePerHour: '1' } } })],
    );
    return [charge?.unit, charge?.milliUnits, charge?.minutes];
  };
  const all = { flavor: 'any', milliUnits: { cpu: 26_000, gpu: 1_000, node: 3_000 } };
  expect(unitsOf(all, 'gpu')).toEqual(['gpu', 1_000, 1]);
  expect(unitsOf(all, 'cpu')).toEqual(['cpu', 26_000, 1]);
  expect(unitsOf(all, 'node')).toEqual(['node', 3_000, 1]);
  expect(unitsOf({ flavor: 'any', milliUnits: { cpu: 26_000 } }, 'gpu')).toEqual(['gpu', undefined, 1]);
});

test('a stop within the minute that straddles midnight leaves nothing in the new month', () => {
  const start = at('2026-10-31T23:59:30Z');
  const charges = deriveFinal([running(start), done(start + MINUTE)]);
  expect(charges.map(({ usageMonth, minutes, endedBy }) => [usageMonth, minutes, endedBy.cause])).toEqual([
    ['2026-10', 1, 'fact'],
  ]);
});

describe('resources', () => {
  const start = at('2026-10-05T08:00:00Z');
  const causes = (charges: readonly FinalCharge[]) =>
    charges.map(({ milliUnits, minutes, endedBy }) => [milliUnits, minutes, endedBy.cause]);

  test('half a GPU for an hour costs 0.965, exactly', () => {
    const [charge] = deriveFinal([running(start, { resources: gpus(0.5) }), done(start + HOUR)]);
    expect(charge).toMatchObject({ milliUnits: 500, minutes: 60 });
    // 60 x 0.965.
    expect(amountTimes60(charge?.amount ?? 0n)).toBe('57.9');
  });

  test('a flavor priced by CPU with 2 GPUs and 4 CPUs is billed for its CPUs: 0.12 an hour', () => {
    const resources = { flavor: 'ai1-1-cpu', milliUnits: { gpu: 2_000, cpu: 4_000 } };
    const charges = deriveFinal([running(start, { resources }), done(start + HOUR)]);
    expect(charges).toMatchObject([{ unit: 'cpu', milliUnits: 4_000 }]);
    expect(euros(charges)).toBe('0.12');
  });

  test('an hour on a CPU and, after a restart, two hours on 8 GPUs cost 30.91', () => {
    const charges = deriveFinal([
      running(start, { resources: oneCpu }),
      transition('RESTARTING', start + HOUR),
      running(start + HOUR, { resources: gpus(8), id: 'restarted' }),
      done(start + 3 * HOUR),
    ]);
    expect(euros(charges)).toBe('30.91');
    expect(charges.map(({ flavor, statedBy }) => [flavor, statedBy?.id])).toEqual([
      ['ai1-1-cpu', `RUNNING@${start}`],
      ['ai1-1-gpu', 'restarted'],
    ]);
  });

  test('a run on 1, then 4, then 2 GPUs for an hour each costs 13.51', () => {
    const charges = deriveFinal([
      running(start, { resources: gpus(1) }),
      running(start + HOUR, { resources: gpus(4) }),
      running(start + 2 * HOUR, { resources: gpus(2) }),
      done(start + 3 * HOUR),
    ]);
    expect(euros(charges)).toBe('13.51');
    expect(causes(charges)).toEqual([
      [1_000, 60, 'resources change'],
      [4_000, 60, 'resources change'],
      [2_000, 60, 'fact'],
    ]);
    expect(charges.map(({ statedBy }) => statedBy?.time)).toEqual([start, start + HOUR, start + 2 * HOUR]);
  });

  test('1 GPU asked for in QUEUED and 2 allocated in RUNNING cost 3.86 an hour', () => {
    const charges = deriveFinal([
      transition('QUEUED', start - HOUR, { resources: gpus(1) }),
      running(start, { resources: gpus(2) }),
      done(start + HOUR),
    ]);
    expect(causes(charges)).toEqual([[2_000, 60, 'fact']]);
    expect(euros(charges)).toBe('3.86');
  });

  test('stated first after the start hold before it too', () => {
    const charges = deriveFinal([
      transition('RUNNING', start),
      running(start + HOUR, { resources: gpus(2) }),
      done(start + 2 * HOUR),
    ]);
    expect(causes(charges)).toEqual([[2_000, 120, 'fact']]);
    const stated = [transition('RUNNING', start), done(start + HOUR)];
    const late = transition('QUEUED', start - HOUR, { resources: gpus(1) });
    expect(causes(deriveFinal([...stated, late]))).toEqual([[1_000, 60, 'fact']]);
  });

  test('a change in mid-minute counts from the next minute on, at its start for that minute', () => {
    const grownAt = (time: number) =>
      causes(
        deriveFinal([
          running(start, { resources: gpus(1) }),
          running(time, { resources: gpus(4) }),
          done(start + 10 * MINUTE),
        ]),
      );
    expect(grownAt(start + 5 * MINUTE)).toEqual([
      [1_000, 5, 'resources change'],
      [4_000, 5, 'fact'],
    ]);
    expect(grownAt(start + 5 * MINUTE + 1)).toEqual([
      [1_000, 6, 'resources change'],
      [4_000, 4, 'fact'],
    ]);
    // No minute starts on what is stated in the last one.
    expect(grownAt(start + 9 * MINUTE + 1)).toEqual([[1_000, 10, 'fact']]);
  });

  test('that last less than a minute and meet no start of one cut nothing', () => {
    const charges = deriveFinal([
      running(start, { resources: gpus(1) }),
      running(start + 5 * MINUTE + 1, { resources: gpus(8) }),
      running(start + 5 * MINUTE + 2, { resources: gpus(1) }),
      done(start + 10 * MINUTE),
    ]);
    expect(causes(charges)).toEqual([[1_000, 10, 'fact']]);
  });

  test('stated again, or changed in what is not billed, cut nothing', () => {
    const other = { flavor: 'ai1-1-gpu', milliUnits: { gpu: 1_000, cpu: 4_000 } };
    for (const resources of [gpus(1), other]) {
      const charges = deriveFinal([
        running(start, { resources: gpus(1) }),
        running(start + HOUR, { resources }),
        done(start + 2 * HOUR),
      ]);
      expect(causes(charges)).toEqual([[1_000, 120, 'fact']]);
      expect(charges[0]?.statedBy?.time).toBe(start);
    }
  });

  test('of another flavor at the same price and count are a change', () => {
    const tariff = tariffFrom('2026-01-01T00:00:00Z', { prices: pricesOf({ a: '1', b: '1' }) });
    const on = (flavor: string) => ({ resources: { flavor, milliUnits: { cpu: 1_000 } } });
    const charges = deriveFinal(
      [running(start, on('a')), running(start + HOUR, on('b')), done(start + 2 * HOUR)],
      [tariff],
    );
    expect(charges.map(({ flavor, endedBy }) => [flavor, endedBy.cause])).toEqual([
      ['a', 'resources change'],
      ['b', 'fact'],
    ]);
  });

  test('without a count of the unit are unrated until it is stated', () => {
    const charges = deriveFinal([
      running(start, { resources: { flavor: 'ai1-1-gpu', milliUnits: { cpu: 13_000 } } }),
      running(start + HOUR, { resources: gpus(1) }),
      done(start + 2 * HOUR),
    ]);
    expect(causes(charges)).toEqual([
      [undefined, 60, 'resources change'],
      [1_000, 60, 'fact'],
    ]);
    expect(charges.map(isUnrated)).toEqual([true, false]);
  });

  test('a price of another unit at the same number is a price change', () => {
    const byNode = tariffFrom('2026-10-05T09:00:00Z', {
      prices: { 'ai1-1-gpu': { unit: 'node', pricePerHour: '1.93' } },
    });
    const resources = { flavor: 'ai1-1-gpu', milliUnits: { gpu: 8_000, node: 1_000 } };
    const charges = deriveFinal(
      [running(start, { resources }), done(start + 2 * HOUR)],
      [defaultTariff, byNode],
    );
    expect(causes(charges)).toEqual([
      [8_000, 60, 'price change'],
      [1_000, 60, 'fact'],
    ]);
  });

  test('a price change ends a charge, whatever is stated again in the same minute', () => {
    const raised = (time: string) => tariffFrom(time, { prices: pricesOf({ 'ai1-1-gpu': '2' }) });
    const facts = [
      running(start, { resources: gpus(1) }),
      running(start + HOUR + 10_000, { resources: gpus(1) }),
      done(start + 2 * HOUR),
    ];
    for (const time of ['2026-10-05T09:00:10Z', '2026-10-05T09:00:30Z'])
      expect(causes(deriveFinal(facts, [defaultTariff, raised(time)]))).toEqual([
        [1_000, 61, 'price change'],
        [1_000, 59, 'fact'],
      ]);
  });

  test('that change while a job runs leave what it ran on final, and the rest open', () => {
    const charges = derive([
      running(start, { resources: gpus(1) }),
      running(start + HOUR, { resources: gpus(4) }),
    ]);
    expect(charges).toMatchObject([
      { kind: 'final', milliUnits: 1_000, minutes: 60, endedBy: { cause: 'resources change' } },
      { kind: 'open', start: start + HOUR, resources: gpus(4), statedBy: { time: start + HOUR } },
    ]);
    expect(euros([...finals(charges), ...priceUntil(charges, start + 2 * HOUR)])).toBe('9.65');
  });

  test('an open charge is priced by the unit of a later price', () => {
    const byCpu = tariffFrom('2026-10-05T09:00:00Z', {
      prices: { 'ai1-1-gpu': { unit: 'cpu', pricePerHour: '0.10' } },
    });
    const charges = derive([running(start, { resources: gpus(1) })]);
    expect(
      priceUntil(charges, start + 2 * HOUR, [defaultTariff, byCpu]).map(({ unit, milliUnits }) => [
        unit,
        milliUnits,
      ]),
    ).toEqual([
      ['gpu', 1_000],
      ['cpu', 13_000],
    ]);
  });

  test('are absent of an open charge of a job that has stated none', () => {
    const charges = derive([transition('RUNNING', start)]);
    expect(openOf(charges)).not.toHaveProperty('resources');
    expect(openOf(charges)).not.toHaveProperty('statedBy');
    expect(priceUntil(charges, start + HOUR)).toMatchObject([{ minutes: 60, amount: 0n }]);
  });
});

describe('labels', () => {
  const start = at('2026-10-05T08:00:00Z');
  const vision = { team: 'vision' };

  test('are on every charge of the job, and never change a price', () => {
    const facts = [
      running(start, { labels: vision }),
      transition('RESTARTING', start + HOUR),
      running(start + 2 * HOUR, { labels: { team: 'audio' } }),
      done(start + 3 * HOUR),
    ];
    const charges = deriveFinal(facts);
    expect(charges.map(({ labels }) => labels)).toEqual([vision, vision]);
    const unlabelled = facts.map(({ labels: _, ...fact }) => fact);
    expect(deriveFinal(unlabelled)).toEqual(charges.map(({ labels: _, ...charge }) => charge));
  });

  test('are on what is priced for a reader', () => {
    expect(priceUntil(derive([running(start, { labels: vision })]), start + HOUR)[0]?.labels).toEqual(vision);
  });
});

describe('a lost or wrong stop', () => {
  const WEEK = 7 * DAY;
  const weekOfSilence = { ...defaultTariff, maxSilenceMs: WEEK };
  const start = at('2026-10-01T08:00:00Z');
  /** What is billed at `now`, minutes to be counted and what is held. */
  const billedAt = (charges: readonly DerivedCharge[], now: number, tariffs: readonly Tariff[]) => {
    const priced = charges.at(-1)?.kind === 'open' ? priceUntil(charges, now, tariffs) : [];
    const billed = [...finals(charges), ...priced];
    return { minutes: minutes(billed), euros: euros(billed), held: billed.at(-1)?.held };
  };

  describe('a start after the end', () => {
    const failed = transition('FAILED', '2026-10-05T10:00:05Z');
    const late = running('2026-10-05T10:00:05.400Z', { resources: gpus(1) });
    const doneFirst = done('2026-10-05T09:59:59Z');
    const after = running('2026-10-05T10:00:00Z', { resources: gpus(8) });

    test.each([
      ['RUNNING 0.4 s after FAILED, on 1 GPU', [failed, late], late, 1_000],
      ['DONE one second before RUNNING, on 8 GPUs', [doneFirst, after], after, 8_000],
    ] as const)('%s: no minute is billed and all of it is held', (_, facts, opened, milliUnits) => {
      const evidence = { source: opened.source, id: opened.id, time: opened.time };
      expect(derive(facts)).toEqual([
        {
          kind: 'final',
          jobId: 'job-1',
          projectId: 'proj-1',
          usageMonth: '2026-10',
          start: opened.time,
          end: opened.time,
          minutes: 0,
          amount: 0n,
          flavor: 'ai1-1-gpu',
          unit: 'gpu',
          milliUnits,
          pricePerHour: '1.93',
          tariff: '2023-02-14T00:00:00.000Z#1',
          openedBy: evidence,
          statedBy: evidence,
          endedBy: { cause: 'limit' },
          held: { from: opened.time, cause: 'forbidden step' },
        },
      ]);
    });

    test.each([
      ['RUNNING after FAILED', [failed, late], '0.06'],
      ['RUNNING after DONE', [doneFirst, after], '0.51'],
    ] as const)('%s, billed whole once FINALIZING or DONE arrives', (_, facts, expected) => {
      for (const status of ['FINALIZING', 'DONE'] as const) {
        const charges = deriveFinal([...facts, transition(status, '2026-10-05T10:02:00Z')]);
        expect(charges.map(({ held }) => held)).toEqual([undefined]);
        expect(euros(charges)).toBe(expected);
      }
    });

    test('of a job that has billed runs holds the last one only', () => {
      const earlier = running('2026-10-05T08:00:05Z', { resources: gpus(1) });
      expect(deriveFinal([earlier, failed, late]).map(({ minutes, held }) => [minutes, held?.cause])).toEqual(
        [
          [120, undefined],
          [0, 'forbidden step'],
        ],
      );
    });

    test('is held whole whatever month begins, and however often RUNNING is reported', () => {
      const again = running('2026-10-09T00:00:00Z', { resources: gpus(2) });
      const facts = [failed, late, again, cutoff('2026-12')];
      expect(deriveFinal(facts)).toMatchObject([{ minutes: 0, milliUnits: 1_000, usageMonth: '2026-10' }]);
    });

    test('is billed once the stop is retracted', () => {
      const facts = [failed, late, retraction(failed, '2026-10-05T11:00:00Z')];
      expect(billedAt(derive(facts), late.time + HOUR, [defaultTariff])).toEqual({
        minutes: 60,
        euros: '1.93',
        held: undefined,
      });
    });

    test('is known with RESTARTING or QUEUED between', () => {
      const ended = running('2026-10-05T08:00:05Z', { resources: gpus(1) });
      for (const begins of ['RESTARTING', 'QUEUED'] as const) {
        const facts = [ended, failed, transition(begins, '2026-10-05T10:00:05.100Z'), late];
        expect(kinds(derive(facts))).toEqual(['final 2026-10', 'open 2026-10']);
      }
    });
  });

  test('a whole restart within one second is two runs: 60 and 120 minutes', () => {
    const restart = ['FINALIZING', 'RESTARTING', 'QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING'] as const;
    const facts = [
      running('2026-10-05T09:00:03Z'),
      ...restart.toReversed().map((status) => transition(status, '2026-10-05T10:00:03Z')),
      transition('FINALIZING', '2026-10-05T12:00:03Z'),
    ];
    expect(deriveFinal(facts).map((charge) => charge.minutes)).toEqual([60, 120]);
    expect(deriveFinal(facts.toReversed())).toEqual(deriveFinal(facts));
  });

  test('FAILED, RESTARTING and RUNNING in one second, then DONE: the next attempt is billed', () => {
    const facts = [
      running('2026-10-05T09:00:03Z'),
      ...(['RUNNING', 'RESTARTING', 'FAILED'] as const).map((status) =>
        transition(status, '2026-10-05T10:00:03Z'),
      ),
      done('2026-10-05T12:00:03Z'),
    ];
    expect(deriveFinal(facts).map(({ minutes, held }) => [minutes, held])).toEqual([
      [60, undefined],
      [120, undefined],
    ]);
  });

  test('a run of 30 days with a known end is billed whole', () => {
    const charges = deriveFinal([running(start), done(start + 30 * DAY)], [weekOfSilence]);
    expect(minutes(charges)).toBe(30 * 1440);
    expect(charges.filter(({ held }) => held)).toEqual([]);
  });

  describe('no stop ever', () => {
    const billed = (facts: Parameters<typeof derive>[0], now = start + 100 * DAY) =>
      billedAt(derive(facts, [weekOfSilence]), now, [weekOfSilence]);
    const silentFrom = (from: number) => ({ from, cause: 'maxSilence' });

    test('counts up to the last sign of life and maxSilence, the rest is held', () => {
      expect(billed([running(start)], start + WEEK)).toMatchObject({ minutes: 7 * 1440, held: undefined });
      expect(billed([running(start)], start + WEEK + 1)).toMatchObject({
        minutes: 7 * 1440,
        held: silentFrom(start + WEEK),
      });
      const queued = transition('QUEUED', start - DAY);
      expect(billed([queued, running(start)]).held).toEqual(silentFrom(start + WEEK));
    });

    test('a RUNNING report is a sign of life', () => {
      expect(billed([running(start), running(start + 3 * DAY)])).toMatchObject({
        minutes: 10 * 1440,
        held: silentFrom(start + 10 * DAY),
      });
    });

    test('a retraction is a sign of life', () => {
      const mistaken = done(start + DAY);
      expect(billed([running(start), mistaken, retraction(mistaken, start + 2 * DAY)])).toMatchObject({
        minutes: 9 * 1440,
        held: silentFrom(start + 9 * DAY),
      });
    });

    test('a cutoff is not', () => {
      const charges = derive([running(start), cutoff('2026-11')], [weekOfSilence]);
      expect(kinds(charges)).toEqual(['final 2026-10']);
      expect(charges).toMatchObject([{ minutes: 7 * 1440, held: silentFrom(start + WEEK) }]);
    });

    test('a sign of life after the silence releases what was held', () => {
      expect(billed([running(start), running(start + 20 * DAY)])).toMatchObject({
        minutes: 27 * 1440,
        held: silentFrom(start + 27 * DAY),
      });
    });
  });

  describe('a timeout of an hour', () => {
    const timed = running(start, { resources: gpus(1), timeoutMs: HOUR });

    test('with no stop holds from an hour on', () => {
      const charges = derive([timed]);
      expect(billedAt(charges, start + HOUR, [defaultTariff])).toEqual({
        minutes: 60,
        euros: '1.93',
        held: undefined,
      });
      expect(billedAt(charges, start + HOUR + 1, [defaultTariff])).toEqual({
        minutes: 60,
        euros: '1.93',
        held: { from: start + HOUR, cause: 'timeout' },
      });
    });

    test('with a known stop beyond it is billed whole', () => {
      const charges = deriveFinal([timed, done(start + 3 * HOUR)]);
      expect(charges.map(({ minutes, held }) => [minutes, held])).toEqual([[180, undefined]]);
      expect(euros(charges)).toBe('5.79');
    });

    test('of a job that reports RUNNING and other resources beyond it holds from an hour on', () => {
      const grown = running(start + 2 * HOUR, { resources: gpus(8) });
      expect(derive([timed, grown])).toMatchObject([
        { kind: 'final', minutes: 60, milliUnits: 1_000, held: { from: start + HOUR, cause: 'timeout' } },
      ]);
    });
  });

  test('the first example of the product page: 14.40 once the stop arrives, before that 7 days', () => {
    const opened = running(start, { resources: twoCpus });
    const open = derive([opened], [weekOfSilence]);
    for (const day of [1, 6, 7])
      expect(billedAt(open, start + day * DAY, [weekOfSilence]).minutes).toBe(day * 1440);
    for (const day of [8, 10])
      expect(billedAt(open, start + day * DAY, [weekOfSilence])).toEqual({
        minutes: 7 * 1440,
        euros: '10.08',
        held: { from: start + WEEK, cause: 'maxSilence' },
      });
    const charges = deriveFinal([opened, done(start + 10 * DAY)], [weekOfSilence]);
    expect(euros(charges)).toBe('14.40');
    expect(charges.filter(({ held }) => held)).toEqual([]);
  });
});

test('a log gives the same charges whether its facts share their resources or have copies of them', () => {
  // The last statement repeats the resources, after the limit of the run.
  const facts = [
    transition('RUNNING', '2026-10-14T00:00:00Z', { resources: twoGpus }),
    transition('RUNNING', '2026-11-30T00:00:00Z', { resources: twoGpus }),
  ];
  const charges = derive(facts);
  expect(charges.map(({ kind, usageMonth }) => [kind, usageMonth])).toEqual([
    ['final', '2026-10'],
    ['open', '2026-11'],
  ]);
  expect(derive(structuredClone(facts))).toEqual(charges);
});
