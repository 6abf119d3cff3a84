import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { SignJWT } from 'jose';
import type { ReportedFact } from '../../../lib/billing/facts.ts';
import { MINUTE_MS } from '../../../lib/billing/minutes.ts';
import { createCalendar } from '../../../lib/billing/months.ts';
import { freePorts } from '../../../local/free-ports.ts';
import { readLocalSettings } from '../../../local/settings.ts';
import { type Stack, startStack } from '../../../local/stack.ts';
import { createRandom } from '../../../simulation/random.ts';
import { run } from '../../end-to-end/programs.ts';
import { createSender, type Sender } from '../sender.ts';
import { type Consumer, type Received, startConsumer } from './consumer.ts';
import { drawPlan, FLAVOR, type PlannedJob, type PlannedProject, type PlanOptions } from './plan.ts';

export interface BudgetOptions extends PlanOptions {
  readonly seed: number;
}

/** What happened, before it is added up. Times: epoch milliseconds. */
export interface BudgetRun {
  readonly options: BudgetOptions;
  readonly plan: readonly PlannedProject[];
  /** When the run began: times of the plan count from then. */
  readonly startedAt: number;
  readonly received: ReadonlyMap<string, Received>;
  readonly repeated: number;
  readonly refused: number;
  /** By project, what its usage says at the end, when its jobs have stopped. */
  readonly totalCents: ReadonlyMap<string, number>;
}

const BUDGET = 'monthly';
const LOOK_EVERY_MS = 200;
/** How long after the last crossing stops are waited for. */
const PATIENCE_MS = 4 * MINUTE_MS;
const BEFORE_THE_RUN_MS = 2 * MINUTE_MS;
const IN_FLIGHT = 8;

/** Works on all, some at once. */
const forEach = async <Each>(all: readonly Each[], work: (each: Each) => Promise<void>): Promise<void> => {
  const queue = all.values();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      for (const each of queue) await work(each);
    }),
  );
};

const decimal = (cents: number) => (cents / 100).toFixed(2);

