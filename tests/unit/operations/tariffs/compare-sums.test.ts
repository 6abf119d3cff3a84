import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactAmount, formatMinor, parseMinor, roundHalfUp, toMilli } from '../../../../lib/billing/money.ts';
import { STATUSES } from '../../../../lib/billing/statuses.ts';
import {
  type ComparedCost,
  type Comparison,
  compareTariffs,
} from '../../../../lib/operations/tariffs/compare.ts';
import type { DraftTariff } from '../../../../lib/operations/tariffs/publish.ts';
import { pricesOf } from '../../billing/builders.ts';
import { at, createWorld, status, TARIFF, type World } from '../world.ts';
import { compare, DAY_MS } from './compared-tariffs.ts';

const FLAVORS = { 'ai1-1-cpu': '0.03', 'ai1-1-gpu': '1.93', odd: '0.333333333333' } as const;
const IN_FORCE: DraftTariff = { ...TARIFF, prices: pricesOf(FLAVORS) };

/** Jobs of October with any steps, on the second or off it, of two projects; some never end. */
const arbitraryJobs = fc.array(
  fc.record({
    projectId: fc.constantFrom('proj-1', 'proj-2'),
    resources: fc.record({
      flavor: fc.constantFrom<string[]>(...Object.keys(FLAVORS), 'unpriced'),
      milliUnits: fc.record({
        cpu: fc.integer({ min: 1, max: 9_000 }),
        gpu: fc.constantFrom(500, 1_000, 3_000),
      }),
    }),
    start: fc.integer({ min: 0, max: 30 * DAY_MS }),
    steps: fc.array(
      fc.record({
        entered: fc.constantFrom(...STATUSES),
        afterMs: fc.oneof(
          fc.integer({ min: 1, max: 600_000 }),
          fc.integer({ min: 1, max: 200 }).map((minutes) => minutes * 60_000),
          fc.integer({ min: 1, max: 35 * DAY_MS }),
        ),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  }),
  { maxLength: 8 },
);

type Jobs = typeof arbitraryJobs extends fc.Arbitrary<infer Value> ? Value : never;

const tellJobs = async (world: World, jobs: Jobs) => {
  for (const [index, { projectId, resources, start, steps }] of jobs.entries()) {
    let time = at('2026-10-01T00:00:00Z') + start;
    const facts = steps.map(({ entered, afterMs }) => {
      time += afterMs;
      return status(`job-${index}`, entered, new Date(time).toISOString(), { projectId, resources });
    });
    await world.tell(...facts);
  }
};

const QUANTITIES = ['minutes', 'unitMinutes', 'unratedMinutes', 'heldIntervals'] as const;

/** Sums of rows of costs, with money in cents and quantities in thousandths. */
const sumsOf = (rows: readonly (readonly ComparedCost[])[], tariffs: number) =>
  Array.from({ length: tariffs }, (_, tariff) => {
    const costs = rows.flatMap((row) => row[tariff] ?? []);
    return {
      ...Object.fromEntries(
        QUANTITIES.map((name) => [name, costs.reduce((sum, each) => sum + toMilli(each[name]), 0)]),
      ),
      cost: costs.reduce((sum, each) => sum + parseMinor(each.cost), 0n),
      difference: costs.reduce((sum, each) => sum + parseMinor(each.difference), 0n),
    };
  });

describe('a comparison of any jobs', () => {
  const tariffs: DraftTariff[] = [
    IN_FORCE,
    { ...IN_FORCE, billableStatuses: ['PENDING', 'RUNNING', 'TIMEOUT'], maxRunningMs: 7 * DAY_MS },
    { ...IN_FORCE, prices: pricesOf({ ...FLAVORS, odd: '0.07', unpriced: '1' }) },
  ];

  /**
   * Cents of a project: each line, one a flavor, rounded half up, without the code of a statement.
   * Unit minutes are in thousandths.
   */
  const centsOf = (jobs: Jobs, { jobs: rows }: Comparison['projects'][number], tariff: number) => {
    const lines = new Map<string, { unitMinutes: bigint; price: string }>();
    for (const { jobId, costs } of rows) {
      const flavor = jobs[Number(jobId.slice('job-'.length))]?.resources.flavor ?? '';
      const price = tariffs[tariff]?.prices[flavor]?.pricePerHour;
      if (price === undefined) continue;
      const key = flavor;
      const thousandths = BigInt(Math.round((costs[tariff]?.unitMinutes ?? 0) * 1_000));
      const unitMinutes = thousandths + (lines.get(key)?.unitMinutes ?? 0n);
      lines.set(key, { unitMinutes, price });
    }
    return [...lines.values()].reduce(
      (sum, { unitMinutes, price }) => sum + roundHalfUp(exactAmount(unitMinutes, price), 'EUR'),
      0n,
    );
  };

  test('adds up jobs to their project and projects to the total, and a project to its rounded lines (I5)', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryJobs, async (jobs) => {
        const world = await createWorld({ now: '2026-10-25T12:34:56.789Z' });
        await tellJobs(world, jobs);
        const { projects, total } = await compare(world, '2026-10', tariffs);
        expect(
          sumsOf(
            projects.map(({ costs }) => costs),
            3,
          ),
        ).toEqual(sumsOf([total], 3));
        for (const project of projects) {
          const { costs } = project;
          expect(
            sumsOf(
              project.jobs.map((job) => job.costs),
              3,
            ),
          ).toEqual(sumsOf([costs], 3));
          expect(costs.map(({ cost }) => parseMinor(cost))).toEqual(
            tariffs.map((_, tariff) => centsOf(jobs, project, tariff)),
          );
          for (const row of [costs, ...project.jobs.map((job) => job.costs)])
            for (const { cost, difference } of row)
              expect(difference).toBe(formatMinor(parseMinor(cost) - parseMinor(row[0]?.cost ?? ''), 'EUR'));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('shows no difference of a tariff to itself', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryJobs, async (jobs) => {
        const world = await createWorld({ now: '2026-10-25T12:34:56.789Z' });
        await tellJobs(world, jobs);
        const { projects, total } = await compare(world, '2026-10', [IN_FORCE, IN_FORCE]);
        const rows = [
          total,
          ...projects.flatMap(({ costs, jobs }) => [costs, ...jobs.map((job) => job.costs)]),
        ];
        for (const [first, second] of rows) {
          expect(second).toEqual(first);
          expect(second?.difference).toBe('0.00');
        }
      }),
      { numRuns: 50 },
    );
  });

  test('shows under the tariff in force the total of the statement, while nothing is corrected', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryJobs, fc.constantFrom('UTC', 'America/New_York'), async (jobs, timeZone) => {
        const tariff = { ...IN_FORCE, revision: 1 };
        const world = await createWorld({ now: '2026-10-01T04:00:00Z', timeZone, tariffs: [tariff] });
        await tellJobs(world, jobs);
        await world.closeAt('2026-11-01T06:00:00Z');
        const context = await world.open();
        const { projects } = await compareTariffs(context, { month: '2026-10', tariffs: [IN_FORCE] });
        const issued = await Promise.all(
          ['proj-1', 'proj-2'].map(async (projectId) => world.store.readStatement(projectId, '2026-10')),
        );
        expect(projects.map(({ projectId, costs }) => [projectId, costs[0]?.cost])).toEqual(
          issued.flatMap((statement) => (statement ? [[statement.projectId, statement.total]] : [])),
        );
      }),
      { numRuns: 100 },
    );
  });
});
