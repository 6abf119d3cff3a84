import assert from 'node:assert/strict';
import { MAX_BATCH_EVENTS } from '../../lib/http/cloud-events.ts';
import type { FigureName } from '../before.ts';
import { countUnits } from '../cost/count-units.ts';
import { readDeployed } from '../cost/deployed.ts';
import { openHandlers } from '../cost/run-handlers.ts';
import { type PlanOptions, planOf, waitsOf } from '../cost/stream-plan.ts';
import { type Choices, costsOf, floorUsd, LATENCY_MS, type Measured, runsOf, sumOf } from '../cost/usd.ts';
import { atMost, type Figure, type Row } from '../figures.ts';
import { openStage } from '../stage.ts';
import { createJobs, endedMonth } from '../workload.ts';

const JOBS_OF_A_PROJECT = 100;
const MILLION = 1_000_000;
/** Sizes of the functions that are compared. */
const MEMORIES = [256, 512, 1_024];
/** Seconds. */
const WINDOWS = [0, 1, 2, 5];

/** With the batch window of `serverless.yml` unless it says otherwise. */
type Sending = Omit<PlanOptions, 'seed' | 'windowMs'> & Partial<Pick<PlanOptions, 'windowMs'>>;

interface Way extends Choices {
  readonly how: string;
  readonly name?: FigureName;
  readonly limit?: number;
}

const SINGLE: Sending = { together: 1, jobsAMonth: MILLION };
const BATCHES: Sending = { together: MAX_BATCH_EVENTS, jobsAMonth: MILLION };

const api = (what: string, more: Partial<Way> = {}): Way => ({
  ...{ how: `${what}, HTTP API`, isBehindApi: true, capacity: 'on-demand', ...more },
});
const url = (what: string, more: Partial<Way> = {}): Way => ({
  ...{ how: `${what}, function URL`, isBehindApi: false, capacity: 'on-demand', ...more },
});

const ALONE = 'each event by itself';
const TOGETHER = 'in batches of a hundred';
const provisioned = (what: string) => `${what}, provisioned units`;

/** What is sent, and the stages it is sent to: a limit holds for each choice of capacity. */
const SENDERS: readonly (readonly [Sending, readonly Way[]])[] = [
  [
    SINGLE,
    [
      api(ALONE, { name: 'USD a million jobs, HTTP API', limit: 14 }),
      url(ALONE, { name: 'USD a million jobs, function URL', limit: 8 }),
      api(provisioned(ALONE), { capacity: 'provisioned', limit: 14 }),
      url(provisioned(ALONE), { capacity: 'provisioned', limit: 8 }),
    ],
  ],
  [
    { ...SINGLE, windowMs: 2_000 },
    [
      api(`${ALONE}, a batch window of 2 s`, { limit: 14 }),
      url(`${ALONE}, a batch window of 2 s`, { limit: 8 }),
    ],
  ],
  [
    BATCHES,
    [
      url(TOGETHER, { name: 'USD a million jobs, batches', limit: 4 }),
      url(provisioned(TOGETHER), { capacity: 'provisioned', limit: 4 }),
    ],
  ],
  [{ ...BATCHES, isPast: true }, [url(`jobs of the past, ${TOGETHER}`)]],
  [{ ...SINGLE, jobsAMonth: 10 * MILLION }, [api(`of ten million a month, ${ALONE}`)]],
];

const playOf = (jobs: number, sending: Omit<PlanOptions, 'seed'>, seed = 1) => {
  const month = endedMonth(Date.now());
  const projects = Math.max(1, Math.round(jobs / JOBS_OF_A_PROJECT));
  return { month, steps: planOf(createJobs({ jobs, projects, month, seed }), { ...sending, seed }) };
};

const seconds = (ms = 0) => `${(ms / 1_000).toFixed(1)} s`;

const waitingOf = (steps: Parameters<typeof waitsOf>[0]): string => {
  const waits = waitsOf(steps);
  const at = (part: number) => seconds(waits[Math.floor(waits.length * part)]);
  return `an event is settled ${at(0.5)} after it was recorded, p99 ${at(0.99)}`;
};

