import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FinalCharge } from '../../../lib/billing/charges.ts';
import { totalOf } from '../../../lib/billing/lines.ts';
import { createCalendar } from '../../../lib/billing/months.ts';
import { createUsageFold } from '../../../lib/billing/usage.ts';
import {
  at,
  DAY,
  defaultTariff,
  deriveFinal,
  MINUTE,
  oneCpu,
  pricesOf,
  tariffFrom,
  transition,
  twoCpus,
  twoGpus,
} from './builders.ts';

const usageOf = (charges: readonly FinalCharge[], month: string, zone = 'UTC', currency = 'EUR') => {
  const fold = createUsageFold(month, createCalendar(zone), currency);
  for (const charge of charges) fold.add(charge);
  return { lines: fold.lines(), days: fold.days() };
};

const ran = (start: string, end: string, resources = oneCpu, tariffs = [defaultTariff], zone = 'UTC') =>
  deriveFinal([transition('RUNNING', start, { resources }), transition('DONE', end)], tariffs, zone);

const daysOf = (charges: readonly FinalCharge[], month: string, zone = 'UTC') =>
  usageOf(charges, month, zone).days.map(({ date, minutes, amount }) => [date, minutes, amount]);

test('a day has the usage of each flavor', () => {
  const { lines, days } = usageOf(ran('2026-10-05T08:00:00Z', '2026-10-05T13:00:00Z', twoGpus), '2026-10');
  expect(days).toEqual([
    {
      date: '2026-10-05',
      flavor: 'ai1-1-gpu',
      unit: 'gpu',
      pricePerHour: '1.93',
      minutes: 300,
      milliUnitMinutes: 600_000,
      amount: '19.30',
    },
  ]);
  expect(lines).toMatchObject([{ kind: 'usage', minutes: 300, amount: '19.30' }]);
});

test('10 days of two CPUs come to 14.40, day by day', () => {
  const charges = ran('2026-10-05T00:00:00Z', '2026-10-15T00:00:00Z', twoCpus);
  const days = daysOf(charges, '2026-10');
  expect(days).toHaveLength(10);
  expect(new Set(days.map(([, minutes, amount]) => `${minutes} ${amount}`))).toEqual(new Set(['1440 1.44']));
});

test('a minute that straddles midnight belongs to the day it starts in', () => {
  expect(
    daysOf(ran('2026-10-05T23:58:30Z', '2026-10-06T00:01:00Z'), '2026-10').map(([date, minutes]) => [
      date,
      minutes,
    ]),
  ).toEqual([
    ['2026-10-05', 2],
    ['2026-10-06', 1],
  ]);
});

test('the last minute of a month stays in it though it ends in the next', () => {
  const [october] = ran('2026-10-31T23:58:30Z', '2026-11-01T00:01:00Z');
  expect(daysOf(october ? [october] : [], '2026-10').map(([date, minutes]) => [date, minutes])).toEqual([
    ['2026-10-31', 2],
  ]);
});

test.each([
  ['Europe/Paris', '2026-03', '2026-03-29', 23 * 60],
  ['Europe/Paris', '2026-10', '2026-10-25', 25 * 60],
  ['Australia/Lord_Howe', '2026-04', '2026-04-05', 24.5 * 60],
])(
  'days are those of the billing zone: in %s %s has a day %s of %i minutes',
  (zone, month, date, minutes) => {
    const { start, end } = createCalendar(zone).month(month);
    const charges = ran(
      new Date(start).toISOString(),
      new Date(end).toISOString(),
      oneCpu,
      [{ ...defaultTariff, maxRunningMs: 40 * DAY }],
      zone,
    );
    const day = usageOf(charges, month, zone).days.find((one) => one.date === date);
    expect(day?.minutes).toBe(minutes);
  },
);

