import { describe, expect, test } from 'vitest';
import {
  agreeOnSettings,
  createMemory,
  findSettings,
  openContext,
  TARIFF_CACHE_MS,
} from '../../../lib/operations/billing-context.ts';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';
import { createStore } from '../../../lib/store/store.ts';
import { wrapTable } from './tables.ts';
import { at, TARIFF } from './world.ts';

const NOW = at('2026-10-31T23:30:00Z');
const PROCESS = { now: () => NOW, pause: async () => {}, newId: () => 'id' };
const PARIS = { timeZone: 'Europe/Paris', currency: 'EUR' };

describe('the billing context', () => {
  test('keeps the zone, the currency and the month of the first use of its table', async () => {
    const store = createStore(createMemoryTable());
    const settings = await agreeOnSettings(store, PARIS, NOW);
    expect(settings).toEqual({ ...PARIS, since: '2026-11' });
    expect(await agreeOnSettings(store, PARIS, at('2027-05-01T00:00:00Z'))).toEqual(settings);
  });

  test.each([
    ['another zone', { ...PARIS, timeZone: 'UTC' }, 'BILLING_TIME_ZONE'],
    ['another currency', { ...PARIS, currency: 'USD' }, 'BILLING_CURRENCY'],
  ])('refuses %s than that of the first use', async (_, other, name) => {
    const store = createStore(createMemoryTable());
    await agreeOnSettings(store, PARIS, NOW);
    await expect(agreeOnSettings(store, other, NOW)).rejects.toThrow(`this table bills with ${name}=`);
  });

  test('leaves an unused table as it is where it only reads', async () => {
    const store = createStore(createMemoryTable());
    expect(await findSettings(store, PARIS)).toBeUndefined();
    expect(await store.readSettings()).toBeUndefined();
    await agreeOnSettings(store, PARIS, at('2026-10-01T00:00:00Z'));
    expect(await findSettings(store, PARIS)).toEqual({ ...PARIS, since: '2026-10' });
    await expect(findSettings(store, { ...PARIS, currency: 'USD' })).rejects.toThrow(
      'this table bills with BILLING_CURRENCY=EUR',
    );
  });

  test('puts a mark once with all contexts that share its memory, and again with one that does not', async () => {
    const puts: string[] = [];
    const table = wrapTable(createMemoryTable(), async ({ name }, run) => {
      puts.push(name);
      return run();
    });
    const store = createStore(table);
    const settings = await agreeOnSettings(store, PARIS, NOW);
    const memory = createMemory();
    const open = (remembered = createMemory()) =>
      openContext(store, settings, { ...PROCESS, memory: remembered });
    const mark = { projectId: 'proj-1', usageMonth: '2026-11' };
    puts.length = 0;
    await open(memory).markChanged(mark);
    await open(memory).markChanged(mark);
    expect(puts).toEqual(['put']);
    await open().markChanged(mark);
    expect(puts).toEqual(['put', 'put']);
  });

  test('caches the tariffs for five seconds, over all contexts of a process, until a fresh read', async () => {
    const memoryTable = createMemoryTable();
    let reads = 0;
    const table = wrapTable(memoryTable, async ({ name }, run) => {
      if (name === 'query') reads += 1;
      return run();
    });
    const store = createStore(table);
    const settings = await agreeOnSettings(store, PARIS, NOW);
    const clock = { now: NOW };
    const memory = createMemory();
    const seen = async (freshness?: 'fresh') => {
      const context = openContext(store, settings, { ...PROCESS, now: () => clock.now, memory });
      return (await context.tariffs(freshness)).seen;
    };
    expect(await seen()).toBe(0);
    await store.publishTariff(TARIFF);
    clock.now += TARIFF_CACHE_MS - 1;
    expect([await seen(), reads]).toEqual([0, 1]);
    clock.now += 1;
    expect([await seen(), reads]).toEqual([1, 2]);
    await store.publishTariff({ ...TARIFF, revision: 2 });
    expect([await seen(), reads]).toEqual([1, 2]);
    expect([await seen('fresh'), reads]).toEqual([2, 3]);
    expect([await seen(), reads]).toEqual([2, 3]);
  });

  test('ages a cached read from the moment the read began', async () => {
    const clock = { now: NOW };
    const table = wrapTable(createMemoryTable(), async ({ name }, run) => {
      const result = await run();
      if (name === 'query') clock.now += TARIFF_CACHE_MS;
      return result;
    });
    const store = createStore(table);
    const settings = await agreeOnSettings(store, PARIS, NOW);
    const context = openContext(store, settings, { ...PROCESS, now: () => clock.now });
    expect((await context.tariffs()).seen).toBe(0);
    await store.publishTariff(TARIFF);
    expect((await context.tariffs()).seen).toBe(1);
  });
});
