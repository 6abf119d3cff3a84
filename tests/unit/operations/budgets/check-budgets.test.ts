import { describe, expect, test } from 'vitest';
import { readBudgetStates } from '../../../../lib/operations/budgets/budget-states.ts';
import { readUsage } from '../../../../lib/operations/reads/read-usage.ts';
import { pricesOf } from '../../billing/builders.ts';
import { at, retraction, status, TARIFF } from '../world.ts';
import { type BudgetWorld, createBudgetWorld, forecast, spent, spentMoney } from './budget-world.ts';

/** One GPU at 60 an hour costs one a minute. */
const ONE_A_MINUTE = { ...TARIFF, prices: pricesOf({ gpu: '60' }) };
const ONE_GPU = { resources: { flavor: 'gpu', milliUnits: { gpu: 1_000 } } };

const DAY_MS = 24 * 60 * 60 * 1000;

const running = (jobId: string, time: string, said = {}) =>
  status(jobId, 'RUNNING', time, { ...ONE_GPU, ...said });
const done = (jobId: string, time: string, said = {}) => status(jobId, 'DONE', time, { ...ONE_GPU, ...said });

const open = (settings: Parameters<typeof createBudgetWorld>[0] = {}) =>
  createBudgetWorld({ now: '2026-11-10T12:00:00Z', tariffs: [ONE_A_MINUTE], ...settings });

const states = async (world: BudgetWorld, month = '2026-11') =>
  readBudgetStates(await world.open(), 'proj-1', month, world.clock.now);

describe('a threshold', () => {
  test('fires with the start of the minute that reaches its money, once', async () => {
    const world = await open();
    await world.setBudget({ minor: 10_00n, thresholds: [spent(80)] });
    await world.deliver(running('a', '2026-11-10T12:00:30Z'));
    await world.check('2026-11-10T12:07:30.000Z');
    expect(await world.fired()).toEqual([]);
    // The eighth minute commences.
    await world.check('2026-11-10T12:07:30.001Z');
    await world.check('2026-11-10T12:30:00Z');
    expect(await world.fired()).toEqual(['monthly: notify at 8.00 2026-11-10T12:07:30.000Z (spent 8.00)']);
  });

  test('is known before it is crossed, and checked at that instant', async () => {
    const world = await open();
    await world.setBudget({ minor: 10_00n, thresholds: [spent(80)] });
    await world.deliver(running('a', '2026-11-10T12:00:30Z'));
    await world.check('2026-11-10T12:03:00Z');
    expect(await world.dueAt()).toBe('2026-11-10T12:07:30.001Z');
    expect((await states(world))[0]).toMatchObject({
      spent: '3.00',
      thresholds: [{ amount: '8.00', willCrossAt: '2026-11-10T12:07:30.000Z' }],
    });
    world.setClock('2026-11-10T12:08:00Z');
    expect((await states(world))[0]?.thresholds[0]).toMatchObject({ crossedAt: '2026-11-10T12:07:30.000Z' });
  });

  test('is known of a label too before the first minute of its job', async () => {
    const world = await open();
    const label = { key: 'team', value: 'vision' };
    await world.setBudget({ minor: 10_00n, label, thresholds: [spent(80)] });
    await world.deliver(running('a', '2026-11-10T12:00:00Z', { labels: { team: 'vision' } }));
    expect((await states(world))[0]).toMatchObject({
      spent: '0.00',
      thresholds: [{ amount: '8.00', willCrossAt: '2026-11-10T12:07:00.000Z' }],
    });
  });

  test('waits for its minute where a stop is reported that is still to come', async () => {
    const world = await open();
    await world.setBudget({ minor: 10_00n, thresholds: [spent(100)] });
    await world.deliver(running('a', '2026-11-10T12:00:00Z'), done('a', '2026-11-10T12:20:00Z'));
    await world.check('2026-11-10T12:05:00Z');
    expect((await states(world))[0]).toMatchObject({ spent: '20.00' });
    expect(await world.fired()).toEqual([]);
    // At its start the minute has not commenced.
    await world.setBudget({ minor: 10_00n, thresholds: [spent(100)] });
    await world.check('2026-11-10T12:09:00Z');
    expect(await world.fired()).toEqual([]);
    await world.check('2026-11-10T12:10:00Z');
    expect(await world.fired()).toEqual(['monthly: notify at 10.00 2026-11-10T12:09:00.000Z (spent 20.00)']);
  });

  test('of a percentage is rounded up to the minor unit', async () => {
    const world = await open();
    await world.setBudget({ minor: 10_01n, thresholds: [spent(50), spentMoney(500n)] });
    expect((await states(world))[0]?.thresholds.map(({ amount }) => amount)).toEqual(['5.01', '5.00']);
  });

  test('counts what usage shows', async () => {
    const world = await open();
    await world.setBudget({ minor: 10_00n, thresholds: [spent(80)] });
    await world.deliver(running('a', '2026-11-10T12:00:30Z'), done('b', '2026-11-10T11:00:00Z'));
    await world.deliver(running('b', '2026-11-10T10:00:00Z'));
    world.setClock('2026-11-10T12:10:00Z');
    const usage = await readUsage(await world.open(), 'proj-1', '2026-11', world.clock.now);
    expect((await states(world))[0]).toMatchObject({
      spent: usage.total,
      forecast: usage.forecast?.expected,
    });
    expect(usage.total).toBe('70.00');
  });

  test('of several fires in the order of crossing', async () => {
    const world = await open();
    await world.setBudget({ minor: 10_00n, thresholds: [spent(100), spent(50), spent(80)] });
    await world.deliver(running('a', '2026-11-10T11:00:00Z'));
    await world.check();
    const events = await world.events();
    expect(events.map(({ sequence, data }) => [sequence, (data.threshold as { at: string }).at])).toEqual([
      [1, '50%'],
      [2, '80%'],
      [3, '100%'],
    ]);
  });
});

