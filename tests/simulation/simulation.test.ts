import { expect, test } from 'vitest';
import { createMemoryTable } from '../../lib/store/memory-table.ts';
import { playMany, type Total } from '../../simulation/pool.ts';
import { createRandom } from '../../simulation/random.ts';
import { createScheduler } from '../../simulation/scheduler.ts';
import { explainFailure, scenarioOf } from '../../simulation/shrink.ts';
import { play } from '../../simulation/world.ts';

const RUNS = 1_000;
/** Several times what they take alone on two cores. */
const MOST_MS = 600_000;

test(
  `${RUNS} random schedules end with the charges and bills that a walk from minute to minute gives`,
  async () => {
    const totals: Total[] = [];
    const { runs, right, nextSeed, failed } = await playMany({ seed: 1, runs: RUNS }, (total) =>
      totals.push(total),
    );
    expect(failed === undefined ? '' : await explainFailure(failed)).toBe('');
    expect({ runs, right, nextSeed }).toEqual({ runs: RUNS, right: RUNS, nextSeed: RUNS + 1 });
    // All schedules before the seed to continue from have been played.
    expect(totals.every((total) => total.nextSeed - 1 <= total.runs)).toBe(true);
  },
  MOST_MS,
);

test('a seed always plays the same schedule', async () => {
  const scheduleOf = async (seed: number) => {
    const schedule: string[] = [];
    await play(scenarioOf(seed), {}, (step) => schedule.push(step));
    return schedule;
  };
  expect(await scheduleOf(7)).toEqual(await scheduleOf(7));
});

test('a call that an invocation left under way ends the next invocation of its process when it dies', async () => {
  const scheduler = createScheduler(createMemoryTable(), createRandom(1), {
    faults: { rate: 0, most: 0 },
    holds: [{ process: 'first', call: 'get', dies: 'before' }],
    now: () => 0,
    advance: () => {},
    onStep: () => {},
  });
  const host = { crashed: false };
  const key = { pk: 'a', sk: 'b' };
  let left: Promise<unknown> | undefined;
  const ends: string[] = [];
  await scheduler.start(
    'first',
    host,
    async ({ table }) => {
      left = table.get(key);
    },
    ({ kind }) => ends.push(`first ${kind}`),
  );
  await scheduler.start(
    'second',
    host,
    async () => left,
    ({ kind }) => ends.push(`second ${kind}`),
  );
  expect(scheduler.running()).toBe(1);
  scheduler.release();
  await scheduler.step();
  expect(ends).toEqual(['first returned', 'second crashed']);
  expect(scheduler.running()).toBe(0);
  expect(host.crashed).toBe(true);
});
