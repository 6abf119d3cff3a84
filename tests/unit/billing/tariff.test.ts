import { describe, expect, test } from 'vitest';
import { createTariffBook, priceChanges, tariffId, tariffTerms } from '../../../lib/billing/tariff.ts';
import { at, DAY, defaultTariff, HOUR, pricesOf, tariffFrom } from './builders.ts';

const FIRST = '2026-10-01T00:00:00Z';
const SECOND = '2026-10-15T00:00:00Z';
const THIRD = '2026-11-01T00:00:00Z';
const cpuAt = (price: string) => ({ prices: pricesOf({ 'ai1-1-cpu': price }) });

test('a tariff is named by its instant and revision', () => {
  expect(tariffId(defaultTariff)).toBe('2023-02-14T00:00:00.000Z#1');
});

describe('the tariff in force', () => {
  const book = createTariffBook([tariffFrom(SECOND, cpuAt('0.05')), tariffFrom(FIRST, cpuAt('0.03'))]);
  const priceAt = (time: number) => book.rateAt('ai1-1-cpu', time).price?.pricePerHour;

  test('is the latest one that has started, from its very millisecond', () => {
    expect(priceAt(at(SECOND) - 1)).toBe('0.03');
    expect(priceAt(at(SECOND))).toBe('0.05');
    expect(priceAt(at('2030-01-01T00:00:00Z'))).toBe('0.05');
    expect(book.rateAt('ai1-1-cpu', at(SECOND)).tariff?.effectiveFrom).toBe(at(SECOND));
  });

  test('there is none before the first', () => {
    expect(book.rateAt('ai1-1-cpu', at(FIRST) - 1)).toStrictEqual({ until: at(FIRST) });
    expect(priceAt(at(FIRST))).toBe('0.03');
  });
});

describe('revisions', () => {
  const first = tariffFrom(FIRST, { ...cpuAt('0.03'), revision: 1 });
  const second = tariffFrom(FIRST, {
    ...cpuAt('0.04'),
    revision: 2,
    maxRunningMs: HOUR,
    maxSilenceMs: 2 * HOUR,
    billableStatuses: ['PENDING'],
  });
  const tenth = tariffFrom(FIRST, { ...cpuAt('0.10'), revision: 10 });

  test.each([[[first, second]], [[second, first]]])(
    'the highest of an instant wins, in any order',
    (published) => {
      const book = createTariffBook(published);
      expect(book.rateAt('ai1-1-cpu', at(FIRST)).price?.pricePerHour).toBe('0.04');
      expect(book.limitsAt(at(FIRST))).toMatchObject({ maxRunningMs: HOUR, maxSilenceMs: 2 * HOUR });
      expect(book.isBillable('PENDING', at(FIRST))).toBe(true);
      expect(book.isBillable('RUNNING', at(FIRST))).toBe(false);
    },
  );

  test('are compared as numbers', () => {
    const book = createTariffBook([second, tenth, first]);
    expect(book.rateAt('ai1-1-cpu', at(FIRST)).price?.pricePerHour).toBe('0.10');
  });

  test('are all counted as seen, so that versions only grow', () => {
    expect(createTariffBook([first, second, defaultTariff]).seen).toBe(3);
    expect(createTariffBook([]).seen).toBe(0);
  });

  test('that were replaced still count as having billed a status, as does the default without a tariff', () => {
    const waiting = { ...first, billableStatuses: ['PENDING' as const] };
    const book = createTariffBook([waiting, { ...second, billableStatuses: ['TIMEOUT' as const] }]);
    const statuses = ['QUEUED', 'PENDING', 'RUNNING', 'TIMEOUT'] as const;
    expect(statuses.filter(book.everBilled)).toEqual(['PENDING', 'RUNNING', 'TIMEOUT']);
  });
});

