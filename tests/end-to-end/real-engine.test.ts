import { stdout } from 'node:process';
import { expect, onTestFailed, test } from 'vitest';
import { addMonths, createCalendar } from '../../lib/billing/months.ts';
import { createRandom } from '../../simulation/random.ts';
import { drawScenario, type Emphasis } from '../../simulation/workload.ts';
import { playOnRealEngine } from './real-engine/play.ts';
import { FATES } from './real-engine/unreliable-stream.ts';

/**
 * `SCENARIOS=50 SEED=7 npx vitest run --project end-to-end tests/end-to-end/real-engine.test.ts`
 * plays more of them.
 */
const SEED = Number(process.env.SEED ?? 1);
const SCENARIOS = Number(process.env.SCENARIOS ?? 1);

const monthsAgo = (months: number) => addMonths(createCalendar('UTC').monthOf(Date.now()).id, -months);

/**
 * A few large scenarios instead of many small ones, each with a stack and a table of its own. They
 * begin five to ten months ago: every month has ended, and no event is too old.
 */
const LARGE: Emphasis = {
  firstMonths: [monthsAgo(10), monthsAgo(9), monthsAgo(8), monthsAgo(7), monthsAgo(6), monthsAgo(5)],
  projects: 4,
  jobs: 30,
  closes: 2,
  published: 0.8,
};

const schedules = Array.from({ length: SCENARIOS }, (_, index) => {
  const seed = SEED + index;
  return { seed, timeZone: seed % 2 === 0 ? ('UTC' as const) : ('Europe/Paris' as const) };
});

test.each(schedules)(
  'the workload of seed $seed, with months in $timeZone, ends right on the real engine',
  async ({ seed, timeZone }) => {
    onTestFailed(() => {
      const file = 'tests/end-to-end/real-engine.test.ts';
      stdout.write(`again: SCENARIOS=1 SEED=${seed} npx vitest run --project end-to-end ${file}\n`);
    });
    const scenario = { ...drawScenario(createRandom(seed), LARGE), timeZone };
    const { differences, counts } = await playOnRealEngine(scenario);
    const told = Object.entries(counts).map(([what, count]) => `${what}: ${count}`);
    stdout.write(`seed ${seed}: ${told.join('; ')}\n`);
    expect(differences.join('\n')).toBe('');
    expect(counts.events).toBeGreaterThan(150);
    for (const fate of FATES) expect(counts[fate], fate).toBeGreaterThan(0);
  },
);
