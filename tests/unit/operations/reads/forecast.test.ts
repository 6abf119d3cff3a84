import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { parseMinor } from '../../../../lib/billing/money.ts';
import { Money } from '../../../../lib/shapes/fields.ts';
import { pricesOf } from '../../billing/builders.ts';
import { at, createWorld, cutoff, jobRef, status, TARIFF, type World } from '../world.ts';
import { run, usage } from './pages-and-runs.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const ONE_GPU = { resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 1_000 } } };

const forecastOf = async (world: World, month = '2026-11') => (await usage(world, month)).forecast;

describe('a forecast of the month', () => {
  test('lets what runs run on no longer than the longest run of its tariff', async () => {
    const world = await createWorld({ now: '2026-11-10T00:00:00Z' });
    await world.tell(status('a', 'RUNNING', '2026-11-01T00:00:00Z', ONE_GPU));
    // 28 of 30 days: not 1,389.60.
    expect(await forecastOf(world)).toMatchObject({
      monthEnd: '2026-12-01T00:00:00.000Z',
      ifAllKeepRunning: '1296.96',
    });
  });

  test('supposes that a job that runs is heard of again', async () => {
    const world = await createWorld({
      now: '2026-11-06T00:00:00Z',
      tariffs: [{ ...TARIFF, maxSilenceMs: 7 * DAY_MS }],
    });
    await world.tell(status('a', 'RUNNING', '2026-11-01T00:00:00Z', ONE_GPU));
    expect((await forecastOf(world))?.ifAllKeepRunning).toBe('1296.96');
    // It has been silent for too long by now: seven days are what it comes to.
    world.setClock('2026-11-08T00:00:01Z');
    expect((await forecastOf(world))?.ifAllKeepRunning).toBe('324.24');
  });

  test('counts a timeout, and a tariff that starts later in the month', async () => {
    const world = await createWorld({
      now: '2026-11-10T00:00:00Z',
      tariffs: [
        TARIFF,
        { ...TARIFF, effectiveFrom: at('2026-11-21T00:00:00Z'), prices: pricesOf({ 'ai1-1-gpu': '1' }) },
      ],
    });
    await world.tell(status('a', 'RUNNING', '2026-11-09T00:00:00Z', ONE_GPU));
    // 12 days at 1.93 and 10 at 1.
    expect((await forecastOf(world))?.ifAllKeepRunning).toBe('795.84');
    await world.tell(status('b', 'RUNNING', '2026-11-09T00:00:00Z', { ...ONE_GPU, timeoutMs: 2 * DAY_MS }));
    expect((await forecastOf(world))?.ifAllKeepRunning).toBe('888.48');
  });

  test('keeps what has ended, and scales the total by the time that has passed after a day', async () => {
    const world = await createWorld({ now: '2026-11-10T12:00:00Z' });
    await world.tell(...run('a', '2026-11-02T00:00:00Z', '2026-11-03T00:00:00Z', ONE_GPU));
    const { total, forecast } = await usage(world, '2026-11');
    expect(total).toBe('46.32');
    // 9.5 of 30 days: 46.32 x 30 / 9.5 = 146.2736...
    expect(forecast).toMatchObject({ atThisPace: '146.27', ifAllKeepRunning: '46.32' });
    // 46.32 x 30 / 11 = 126.3272...
    world.setClock('2026-11-12T00:00:00Z');
    expect(await forecastOf(world)).toMatchObject({ atThisPace: '126.33' });
    world.setClock('2026-11-01T23:59:59Z');
    expect(await forecastOf(world)).not.toHaveProperty('atThisPace');
  });

  test('is of the current month only', async () => {
    const world = await createWorld({ now: '2026-11-10T12:00:00Z' });
    expect(await forecastOf(world, '2026-10')).toBeUndefined();
    expect(await forecastOf(world, '2026-12')).toBeUndefined();
  });

  test('counts a job that runs since an earlier month before it has a minute of this one', async () => {
    const world = await createWorld({ now: '2026-10-31T12:00:00Z' });
    await world.tell(status('a', 'RUNNING', '2026-10-20T00:00:30Z', ONE_GPU));
    world.setClock('2026-11-01T00:00:10Z');
    const { total, running, forecast } = await usage(world, '2026-11');
    expect({ total, running }).toEqual({ total: '0.00', running: { count: 0, charges: [] } });
    // 16 days, up to its limit.
    expect(forecast?.ifAllKeepRunning).toBe('741.12');
  });

  test('counts a run once while a close replaces its open charge', async () => {
    const world = await createWorld({
      now: '2026-10-31T23:00:00Z',
      tariffs: [
        TARIFF,
        { ...TARIFF, effectiveFrom: at('2026-11-01T01:00:00Z'), prices: pricesOf({ 'ai1-1-gpu': '2' }) },
      ],
    });
    await world.tell(status('a', 'RUNNING', '2026-10-31T23:00:00Z', { ...ONE_GPU, timeoutMs: DAY_MS }));
    const former = await world.charges('proj-1', '2026-10');
    world.setClock('2026-11-01T02:00:00Z');
    await world.write(cutoff('a', '2026-11'));
    await world.settle(jobRef('a'));
    const closed = await usage(world, '2026-11');
    expect(closed).toMatchObject({ total: '3.93', forecast: { ifAllKeepRunning: '45.93' } });
    await world.store.writeCharges(former, { factsSeen: 99, tariffsSeen: 99 });
    expect(await usage(world, '2026-11')).toEqual(closed);
  });

  test('expects each running job to run as long again, and further jobs at the pace of those that ended', async () => {
    const world = await createWorld({ now: '2026-11-11T00:00:00Z' });
    await world.tell(
      ...run('ended', '2026-11-02T00:00:00Z', '2026-11-03T00:00:00Z', ONE_GPU),
      status('running', 'RUNNING', '2026-11-10T00:00:00Z', ONE_GPU),
    );
    const { total, forecast } = await usage(world, '2026-11');
    // A day each. 10 of 30 days have passed: two more days of further jobs, one or 20 of the running one.
    expect(total).toBe('92.64');
    expect(forecast).toMatchObject({ low: '92.64', expected: '231.60', high: '1111.68' });
    expect(forecast).toMatchObject({ ofRunningJobs: '46.32', ofFurtherJobs: '92.64' });
    expect(forecast?.ifAllKeepRunning).toBe('1019.04');
    await world.tell(status('running', 'RUNNING', '2026-11-10T12:00:00Z', { timeoutMs: 1.5 * DAY_MS }));
    // Only half a day is left of its timeout.
    expect(await forecastOf(world)).toMatchObject({ expected: '208.44', high: '208.44' });
  });

  test('takes the pace of the first day as if the day had passed', async () => {
    const world = await createWorld({ now: '2026-11-01T02:00:00Z' });
    await world.tell(...run('ended', '2026-11-01T00:00:00Z', '2026-11-01T01:00:00Z', ONE_GPU));
    // 718 hours are left, at 1.93 a day.
    expect(await forecastOf(world)).toMatchObject({ low: '1.93', expected: '59.67', high: '59.67' });
  });

  test('is exact, and never expects less than is spent or more than all that may come', async () => {
    const hours = fc.integer({ min: 1, max: 24 * 40 * 60 }).map((minutes) => minutes / 60);
    const jobs = fc.array(
      fc.record({
        hoursAgo: hours,
        runsFor: fc.option(hours),
        timeout: fc.option(hours),
        flavor: fc.constantFrom('ai1-1-gpu', 'ai1-1-cpu', 'unknown'),
        milliUnits: fc.integer({ min: 1, max: 9_999 }),
      }),
      { maxLength: 8 },
    );
    const scenario = fc.record({
      jobs,
      now: fc.integer({ min: 0, max: 30 * DAY_MS - 1 }),
      currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
      silence: fc.constantFrom(1, 7, 28),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ jobs: drawn, now, currency, silence }) => {
        const cheaper = {
          effectiveFrom: at('2026-11-15T00:00:30Z'),
          prices: pricesOf({ 'ai1-1-gpu': '0.7' }),
        };
        const tariffs = [TARIFF, { ...TARIFF, ...cheaper }].map((tariff) => ({
          ...{ ...tariff, currency, maxSilenceMs: silence * DAY_MS },
        }));
        const world = await createWorld({ now: '2026-11-01T00:00:00Z', currency, tariffs });
        world.clock.now += now;
        for (const [index, { hoursAgo, runsFor, timeout, flavor, milliUnits }] of drawn.entries()) {
          const iso = (time: number) => new Date(Math.round(time)).toISOString();
          const start = world.clock.now - hoursAgo * HOUR_MS;
          const end = start + (runsFor ?? Infinity) * HOUR_MS;
          const said = {
            resources: { flavor, milliUnits: { gpu: milliUnits, cpu: milliUnits } },
            ...(timeout !== null && { timeoutMs: Math.round(timeout * HOUR_MS) }),
          };
          await world.tell(
            status(`job-${index}`, 'RUNNING', iso(start), said),
            ...(end < world.clock.now ? [status(`job-${index}`, 'DONE', iso(end), {})] : []),
          );
        }
        const { total, forecast } = await usage(world, '2026-11');
        assert(forecast);
        const { low, expected, high, ifAllKeepRunning, ofRunningJobs, ofFurtherJobs } = forecast;
        for (const money of [low, expected, high, ofRunningJobs, ofFurtherJobs])
          expect(v.is(Money, money)).toBe(true);
        expect(low).toBe(total);
        const parts = [low, ofRunningJobs, ofFurtherJobs].map((money) => parseMinor(money));
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(parseMinor(expected));
        expect(parseMinor(expected)).toBeGreaterThanOrEqual(parseMinor(low));
        expect(parseMinor(high)).toBeGreaterThanOrEqual(parseMinor(expected));
        expect(parseMinor(high)).toBeGreaterThanOrEqual(parseMinor(ifAllKeepRunning));
      }),
      { numRuns: 100 },
    );
  });
});