describe('a rate', () => {
  const until = (flavor: string, time: string, ...tariffs: Parameters<typeof createTariffBook>[0]) =>
    createTariffBook(tariffs).rateAt(flavor, at(time)).until;

  test('lasts until the price changes', () => {
    expect(
      until('ai1-1-cpu', FIRST, tariffFrom(FIRST, cpuAt('0.03')), tariffFrom(SECOND, cpuAt('0.05'))),
    ).toBe(at(SECOND));
  });

  test('lasts through tariffs that leave the price as it is', () => {
    const same = tariffFrom(SECOND, { ...cpuAt('0.03'), maxRunningMs: HOUR });
    const raised = tariffFrom(THIRD, cpuAt('0.05'));
    expect(until('ai1-1-cpu', FIRST, tariffFrom(FIRST, cpuAt('0.03')), same, raised)).toBe(at(THIRD));
    expect(until('ai1-1-cpu', FIRST, tariffFrom(FIRST, cpuAt('0.03')), same)).toBe(Number.POSITIVE_INFINITY);
  });

  test('ends where the unit of the price changes, at the same number', () => {
    const priced = (unit: 'gpu' | 'node') => ({ prices: { 'ai1-1-gpu': { unit, pricePerHour: '1.93' } } });
    const byGpu = tariffFrom(FIRST, priced('gpu'));
    const byNode = tariffFrom(SECOND, priced('node'));
    expect(until('ai1-1-gpu', FIRST, byGpu, byNode)).toBe(at(SECOND));
    expect(createTariffBook([byGpu, byNode]).rateAt('ai1-1-gpu', at(SECOND)).price).toEqual({
      unit: 'node',
      pricePerHour: '1.93',
    });
  });

  test('ends where the flavor gets or loses its price', () => {
    const priced = tariffFrom(FIRST, cpuAt('0.03'));
    const unpriced = tariffFrom(SECOND, { prices: {} });
    expect(until('ai1-1-cpu', FIRST, priced, unpriced)).toBe(at(SECOND));
    expect(until('ai1-1-cpu', SECOND, unpriced, tariffFrom(THIRD, cpuAt('0.03')))).toBe(at(THIRD));
  });

  test('of a flavor the tariff does not price names the tariff and no price', () => {
    const { price, tariff } = createTariffBook([defaultTariff]).rateAt('ai9-9-gpu', at(FIRST));
    expect(price).toBeUndefined();
    expect(tariff).toEqual(defaultTariff);
  });

  test.each(['constructor', 'toString', '__proto__'])('of a flavor called %s has no price', (flavor) => {
    expect(createTariffBook([defaultTariff]).rateAt(flavor, at(FIRST)).price?.pricePerHour).toBeUndefined();
  });

  test('may be nothing an hour, which is a price', () => {
    const free = tariffFrom(FIRST, cpuAt('0'));
    expect(createTariffBook([free]).rateAt('ai1-1-cpu', at(FIRST)).price?.pricePerHour).toBe('0');
  });
});

describe('where no tariff is in force', () => {
  const book = createTariffBook([]);

  test('RUNNING is metered without a price, for 28 days of an interval and 7 of silence', () => {
    expect(book.isBillable('RUNNING', at(FIRST))).toBe(true);
    expect(book.isBillable('PENDING', at(FIRST))).toBe(false);
    expect(book.limitsAt(at(FIRST))).toMatchObject({ maxRunningMs: 28 * DAY, maxSilenceMs: 7 * DAY });
    expect(book.rateAt('ai1-1-cpu', at(FIRST))).toEqual({ until: Number.POSITIVE_INFINITY });
  });
});

test('the terms of tariffs: past, in force from its start on, scheduled, and replaced by a revision', () => {
  const [past, first, second, next] = [
    tariffFrom(FIRST),
    tariffFrom(SECOND, { revision: 1 }),
    tariffFrom(SECOND, { revision: 2 }),
    tariffFrom(THIRD),
  ];
  const termsAt = (now: number) => tariffTerms([past, first, second, next], now);
  expect(termsAt(at(SECOND))).toEqual([
    { tariff: past, state: 'past', until: at(SECOND) },
    { tariff: first, state: 'replaced' },
    { tariff: second, state: 'in force', until: at(THIRD), replaces: past },
    { tariff: next, state: 'scheduled', replaces: second },
  ]);
  expect(termsAt(at(SECOND) - 1).map(({ state }) => state)).toEqual([
    ...['in force', 'replaced', 'scheduled', 'scheduled'],
  ]);
});

test('prices that differ in unit or amount have changed; flavors named as members of objects are flavors', () => {
  const price = (unit: 'gpu' | 'node', pricePerHour: string) => ({ unit, pricePerHour });
  const before = { a: price('gpu', '1'), b: price('gpu', '1'), toString: price('gpu', '1') };
  const after = { a: price('gpu', '1'), b: price('node', '1'), valueOf: price('gpu', '2') };
  expect(priceChanges(before, after)).toEqual([
    { flavor: 'b', before: price('gpu', '1'), after: price('node', '1') },
    { flavor: 'toString', before: price('gpu', '1') },
    { flavor: 'valueOf', after: price('gpu', '2') },
  ]);
});