const createApi = async (url: string, tokenSecret: string) => {
  const token = await new SignJWT({ projects: ['*'], scope: 'usage:read budgets:write', sub: 'load' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('3 hours')
    .sign(new TextEncoder().encode(tokenSecret));
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const call = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${url}/v1/projects/${path}`, init);
    const text = await response.text();
    assert(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Answer;
  };
  return {
    setBudget: ({ projectId, amountCents }: PlannedProject) =>
      call('PUT', `${projectId}/budgets/${BUDGET}`, {
        amount: decimal(amountCents),
        thresholds: [
          { at: '50%', on: 'spent', action: 'notify' },
          { at: '100%', on: 'spent', action: 'stop' },
        ],
        stops: 'all',
      }),
    totalCents: async (projectId: string) => {
      const { total } = await call<{ total: string }>('GET', `${projectId}/usage`);
      return Math.round(Number(total) * 100);
    },
  };
};

/** The stack with its schedules on, and a consumer that gets its events. */
const open = async (onEvent: (event: Received) => void) => {
  const [PORT, LAMBDA_PORT, DYNAMODB_PORT] = (await freePorts(3)).map(String);
  const environment = { PORT, LAMBDA_PORT, DYNAMODB_PORT };
  const settings = readLocalSettings({ ...environment, SCHEDULES: 'on' });
  let secret = '';
  const consumer = await startConsumer(() => secret, onEvent);
  let stack: Stack | undefined;
  const stop = async () => {
    await stack?.stop();
    await consumer.close();
  };
  try {
    stack = await startStack({ ...settings, onLog: (line) => process.stderr.write(`${line}\n`) });
    const types = 'budget.threshold.crossed,job.stop.requested';
    const add = ['endpoint', 'add', consumer.url, '--types', types, '--json'];
    const added = await run('cli/jobmeter.ts', add, environment);
    assert(added.code === 0, `the endpoint cannot be added: ${added.stderr}`);
    secret = JSON.parse(added.stdout).secret;
    return { consumer, stack, settings, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const factOf = (
  { projectId }: Pick<PlannedProject, 'projectId'>,
  { jobId, gpus }: PlannedJob,
  status: 'RUNNING' | 'DONE',
  time: number,
): ReportedFact => ({
  ...{ kind: 'transition', jobId, projectId, status, time },
  ...{ source: 'https://load.example', id: `${jobId}-${status}` },
  resources: { flavor: FLAVOR, milliUnits: { gpu: gpus * 1_000, cpu: gpus * 13_000 } },
});

/** Starts every job at its time. */
const startJobs = (sender: Sender, plan: readonly PlannedProject[], startedAt: number): Promise<void> => {
  const deliveries = plan
    .flatMap((project) =>
      project.jobs.map((job) => ({
        atMs: job.startsAtMs,
        facts: [factOf(project, job, 'RUNNING', startedAt + job.startsAtMs)],
      })),
    )
    .sort((a, b) => a.atMs - b.atMs);
  return sender.sendAll(deliveries, () => {});
};

/** Waits until each job was requested to stop, or no longer than a stop may take. */
const allStopped = async (
  { received }: Consumer,
  plan: readonly PlannedProject[],
  deadline: number,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (text: string) => void },
) => {
  const jobs = plan.reduce((sum, project) => sum + project.jobs.length, 0);
  for (;;) {
    const stops = [...received.values()].filter(({ type }) => type === 'job.stop.requested').length;
    onProgress(`${stops} of ${jobs} jobs were requested to stop`);
    if (stops >= jobs || Date.now() > deadline) return;
    await pause(LOOK_EVERY_MS, undefined, { signal });
  }
};

/**
 * Sets a budget for each project and starts its jobs over HTTP; a consumer ends each job when it is
 * told to. The real clock, and the schedules as deployed.
 */
export const playBudgets = async (
  options: BudgetOptions,
  signal: AbortSignal,
  onProgress: (text: string) => void,
): Promise<BudgetRun> => {
  const lasts = BEFORE_THE_RUN_MS + options.minutes * MINUTE_MS + PATIENCE_MS;
  const isInOneMonth = createCalendar('UTC').monthOf(Date.now()).end > Date.now() + lasts;
  assert(isInOneMonth, 'the month ends during the run: start it in the next one');
  const plan = drawPlan(createRandom(options.seed), options);
  const jobs = new Map(plan.flatMap((project) => project.jobs.map((job) => [job.jobId, { project, job }])));
  const stopping: Promise<void>[] = [];
  let sender: Sender | undefined;
  const endJob = ({ type, data, arrivedAt }: Received) => {
    const stopped = type === 'job.stop.requested' ? jobs.get(String(data.jobId)) : undefined;
    if (!stopped || !sender) return;
    stopping.push(sender.send([factOf(stopped.project, stopped.job, 'DONE', arrivedAt)]));
  };
  onProgress('starting the stack');
  const { consumer, stack, settings, stop } = await open(endJob);
  try {
    sender = createSender(stack.url, settings.webhookSecret, signal);
    const api = await createApi(stack.url, settings.tokenSecret);
    onProgress('setting the budgets');
    await forEach(plan, async (project) => {
      await api.setBudget(project);
    });
    const startedAt = Date.now();
    await startJobs(sender, plan, startedAt);
    const deadline = startedAt + options.minutes * MINUTE_MS + PATIENCE_MS;
    await allStopped(consumer, plan, deadline, { signal, onProgress });
    await Promise.all(stopping);
    await stack.trigger.idle();
    const totalCents = new Map<string, number>();
    await forEach(plan, async ({ projectId }) => {
      totalCents.set(projectId, await api.totalCents(projectId));
    });
    return { options, plan, startedAt, received: consumer.received, ...consumer.counts, totalCents };
  } finally {
    await stop();
  }
};