/** What the handlers took: of the rounds the one with the median of processor time. */
const takenBy = async (
  jobs: number,
  sending: Omit<PlanOptions, 'seed'>,
  { rounds, run }: { readonly rounds: number; readonly run: Awaited<ReturnType<typeof openHandlers>> },
) => {
  const takens: Measured['taken'][] = [];
  for (let round = 0; round <= rounds; round += 1) {
    // Ids of their own, so that nothing was recorded before.
    const { together, jobsAMonth, windowMs, isPast = false } = sending;
    const seed = together + jobsAMonth + windowMs + (isPast ? 1_000 : 0) + round * 10_000;
    globalThis.gc?.();
    const taken = await run(playOf(jobs, sending, seed).steps);
    // The first round warms up.
    if (round > 0) takens.push(taken);
  }
  const cpuOf = ({ record, settle }: Measured['taken']) => record.cpuMicroseconds + settle.cpuMicroseconds;
  const taken = takens.sort((a, b) => cpuOf(a) - cpuOf(b))[Math.floor(rounds / 2)];
  assert(taken, 'there is a round');
  return taken;
};

/** Both functions at a size: less memory is cheaper while they wait, and slower while they work. */
const runsAt = (memoryMb: number, measured: Measured): Figure => {
  const runs = (['record', 'settle'] as const).map((kind) => runsOf(kind, measured, memoryMb));
  return {
    ...{ what: `runs of both functions, ${memoryMb} MB`, unit: 'USD' },
    measured: runs.reduce((sum, { usd }) => sum + usd, 0),
    note: runs.map(({ usd, ms }) => `${usd.toFixed(2)} for ${ms.toFixed(1)} ms each`).join('; '),
  };
};

/** What a million jobs cost on AWS, and what the batch window saves. */
export const row: Row = async ({ rounds, quick, onProgress }) => {
  const jobs = quick ? 100 : 2_000;
  const deployed = readDeployed();
  await openStage();
  const run = await openHandlers();
  const figures: Figure[] = [];
  for (const [sent, ways] of SENDERS) {
    onProgress(ways.map(({ how }) => how).join('; '));
    const sending = { windowMs: deployed.windowMs, ...sent };
    const { month, steps } = playOf(jobs, sending);
    const units = await countUnits(steps, month, Date.now());
    const taken = await takenBy(jobs / 20, sending, { rounds, run });
    const measured = { jobs, units, taken };
    if (sent === SINGLE) figures.push(...MEMORIES.map((memoryMb) => runsAt(memoryMb, measured)));
    for (const { how, name, limit, ...choices } of ways) {
      const costs = costsOf(measured, deployed, choices);
      figures.push({
        ...{ what: `a million jobs, ${how}`, unit: 'USD', measured: sumOf(costs) },
        ...(name && { name }),
        floor: floorUsd(sent.together, choices),
        ...(limit && { limit: atMost(limit) }),
        note: [
          ...costs.map(({ what, usd }) => `${what}: ${usd.toFixed(2)}`),
          `an assumed ${LATENCY_MS} ms a call of the table`,
          waitingOf(steps),
        ].join('; '),
      });
    }
  }
  for (const window of WINDOWS) {
    onProgress(`a batch window of ${window} s`);
    const { month, steps } = playOf(jobs, { ...SINGLE, windowMs: window * 1_000 });
    const { settle } = await countUnits(steps, month, Date.now());
    const each = (count: number) => (count / jobs).toFixed(2);
    figures.push({
      ...{ what: `settles of a job, a batch window of ${window} s`, unit: 'settles' },
      measured: settle.jobs / jobs,
      note: [
        `invocations ${each(settle.invocations)}`,
        `read units ${each(settle.reads)}, write units ${each(settle.writes)}`,
        waitingOf(steps),
      ].join('; '),
    });
  }
  return figures;
};
