import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatMinor } from '../../../../lib/billing/money.ts';
import { thresholdMinor } from '../../../../lib/operations/budgets/budget-content.ts';
import type { Budget, Threshold } from '../../../../lib/store/budgets.ts';
import { pricesOf } from '../../billing/builders.ts';
import { at, status, TARIFF } from '../world.ts';
import { type BudgetWorld, createBudgetWorld } from './budget-world.ts';
import { crossingsOf, type KnownRun, type OracleRules } from './crossing-oracle.ts';

const MINUTE_MS = 60_000;
/** Half an hour before a month ends, and half an hour after. */
const START = at('2026-11-30T23:30:00Z');
const MIDNIGHT = at('2026-12-01T00:00:00Z');
const END = at('2026-12-01T00:30:00Z');

const PRICES = { 'a-gpu': '60', 'b-gpu': '7.77' };
const LATER_PRICES = { 'a-gpu': '35.5', 'b-gpu': '7.77' };

interface Job {
  readonly start: number;
  readonly runsFor: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly flavor: string;
  readonly milliUnits: number;
  readonly team: string;
  readonly lateStart: number;
  readonly lateEnd: number;
}

interface BudgetChange {
  readonly time: number;
  readonly name: string;
  readonly minor: bigint;
  readonly label: Budget['label'];
  readonly thresholds: readonly Threshold[];
  readonly stops: Budget['stops'];
  readonly isRemoval: boolean;
}

interface Scenario {
  readonly jobs: readonly Job[];
  readonly changes: readonly BudgetChange[];
  readonly repricedAt: number;
  readonly tickMs: number;
  /** Minutes in which the schedule does not run. */
  readonly missed: ReadonlySet<number>;
}

const time = fc.integer({ min: START, max: END });

const threshold: fc.Arbitrary<Threshold> = fc.record({
  at: fc.oneof(
    fc.record({ basisPoints: fc.integer({ min: 1, max: 15_000 }) }),
    fc.record({ minor: fc.bigInt({ min: 1n, max: 200_00n }) }),
  ),
  on: fc.constant('spent' as const),
  action: fc.constantFrom('notify' as const, 'stop' as const),
});

