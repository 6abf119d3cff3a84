import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countUnits } from '../../../bench/cost/count-units.ts';
import { readDeployed } from '../../../bench/cost/deployed.ts';
import { createRounds } from '../../../bench/cost/rounds-table.ts';
import { planOf, waitsOf } from '../../../bench/cost/stream-plan.ts';
import { costsOf, floorUsd, sumOf } from '../../../bench/cost/usd.ts';
import { createJobs } from '../../../bench/workload.ts';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';

const MONTH = '2026-10';
/** After the month has ended. */
const BEGIN = Date.parse('2026-11-05T00:00:00Z');

const jobsOf = (jobs: number) => createJobs({ jobs, projects: 2, month: MONTH, seed: 1 });
const single = { together: 1, jobsAMonth: 1_000_000, seed: 1 } as const;

test('a plan records each event once, then settles it once, after at most the window and two reads', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 100),
      fc.constantFrom(0, 1_000, 5_000),
      fc.constantFrom(1_000_000, 100_000_000),
      fc.boolean(),
      fc.integer(),
      (together, windowMs, jobsAMonth, isPast, seed) => {
        const jobs = jobsOf(20);
        const steps = planOf(jobs, {
          ...{ together: together === 1 ? 1 : 100, windowMs, jobsAMonth, isPast, seed },
        });
        for (const kind of ['record', 'settle']) {
          const events = steps.flatMap((step) => (step.kind === kind ? step.events : []));
          expect(new Set(events).size).toBe(120);
          expect(events).toHaveLength(120);
        }
        const waits = waitsOf(steps);
        expect(waits[0]).toBeGreaterThanOrEqual(0);
        expect(waits.at(-1)).toBeLessThanOrEqual(windowMs + 2 * 250 + 60);
      },
    ),
    { numRuns: 20 },
  );
});

test('calls that are made at once are one round, and one that waits for an answer is in the next', async () => {
  const { table, run } = createRounds(createMemoryTable());
  const get = (sk: string) => table.get({ pk: 'p', sk });
  expect(await run(() => Promise.all([get('1'), get('2')]))).toBe(1);
  expect(
    await run(async () => {
      await get('1');
      await Array.fromAsync(table.query('p'));
    }),
  ).toBe(2);
  expect(await run(async () => {})).toBe(0);
  await expect(run(() => Promise.reject(new Error('wrong')))).rejects.toThrow('wrong');
});

test('a batch window saves settles and reads, and no write', async () => {
  const jobs = jobsOf(20);
  const [none, second] = [0, 1_000].map((windowMs) => planOf(jobs, { ...single, windowMs }));
  const [alone, together] = [
    await countUnits(none ?? [], MONTH, BEGIN),
    await countUnits(second ?? [], MONTH, BEGIN),
  ];
  expect(alone.record).toMatchObject({ invocations: 120, rounds: 120, writes: 120, reads: 0 });
  for (const name of ['invocations', 'jobs', 'rounds', 'reads'] as const)
    expect(together.settle[name]).toBeLessThan(alone.settle[name]);
  expect(together.settle.jobs).toBeLessThan(5 * 20);
  expect(together.settle.writes).toBe(alone.settle.writes);
});

const API_ON_DEMAND = { isBehindApi: true, capacity: 'on-demand' } as const;
const URL_ON_DEMAND = { ...API_ON_DEMAND, isBehindApi: false };

test('the floor is seven write units and seven invocations, and six requests behind the API', () => {
  expect(floorUsd(1, URL_ON_DEMAND)).toBeCloseTo(5.775, 9);
  expect(floorUsd(1, API_ON_DEMAND)).toBeCloseTo(11.775, 9);
  expect(floorUsd(100, URL_ON_DEMAND)).toBeCloseTo(4.389, 9);
});

test('a million jobs cost their units, requests, time in proportion to memory, and a sample of lines', () => {
  const counted = { invocations: 6, rounds: 6, jobs: 0, reads: 0, writes: 6 };
  const taken = { invocations: 10, cpuMicroseconds: 10_000, lines: 10, bytes: 10 * 474 };
  const measured = {
    ...{ jobs: 1, taken: { record: taken, settle: taken } },
    units: { record: counted, settle: counted, close: { reads: 8, writes: 1 } },
  };
  const deployed = { windowMs: 1_000, logSample: 0.5, memoryMb: { record: 1_769, settle: 1_024 } };
  const costs = costsOf(measured, deployed, API_ON_DEMAND);
  // An invocation: 1 ms of a processor, a call of 4 ms, and half a millisecond.
  const recording = 6 * (0.2 + 0.0055 * (1_769 / 1_024) * 13.3334);
  const settling = 6 * (0.2 + (0.001 * (1_769 / 1_024) + 0.0045) * 13.3334);
  const expected = [6, recording, settling, 13 * 0.625, 8 * 0.125, (12 * 0.5 * 500 * 0.5) / 1_000];
  expect(costs.map(({ usd }) => usd)).toEqual(expected.map((usd) => expect.closeTo(usd, 6)));
  expect(sumOf(costsOf(measured, deployed, URL_ON_DEMAND))).toBeCloseTo(sumOf(costs) - 6, 6);
  // A unit for an hour is 3,600 units, of which seven tenths are used.
  const byTheHour = costsOf(measured, deployed, { ...API_ON_DEMAND, capacity: 'provisioned' });
  const used = 3_600 * 0.7;
  expect(byTheHour.map(({ usd }) => usd)).toEqual(
    [6, recording, settling, (13 * 650) / used, (8 * 130) / used, expected[5]].map((usd) =>
      expect.closeTo(usd ?? 0, 6),
    ),
  );
});

test('costs follow from the settings of serverless.yml', () => {
  expect(readDeployed()).toEqual({
    ...{ windowMs: 1_000, logSample: 0.01, memoryMb: { record: 256, settle: 512 } },
  });
});