describe('a budget that changes in mid-month', () => {
  const withFired = async () => {
    const world = await open();
    await world.setBudget({ minor: 10_00n, thresholds: [spent(80)] });
    await world.deliver(running('a', '2026-11-10T12:00:00Z'));
    await world.check('2026-11-10T12:08:00Z');
    expect(await world.fired()).toHaveLength(1);
    return world;
  };

  test('raised: what fired stays, and its new money fires in its turn', async () => {
    const world = await withFired();
    await world.setBudget({ minor: 20_00n, thresholds: [spent(80)] });
    await world.check('2026-11-10T12:09:00Z');
    expect(await world.fired()).toHaveLength(1);
    await world.check('2026-11-10T12:16:00Z');
    expect((await world.fired()).at(-1)).toMatch(/at 16.00 2026-11-10T12:15:00.000Z/);
  });

  test('lowered: what is crossed by now fires at the next check', async () => {
    const world = await withFired();
    await world.setBudget({ minor: 5_00n, thresholds: [spent(80)] });
    await world.check();
    expect((await world.fired()).at(-1)).toMatch(/at 4.00 2026-11-10T12:03:00.000Z/);
  });

  test('removed: nothing fires any more, and no charge is read for it', async () => {
    const world = await withFired();
    await world.setBudget({ minor: 20_00n, thresholds: [spent(80)] });
    await world.removeBudget();
    await world.check('2026-11-10T13:00:00Z');
    await world.deliver(running('b', '2026-11-10T12:00:00Z'));
    expect(await world.check('2026-11-11T13:00:00Z')).toMatchObject({ checked: [] });
    expect(await world.fired()).toHaveLength(1);
  });

  test('made again: thresholds at the same money have fired, others fire', async () => {
    const world = await withFired();
    await world.removeBudget();
    await world.check('2026-11-10T12:09:00Z');
    await world.setBudget({ minor: 8_00n, thresholds: [spent(100), spent(50)] });
    await world.check('2026-11-10T12:10:00Z');
    expect((await world.fired()).map((text) => text.slice(0, 23))).toEqual([
      'monthly: notify at 8.00',
      'monthly: notify at 4.00',
    ]);
  });

  test('made when it is crossed already: fires at the first check, with the true moment', async () => {
    const world = await open();
    await world.deliver(running('a', '2026-11-01T00:00:00Z'), done('a', '2026-11-01T01:00:00Z'));
    await world.setBudget({ minor: 10_00n, thresholds: [spent(100)] });
    await world.check();
    expect(await world.fired()).toEqual(['monthly: notify at 10.00 2026-11-01T00:09:00.000Z (spent 60.00)']);
  });

  test('another action at the same money is another threshold', async () => {
    const world = await withFired();
    await world.setBudget({ minor: 10_00n, thresholds: [spent(80, 'stop')] });
    await world.check();
    expect((await world.fired()).at(-1)).toMatch(/^monthly: stop at 8.00/);
  });
});

