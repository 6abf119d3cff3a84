import { withApprovals } from './approvals.ts';
import { createRandom } from './random.ts';
import { drawScenario, type Emphasis, type Scenario } from './workload.ts';
import { play, type Rules } from './world.ts';

/** In one scenario of so many, statements need approval. */
const WITH_APPROVALS = 40;

/** The scenario of a seed. */
export const scenarioOf = (seed: number, emphasis?: Emphasis): Scenario => {
  const random = createRandom(seed);
  const scenario = drawScenario(random, emphasis);
  return seed % WITH_APPROVALS === 0 ? withApprovals(scenario, random) : scenario;
};

/** Schedules tried before a smaller scenario counts as passing. */
const SCHEDULES = 25;

const failing = async (scenario: Scenario, rules: Rules): Promise<Scenario | undefined> => {
  for (let offset = 0; offset < SCHEDULES; offset += 1) {
    const candidate = { ...scenario, scheduleSeed: scenario.scheduleSeed + offset };
    if ((await play(candidate, rules)).differences.length > 0) return candidate;
  }
  return undefined;
};

const without = <T>(list: readonly T[], from: number, count: number) => list.toSpliced(from, count);

/** Smaller scenarios, the largest reductions first. */
function* smaller(scenario: Scenario): Generator<Scenario> {
  const { actions, tariffs, faults } = scenario;
  for (const most of [0, 1, faults.most - 1])
    if (most >= 0 && most < faults.most) yield { ...scenario, faults: { ...faults, most } };
  if (scenario.clockErrorSeconds > 0) yield { ...scenario, clockErrorSeconds: 0 };
  for (let count = Math.ceil(actions.length / 2); count >= 1; count = count > 1 ? Math.floor(count / 2) : 0)
    for (let from = 0; from < actions.length; from += count)
      yield { ...scenario, actions: without(actions, from, count) };
  for (let from = 0; from < tariffs.length; from += 1)
    yield { ...scenario, tariffs: without(tariffs, from, 1) };
}

/** Shrinks a failing scenario greedily, until each remaining part is needed. */
export const shrink = async (scenario: Scenario, rules: Rules = {}): Promise<Scenario> => {
  for (const candidate of smaller(scenario)) {
    const found = await failing(candidate, rules);
    if (found) return shrink(found, rules);
  }
  return scenario;
};

/** Describes a failed run: differences, the shortest failing schedule found, how to replay it. */
export const explainFailure = async (
  seed: number,
  rules: Rules = {},
  emphasis?: Emphasis,
): Promise<string> => {
  const scenario = scenarioOf(seed, emphasis);
  const { differences } = await play(scenario, rules);
  const shrunk = await shrink(scenario, rules);
  const schedule: string[] = [];
  const { differences: left } = await play(shrunk, rules, (step) => schedule.push(step));
  return [
    `seed ${seed} fails:`,
    ...differences,
    '',
    `the shortest failing schedule found (${shrunk.actions.length} of ${scenario.actions.length} actions):`,
    ...schedule,
    ...left,
    '',
    `replay: npm run simulate -- --runs 1 --seed ${seed}`,
  ].join('\n');
};
