import { askProvider } from '../../lib/operations/reconcile/ask-provider.ts';
import {
  type ReconciledMonth,
  reconcileMonth,
  recordMissing,
} from '../../lib/operations/reconcile/reconcile-month.ts';
import { recordReported } from '../../lib/operations/record-reported.ts';
import { type DraftTariff, parseTariff } from '../../lib/operations/tariffs/publish.ts';
import type { OvhApi } from '../../lib/provider/ovh-api.ts';
import { type BillingRule, type Planted, positionsOf } from '../../local/ovh-stand-in/positions.ts';
import { createProvider } from '../../local/ovh-stand-in/provider.ts';
import type { ScriptedJob } from '../../local/ovh-stand-in/scripted-job.ts';
import { createUsages } from '../../local/ovh-stand-in/usages.ts';
import { randomJob } from '../../simulation/lost-events/random-job.ts';
import { createStage } from '../../simulation/lost-events/stage.ts';
import { type Losses, type SentJob, sendJob } from '../../simulation/lost-events/webhooks.ts';
import { createRandom } from '../../simulation/random.ts';
import running from '../../tariffs/2023-02-14-running.json' with { type: 'json' };
import pendingRunning from '../../tariffs/2026-01-27-pending-running.json' with { type: 'json' };
import pendingUntilStopped from '../../tariffs/2026-09-11-pending-until-stopped.json' with { type: 'json' };

export const MONTH = '2026-10';
export const PROJECT = 'project-1';

const DAY = 86_400_000;
const START = Date.UTC(2026, 9, 1);
const END = Date.UTC(2026, 10, 1);

/** Those that are tried. */
const RULES = [running, pendingRunning, pendingUntilStopped].map(parseTariff);

export const RULE: BillingRule = {
  billableStates: ['PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT'],
  prices: { 'ai1-1-cpu': 50_000, 'ai1-1-gpu': 3_216_667, 'l4-1-gpu': 1_383_333, 'h100-1-gpu': 5_166_667 },
  currency: 'EUR',
};

/** The same rule here, with the prices of the catalogue by the hour. */
const TARIFF: DraftTariff = {
  ...{ name: 'as the provider', effectiveFrom: Date.UTC(2026, 0, 1), currency: 'EUR' },
  ...{ billableStatuses: [...RULE.billableStates], maxRunningMs: 28 * DAY, maxSilenceMs: 7 * DAY },
  prices: {
    'ai1-1-cpu': { unit: 'cpu', pricePerHour: '0.03' },
    'ai1-1-gpu': { unit: 'gpu', pricePerHour: '1.9300002' },
    'l4-1-gpu': { unit: 'gpu', pricePerHour: '0.8299998' },
    'h100-1-gpu': { unit: 'gpu', pricePerHour: '3.1000002' },
  },
};

export interface ProviderMonthOptions {
  readonly seed: number;
  readonly jobCount: number;
  /** When the comparison is made, epoch milliseconds. Without it the month has ended. */
  readonly now?: number;
  readonly lagMs?: number;
  readonly plant?: (jobs: readonly ScriptedJob[]) => readonly Planted[];
}

const LOSSES: Losses = { stops: 0.2, events: 0.15 };

/** A job of which nothing was lost, deleted when it had ended: the bill has it, the list has not. */
const deletedAfter = ({ job, lost, deliveries }: SentJob, now: number): ScriptedJob => {
  const lastSent = Math.max(...deliveries.map(({ at }) => at));
  return lost.size > 0 || lastSent > now ? job : { ...job, deletedAt: new Date(lastSent).toISOString() };
};

/** The stand-in's answers without HTTP. */
const apiOf = (
  jobs: readonly ScriptedJob[],
  { now, rule, planted }: { now: () => number; rule: BillingRule; planted: readonly Planted[] },
): OvhApi => {
  const provider = createProvider(now, jobs);
  const usages = createUsages(provider, rule, planted);
  return {
    jobs: async (project, { page, size }) =>
      provider.list(project, new URLSearchParams({ page: String(page), size: String(size) })),
    job: async (project, id) => provider.job(project, id),
    usages: async (project) => usages.history(project),
    usage: async (project, id) => (id === 'current' ? usages.current(project) : usages.past(project, id)),
  };
};

/** Random jobs at the stand-in of the provider; some of their events reach a table here. */
export const createProviderMonth = async (options: ProviderMonthOptions) => {
  const { seed, jobCount, now = END + DAY, lagMs = 0, plant } = options;
  const random = createRandom(seed);
  const sent: SentJob[] = Array.from({ length: jobCount }, () =>
    sendJob(random, randomJob(random, [PROJECT], [START - 20 * DAY, END]), LOSSES),
  );
  const jobs = sent.map((one) => (random.chance(0.2) ? deletedAfter(one, now) : one.job));
  const planted = plant?.(jobs) ?? [];
  const rule = { ...RULE, lagMs };
  const stage = await createStage(START - 30 * DAY, [TARIFF]);
  stage.clock.now = now;
  const { context } = stage;
  const received = sent.flatMap(({ deliveries }) =>
    deliveries.flatMap(({ at, event }) => (at <= now ? [event] : [])),
  );
  await recordReported(context.store, received, now);
  await stage.settleWritten();
  const api = apiOf(jobs, { now: () => now, rule, planted });
  return {
    /** Of each job, the events that were received here. */
    received: Map.groupBy(received, ({ subject }) => subject),
    jobs: new Map(jobs.map((job) => [job.id, job])),
    planted,
    /** What the provider bills for some jobs, by region and flavor. */
    billOf: (some: Iterable<ScriptedJob>, mistakes: readonly Planted[] = []) =>
      new Map(
        positionsOf(
          createProvider(() => now, [...some]),
          rule,
          mistakes,
          {
            ...{ project: PROJECT, month: MONTH, upTo: now - lagMs },
          },
        ).map((position) => [`${position.region} ${position.flavor}`, position]),
      ),
    async compare() {
      const answers = await askProvider(api, { project: PROJECT, month: MONTH }, {}, context);
      return reconcileMonth(context, { ...answers, projectId: PROJECT, month: MONTH, rules: RULES });
    },
    record: (compared: ReconciledMonth) => recordMissing(context, compared),
  };
};

export type ProviderMonth = Awaited<ReturnType<typeof createProviderMonth>>;