test('cents that do not divide go to the earlier days, so that the days add up', () => {
  // 0.03 an hour: 10 minutes are half a cent, 30 are one and a half, rounded up to two.
  const charges = ['05', '06', '07'].flatMap((day) =>
    ran(`2026-10-${day}T08:00:00Z`, `2026-10-${day}T08:10:00Z`),
  );
  const rows = [
    ['2026-10-05', 10, '0.01'],
    ['2026-10-06', 10, '0.01'],
    ['2026-10-07', 10, '0.00'],
  ];
  expect(daysOf(charges, '2026-10')).toEqual(rows);
  expect(daysOf(charges.toReversed(), '2026-10')).toEqual(rows);
});

test('a day takes its part of a line by minutes times units', () => {
  const charges = [
    ...ran('2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', { ...oneCpu, milliUnits: { cpu: 3_000 } }),
    ...ran('2026-10-06T08:00:00Z', '2026-10-06T10:00:00Z'),
  ];
  expect(daysOf(charges, '2026-10')).toEqual([
    ['2026-10-05', 60, '0.09'],
    ['2026-10-06', 120, '0.06'],
  ]);
});

test('CPUs and GPUs of one flavor and price are apart', () => {
  const pricedBy = (effectiveFrom: string, unit: 'cpu' | 'gpu') =>
    tariffFrom(effectiveFrom, { prices: { mixed: { unit, pricePerHour: '0.60' } } });
  const tariffs = [pricedBy('2026-10-01T00:00:00Z', 'cpu'), pricedBy('2026-10-06T00:00:00Z', 'gpu')];
  const charges = [
    ...ran(
      '2026-10-05T08:00:00Z',
      '2026-10-05T09:00:00Z',
      { flavor: 'mixed', milliUnits: { cpu: 1_000, gpu: 4_000 } },
      tariffs,
    ),
    ...ran(
      '2026-10-06T08:00:00Z',
      '2026-10-06T09:00:00Z',
      { flavor: 'mixed', milliUnits: { cpu: 8_000, gpu: 2_000 } },
      tariffs,
    ),
  ];
  expect(usageOf(charges, '2026-10').days.map((day) => [day.date, day.unit, day.amount])).toEqual([
    ['2026-10-05', 'cpu', '0.60'],
    ['2026-10-06', 'gpu', '1.20'],
  ]);
});

test('half a GPU is a day of half the unit minutes and half the price', () => {
  const half = { flavor: 'ai1-1-gpu', milliUnits: { gpu: 500 } };
  expect(usageOf(ran('2026-10-05T08:00:00Z', '2026-10-05T10:00:00Z', half), '2026-10').days).toMatchObject([
    { unit: 'gpu', minutes: 120, milliUnitMinutes: 60_000, amount: '1.93' },
  ]);
});

test('days come in order, whatever order charges came in', () => {
  const late = ran('2026-10-07T08:00:00Z', '2026-10-07T09:00:00Z');
  const early = ran('2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', twoGpus);
  expect(usageOf([...late, ...early], '2026-10').days.map((day) => day.date)).toEqual([
    '2026-10-05',
    '2026-10-07',
  ]);
});

test('flavors and prices are lines and days of their own', () => {
  const raised = tariffFrom('2026-10-05T09:00:00Z', {
    prices: pricesOf({ 'ai1-1-cpu': '0.06', 'ai1-1-gpu': '1.93' }),
  });
  const charges = [
    ...ran('2026-10-05T08:00:00Z', '2026-10-05T10:00:00Z', oneCpu, [defaultTariff, raised]),
    ...ran('2026-10-05T08:00:00Z', '2026-10-05T10:00:00Z', twoGpus, [defaultTariff, raised]),
  ];
  expect(
    usageOf(charges, '2026-10').days.map((day) => [day.flavor, day.pricePerHour, day.minutes, day.amount]),
  ).toEqual([
    ['ai1-1-cpu', '0.03', 60, '0.03'],
    ['ai1-1-cpu', '0.06', 60, '0.06'],
    ['ai1-1-gpu', '1.93', 120, '7.72'],
  ]);
});

