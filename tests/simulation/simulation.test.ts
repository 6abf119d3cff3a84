import { expect, test } from 'vitest';
import { playMany } from './pool.ts';
import { explainFailure, scenarioOf } from './shrink.ts';
import { play } from './world.ts';

const RUNS = 10_000;

test(`${RUNS} random schedules end with the charges and bills that a walk from minute to minute gives`, async () => {
  const { runs, failed } = await playMany({ seed: 1, runs: RUNS });
  expect(failed === undefined ? '' : await explainFailure(failed)).toBe('');
  expect(runs).toBe(RUNS);
});

test('a seed always plays the same schedule', async () => {
  const scheduleOf = async (seed: number) => {
    const schedule: string[] = [];
    await play(scenarioOf(seed), {}, (step) => schedule.push(step));
    return schedule;
  };
  expect(await scheduleOf(7)).toEqual(await scheduleOf(7));
});