describe('late facts', () => {
  test('that take spending back under a threshold take nothing back, and over it again it is silent', async () => {
    const world = await open();
    await world.setBudget({ minor: 10_00n, thresholds: [spent(80)] });
    await world.deliver(running('a', '2026-11-10T12:00:00Z'));
    await world.check('2026-11-10T12:09:00Z');
    await world.deliver(done('a', '2026-11-10T12:01:00Z'));
    await world.check('2026-11-10T12:10:00Z');
    expect((await states(world))[0]).toMatchObject({ spent: '1.00' });
    await world.deliver(running('b', '2026-11-10T12:00:00Z'));
    await world.check('2026-11-10T12:30:00Z');
    expect(await world.fired()).toEqual(['monthly: notify at 8.00 2026-11-10T12:07:00.000Z (spent 9.00)']);
  });

  test('cross a threshold of the month before', async () => {
    const world = await open();
    await world.setBudget({ minor: 10_00n, thresholds: [spent(80, 'stop')] });
    await world.check('2026-12-01T02:00:00Z');
    await world.deliver(running('a', '2026-11-30T23:00:00Z'));
    await world.check('2026-12-01T02:01:00Z');
    const events = await world.events();
    expect(events.map(({ id, data }) => [id, data.crossedAt])).toEqual([
      ['budget.threshold.crossed/proj-1/monthly/2026-11/spent 8.00 stop', '2026-11-30T23:07:00.000Z'],
      // For December only.
      ['job.stop.requested/proj-1/a/monthly/2026-12/8.00/2026-11-30T23:00:00.000Z', undefined],
      ['budget.threshold.crossed/proj-1/monthly/2026-12/spent 8.00 stop', '2026-12-01T00:07:00.000Z'],
    ]);
  });

  test('cross no threshold of the month before once it is closed', async () => {
    const world = await open();
    await world.setBudget({ minor: 10_00n, thresholds: [spent(80)] });
    await world.deliver(running('a', '2026-11-10T11:00:00Z'), done('a', '2026-11-10T11:01:00Z'));
    await world.closeAt('2026-12-01T07:00:00Z');
    await world.deliver(running('b', '2026-11-30T22:00:00Z'), done('b', '2026-11-30T23:00:00Z'));
    await world.check();
    expect((await states(world))[0]).toMatchObject({ spent: '61.00' });
    expect(await world.fired()).toEqual([]);
  });

  test('of the month before are not about a budget that was set after its end', async () => {
    const world = await open({ now: '2026-11-30T23:00:00Z' });
    await world.deliver(running('a', '2026-11-30T22:00:00Z'), done('a', '2026-11-30T23:00:00Z'));
    world.setClock('2026-12-01T00:00:00Z');
    await world.setBudget({ minor: 10_00n, thresholds: [spent(80)] });
    await world.check();
    expect(await world.fired()).toEqual([]);
  });
});

describe('the month of a budget', () => {
  test.each([
    ['Europe/Paris', '2026-03', '2026-02-28T23:00:00Z', '2026-03-31T22:00:00.001Z'],
    ['Europe/Paris', '2026-10', '2026-09-30T22:00:00Z', '2026-10-31T23:00:00.001Z'],
    ['America/Los_Angeles', '2026-03', '2026-03-01T08:00:00Z', '2026-04-01T07:00:00.001Z'],
    ['America/Los_Angeles', '2026-11', '2026-11-01T07:00:00Z', '2026-12-01T08:00:00.001Z'],
  ])(
    'in %s in %s, when clocks change, begins and ends with the billing month',
    async (timeZone, month, start, next) => {
      const world = await open({
        ...{ now: start, timeZone },
        tariffs: [{ ...ONE_A_MINUTE, maxRunningMs: 90 * DAY_MS, maxSilenceMs: 90 * DAY_MS }],
      });
      await world.setBudget({ minor: 10_00n, thresholds: [spent(80)] });
      // Ten minutes before the month: none of them count.
      await world.deliver(running('a', new Date(at(start) - 600_000).toISOString()));
      await world.check(new Date(at(start) + 420_000).toISOString());
      expect(await world.fired()).toEqual([]);
      await world.check(new Date(at(start) + 420_001).toISOString());
      expect((await world.events()).map(({ id }) => id)).toEqual([
        `budget.threshold.crossed/proj-1/monthly/${month}/spent 8.00 notify`,
      ]);
      // Spending begins again with the month after.
      await world.check(new Date(at(next) - 1_800_000).toISOString());
      expect(await world.dueAt()).toBe(new Date(at(next) - 1).toISOString());
      await world.check(new Date(at(next) + 420_000).toISOString());
      await world.deliver(done('a', new Date(at(next) - 1).toISOString()));
      await world.check();
      expect(await world.fired()).toHaveLength(2);
    },
  );

  test('has a change of price in it that is known before', async () => {
    const world = await open({
      tariffs: [
        ONE_A_MINUTE,
        { ...ONE_A_MINUTE, effectiveFrom: at('2026-11-10T12:05:00Z'), prices: pricesOf({ gpu: '180' }) },
      ],
    });
    await world.setBudget({ minor: 10_00n, thresholds: [spent(100)] });
    await world.deliver(running('a', '2026-11-10T12:00:00Z'));
    await world.check('2026-11-10T12:03:00Z');
    // Five at 1 and two at 3 make 11.
    expect(await world.dueAt()).toBe('2026-11-10T12:06:00.001Z');
  });
});