const scenario = (maxLateMs: number, maxMissed: number): fc.Arbitrary<Scenario> =>
  fc.record({
    jobs: fc.array(
      fc.record({
        start: fc.integer({ min: START - 20 * MINUTE_MS, max: END }),
        runsFor: fc.option(fc.integer({ min: 1, max: 40 * MINUTE_MS }), { nil: undefined }),
        timeoutMs: fc.option(fc.integer({ min: 1, max: 40 * MINUTE_MS }), { nil: undefined }),
        flavor: fc.constantFrom('a-gpu', 'b-gpu'),
        milliUnits: fc.constantFrom(500, 1_000, 3_000),
        team: fc.constantFrom('vision', 'speech'),
        lateStart: fc.integer({ min: 0, max: maxLateMs }),
        lateEnd: fc.integer({ min: 0, max: maxLateMs }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    changes: fc.array(
      fc.record({
        time,
        name: fc.constantFrom('monthly', 'vision'),
        minor: fc.bigInt({ min: 1_00n, max: 120_00n }),
        label: fc.option(fc.constant({ key: 'team', value: 'vision' }), { nil: undefined }),
        thresholds: fc.array(threshold, { minLength: 1, maxLength: 3 }),
        stops: fc.constantFrom('all' as const, 'until it fits' as const),
        isRemoval: fc.nat({ max: 5 }).map((n) => n === 0),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    repricedAt: time,
    tickMs: fc.nat({ max: MINUTE_MS - 1 }),
    missed: fc.array(fc.nat({ max: 59 }), { maxLength: maxMissed }).map((minutes) => new Set(minutes)),
  });

interface Step {
  readonly time: number;
  readonly run: () => Promise<void>;
}

/** The budgets as set, and the runs as known, beside the world. */
const createPlay = async ({ jobs, changes, repricedAt, tickMs, missed }: Scenario) => {
  const world = await createBudgetWorld({
    now: new Date(START - 30 * MINUTE_MS).toISOString(),
    tariffs: [
      { ...TARIFF, prices: pricesOf(PRICES) },
      { ...TARIFF, effectiveFrom: repricedAt, prices: pricesOf(LATER_PRICES) },
    ],
  });
  const rules: OracleRules = {
    monthOf: (moment) => (moment < MIDNIGHT ? '2026-11' : '2026-12'),
    priceAt: (flavor, moment) => (moment < repricedAt ? PRICES : LATER_PRICES)[flavor as keyof typeof PRICES],
  };
  const budgets = new Map<string, Budget>();
  const started = new Map<number, Job>();
  const ended = new Set<number>();
  const runs = (): KnownRun[] =>
    [...started].map(([index, { start, runsFor = 0, timeoutMs = Infinity, ...job }]) => ({
      ...{ ...job, start, limit: start + timeoutMs },
      end: ended.has(index) ? start + runsFor : undefined,
    }));

  const facts = jobs.flatMap((job, index): Step[] => {
    const { start, runsFor, timeoutMs, flavor, milliUnits, team, lateStart, lateEnd } = job;
    const said = {
      resources: { flavor, milliUnits: { gpu: milliUnits } },
      labels: { team },
      ...(timeoutMs !== undefined && { timeoutMs }),
    };
    const fact = (entered: 'RUNNING' | 'DONE', moment: number) =>
      status(`job-${index}`, entered, new Date(moment).toISOString(), said);
    const begins: Step = {
      time: Math.max(start, START - MINUTE_MS) + lateStart,
      async run() {
        started.set(index, job);
        await world.deliver(fact('RUNNING', start));
      },
    };
    if (runsFor === undefined) return [begins];
    const ends: Step = {
      time: Math.max(start + runsFor, START - MINUTE_MS) + lateEnd,
      async run() {
        ended.add(index);
        await world.deliver(fact('DONE', start + runsFor));
      },
    };
    return [begins, ends];
  });
  const settings = changes.map(
    ({ time: moment, isRemoval, label, ...content }): Step => ({
      time: moment,
      async run() {
        if (!isRemoval) await world.setBudget({ ...content, ...(label && { label }) });
        else if (budgets.has(content.name)) await world.removeBudget(content.name);
        const now = await world.store.readBudget('proj-1', content.name);
        if (!now || now.removed) budgets.delete(content.name);
        else budgets.set(content.name, now);
      },
    }),
  );
  return { world, rules, budgets, runs, steps: [...facts, ...settings], tickMs, missed };
};

type Play = Awaited<ReturnType<typeof createPlay>>;

const idOf = ({ projectId, name }: Budget, month: string, minor: bigint, action: string) => {
  const money = `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;
  return `budget.threshold.crossed/${projectId}/${name}/${month}/spent ${money} ${action}`;
};

/** Every threshold that is crossed by now, by the id of its event, with when it was. */
const crossedByNow = ({ world, rules, budgets, runs }: Play): Map<string, number> => {
  const now = world.clock.now;
  const crossed = new Map<string, number>();
  for (const budget of budgets.values()) {
    const sums = budget.thresholds.map((one) => thresholdMinor(budget, one));
    for (const month of ['2026-11', '2026-12']) {
      if (month > rules.monthOf(now)) continue;
      // A budget set after the month's end is not about it.
      if (month !== rules.monthOf(now) && budget.changedAt >= MIDNIGHT) continue;
      const crossings = crossingsOf(budget, sums, runs(), now, month, rules);
      for (const [index, { action }] of budget.thresholds.entries()) {
        const moment = crossings.get(sums[index] as bigint);
        if (moment !== undefined) crossed.set(idOf(budget, month, sums[index] as bigint, action), moment);
      }
    }
  }
  return crossed;
};

/** Plays all steps, with a run of the schedule every minute; after each, what must hold. */
const play = async (of: Scenario, boundMs: number) => {
  const scene = await createPlay(of);
  const { world } = scene;
  const seen = new Map<string, number>();
  const tick = (index: number): Step => ({
    time: START + index * MINUTE_MS + scene.tickMs,
    async run() {
      if (scene.missed.has(index)) return;
      await world.check();
      const crossed = crossedByNow(scene);
      const events = (await world.events()).filter(({ type }) => type === 'budget.threshold.crossed');
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
      for (const { id, data, time: firedAt } of events) {
        if (seen.has(id)) continue;
        seen.set(id, firedAt);
        expect({ id, at: at(String(data.crossedAt)) }).toEqual({ id, at: crossed.get(id) });
      }
      expect([...crossed.keys()].filter((id) => !seen.has(id))).toEqual([]);
      await expectStops(scene, boundMs);
    },
  });
  const steps = [...scene.steps, ...Array.from({ length: 60 }, (_, index) => tick(index))];
  for (const { time: moment, run } of steps.sort((a, b) => a.time - b.time)) {
    world.clock.now = Math.max(world.clock.now, moment);
    await run();
  }
  return { world, events: await world.events() };
};

/** Every running job of a budget that stops all was requested to stop at its highest crossed `stop`. */
const expectStops = async ({ world, budgets, rules, runs }: Play, boundMs: number) => {
  const now = world.clock.now;
  const month = rules.monthOf(now);
  const requested = await stopsOf(world);
  // A run that ended past its limit costs more from then on than its start had said.
  const surprises = runs().flatMap(({ end = 0, limit }) => (end > limit ? [end] : []));
  for (const budget of budgets.values()) {
    if (budget.stops !== 'all') continue;
    const sums = budget.thresholds
      .filter(({ action }) => action === 'stop')
      .map((one) => thresholdMinor(budget, one));
    const crossings = [...crossingsOf(budget, sums, runs(), now, month, rules)];
    const [sum, crossedAt] = crossings.sort(([a], [b]) => Number(b - a))[0] ?? [];
    if (sum === undefined || crossedAt === undefined) continue;
    for (const { start, end, limit, team } of runs()) {
      if (end !== undefined || limit < now || (budget.label && budget.label.value !== team)) continue;
      const found = requested.filter(({ id }) =>
        id.endsWith(`/${budget.name}/${month}/${formatMinor(sum, 'EUR')}/${new Date(start).toISOString()}`),
      );
      expect(found.length).toBeGreaterThan(0);
      const since = Math.max(crossedAt, start, budget.changedAt, ...surprises);
      expect(Math.min(...found.map(({ time: askedAt }) => askedAt)) - since).toBeLessThanOrEqual(boundMs);
    }
  }
};

const stopsOf = async (world: BudgetWorld) =>
  (await world.events()).filter(({ type }) => type === 'job.stop.requested');

test('however late facts and checks are, each threshold that is crossed fires once, with the true moment', async () => {
  await fc.assert(
    fc.asyncProperty(scenario(20 * MINUTE_MS, 20), async (of) => {
      await play(of, Infinity);
    }),
    { numRuns: 25 },
  );
}, 30_000);

test('facts in time: stops are requested within a minute of the start of the minute that crosses', async () => {
  await fc.assert(
    fc.asyncProperty(scenario(0, 0), async (of) => {
      await play(of, MINUTE_MS);
    }),
    { numRuns: 25 },
  );
}, 30_000);