test('two flavors of one unit and price are apart', () => {
  const tariffs = [{ ...defaultTariff, prices: pricesOf({ small: '0.60', large: '0.60' }) }];
  const charges = [
    ...ran(
      '2026-10-05T08:00:00Z',
      '2026-10-05T09:00:00Z',
      { flavor: 'small', milliUnits: { cpu: 1_000 } },
      tariffs,
    ),
    ...ran(
      '2026-10-06T08:00:00Z',
      '2026-10-06T09:00:00Z',
      { flavor: 'large', milliUnits: { cpu: 2_000 } },
      tariffs,
    ),
  ];
  expect(usageOf(charges, '2026-10').days.map((day) => [day.date, day.flavor, day.amount])).toEqual([
    ['2026-10-05', 'small', '0.60'],
    ['2026-10-06', 'large', '1.20'],
  ]);
});

test('unrated time is on no line and no day', () => {
  expect(usageOf(ran('2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', oneCpu, []), '2026-10')).toEqual({
    lines: [],
    days: [],
  });
});

test('time held whole is on no line', () => {
  const facts = [
    transition('FAILED', '2026-10-05T10:00:05Z'),
    transition('RUNNING', '2026-10-05T10:00:05.400Z', { resources: twoGpus }),
  ];
  const charges = deriveFinal(facts);
  expect(charges).toMatchObject([{ minutes: 0, pricePerHour: '1.93', held: { cause: 'forbidden step' } }]);
  expect(usageOf(charges, '2026-10')).toEqual({ lines: [], days: [] });
});

test('a month without usage is empty', () => {
  expect(usageOf([], '2026-10')).toEqual({ lines: [], days: [] });
});

describe('I5: rows add up', () => {
  const month = '2026-10';
  const job = fc.record({
    resources: fc.constantFrom(oneCpu, twoCpus, twoGpus),
    startMinute: fc.nat(28 * 1440),
    startMs: fc.nat(59_999),
    durationMs: fc.integer({ min: 1, max: 20 * DAY }),
  });
  const zoneAndCurrency = fc.tuple(
    fc.constantFrom('UTC', 'Europe/Paris', 'America/St_Johns'),
    fc.constantFrom('EUR', 'JPY', 'KWD'),
  );
  const minor = (amount: string) => BigInt(amount.replace('.', ''));

  test('days sum to lines and lines to the total, to the last unit', () => {
    fc.assert(
      fc.property(fc.array(job, { maxLength: 5 }), zoneAndCurrency, (jobs, [zone, currency]) => {
        const charges = jobs.flatMap(({ resources, startMinute, startMs, durationMs }) => {
          const start = at('2026-10-02T00:00:00Z') + startMinute * MINUTE + startMs;
          const facts = [transition('RUNNING', start, { resources }), transition('DONE', start + durationMs)];
          return deriveFinal(facts, [defaultTariff], zone).filter((charge) => charge.usageMonth === month);
        });
        const { lines, days } = usageOf(charges, month, zone, currency);
        for (const line of lines) {
          const own = days.filter(
            (day) => day.flavor === line.flavor && day.pricePerHour === line.pricePerHour,
          );
          expect(own.reduce((sum, day) => sum + minor(day.amount), 0n)).toBe(minor(line.amount));
          expect(own.reduce((sum, day) => sum + day.minutes, 0)).toBe(line.minutes);
          expect(own.reduce((sum, day) => sum + day.milliUnitMinutes, 0)).toBe(line.milliUnitMinutes);
        }
        expect(days.every((day) => day.date.startsWith(month))).toBe(true);
        expect(lines.reduce((sum, line) => sum + minor(line.amount), 0n)).toBe(
          minor(totalOf(lines, currency)),
        );
        expect(lines.reduce((sum, line) => sum + line.minutes, 0)).toBe(
          charges.reduce((sum, charge) => sum + charge.minutes, 0),
        );
      }),
    );
  });
});