describe('what is not spent', () => {
  test('is held time, beyond the limit of a job', async () => {
    const world = await open();
    await world.setBudget({ minor: 10_00n, thresholds: [spent(100)] });
    await world.deliver(running('a', '2026-11-10T12:00:00Z', { timeoutMs: 9 * 60_000 }));
    await world.check('2026-11-10T14:00:00Z');
    expect((await states(world))[0]).toMatchObject({ spent: '9.00' });
    expect(await world.fired()).toEqual([]);
  });

  test('is time without a price, until it has one', async () => {
    const world = await open();
    const unpriced = { resources: { flavor: 'new-gpu', milliUnits: { gpu: 1_000 } } };
    await world.setBudget({ minor: 10_00n, thresholds: [spent(100)] });
    await world.deliver(status('a', 'RUNNING', '2026-11-10T12:00:00Z', unpriced));
    await world.check('2026-11-10T14:00:00Z');
    expect(await world.fired()).toEqual([]);
    await world.store.publishTariff({ ...ONE_A_MINUTE, revision: 2, prices: pricesOf({ 'new-gpu': '60' }) });
    await world.check('2026-11-10T15:00:00Z');
    expect(await world.fired()).toEqual(['monthly: notify at 10.00 2026-11-10T12:09:00.000Z (spent 180.00)']);
  });

  test('is time of jobs without the label of the budget', async () => {
    const world = await open();
    const vision = { labels: { team: 'vision' } };
    await world.setBudget({
      name: 'vision',
      minor: 10_00n,
      label: { key: 'team', value: 'vision' },
      thresholds: [spent(100)],
    });
    await world.deliver(
      running('a', '2026-11-10T12:00:00Z', vision),
      running('b', '2026-11-10T12:00:00Z', { labels: { team: 'speech' } }),
      running('c', '2026-11-10T12:00:00Z'),
    );
    await world.check('2026-11-10T12:20:00Z');
    expect(await world.fired()).toEqual(['vision: notify at 10.00 2026-11-10T12:09:00.000Z (spent 20.00)']);
  });

  test('is what a retraction takes back', async () => {
    const world = await open();
    const mistaken = running('a', '2026-11-10T11:00:00Z');
    await world.setBudget({ minor: 10_00n, thresholds: [spent(100)] });
    await world.deliver(mistaken);
    await world.deliver(retraction(mistaken, '2026-11-10T12:00:00Z'));
    await world.check();
    expect(await world.fired()).toEqual([]);
  });
});

describe('a threshold on the forecast', () => {
  test('fires at the check that finds the forecast there, at least every hour', async () => {
    const world = await open();
    await world.setBudget({ minor: 1_000_00n, thresholds: [forecast(100)] });
    await world.deliver(running('a', '2026-11-10T12:00:00Z'));
    await world.check('2026-11-10T12:03:00Z');
    expect(await world.fired()).toEqual([]);
    expect(await world.dueAt()).toBe('2026-11-10T13:03:00.000Z');
    // A job is expected to run on for as long as it has run.
    await world.check('2026-11-10T20:20:00Z');
    expect(await world.fired()).toEqual([
      'monthly: notify at 1000.00 2026-11-10T20:20:00.000Z (forecast 1000.00)',
    ]);
    await world.deliver(done('a', '2026-11-10T20:00:00Z'));
    await world.check('2026-11-10T20:21:00Z');
    await world.deliver(running('b', '2026-11-10T12:00:00Z'));
    await world.check('2026-11-11T20:21:00Z');
    expect(await world.fired()).toHaveLength(1);
  });
});
