import { deriveCharges } from '../lib/billing/charges.ts';
import type { Transition } from '../lib/billing/facts.ts';
import { DAY_MS, MINUTE_MS } from '../lib/billing/minutes.ts';
import type { Tariff } from '../lib/billing/tariff.ts';
import { agreeOnSettings, type BillingContext, openContext } from '../lib/operations/billing-context.ts';
import type { LoggedAction } from '../lib/store/action-log.ts';
import type { BudgetCheck } from '../lib/store/budgets.ts';
import { CHARGES_TOGETHER } from '../lib/store/charges.ts';
import { createStore } from '../lib/store/store.ts';
import type { Table } from '../lib/store/table.ts';
import { projectIdOf, uuidOf } from './workload.ts';

/** A job on one GPU that has run for some minutes up to `until`. */
const runningJob = (projectId: string, job: number, until: number): Transition => ({
  ...{ kind: 'transition', projectId, jobId: uuidOf(`${projectId} ${job}`), status: 'RUNNING' },
  ...{ source: 'https://gra.training.example', id: '1', time: until - ((job * 37) % 600) * MINUTE_MS - 1 },
  resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 1_000 } },
});

const TARIFF: Tariff = {
  ...{ name: 'bench', effectiveFrom: Date.parse('2026-01-01T00:00:00Z'), revision: 1, currency: 'EUR' },
  ...{ billableStatuses: ['RUNNING'], maxRunningMs: 28 * DAY_MS, maxSilenceMs: 7 * DAY_MS },
  prices: {
    'ai1-1-gpu': { unit: 'gpu', pricePerHour: '1.93' },
    'ai1-1-cpu': { unit: 'cpu', pricePerHour: '0.03' },
  },
};

/** A context over a table, in the middle of a month. */
export const contextInMidMonth = async (table: Table) => {
  const clock = { now: Date.parse('2026-11-15T12:00:00Z') };
  const store = createStore(table);
  await store.publishTariff(TARIFF);
  const settings = await agreeOnSettings(store, { timeZone: 'UTC', currency: 'EUR' }, clock.now);
  const context = openContext(store, settings, {
    ...{ now: () => clock.now, pause: async () => {}, newId: () => 'bench' },
  });
  return { clock, context };
};

/** Writes the open charges of running jobs as their settles would. */
const writeJobs = async (context: BillingContext, projectId: string, jobs: number): Promise<void> => {
  const tariffs = await context.tariffs();
  const charges = Array.from({ length: jobs }, (_, job) =>
    deriveCharges([runningJob(projectId, job, context.now())], tariffs, context.calendar),
  ).flat();
  for (const charge of charges) await context.markChanged(charge);
  for (let start = 0; start < charges.length; start += CHARGES_TOGETHER)
    await context.store.writeCharges(charges.slice(start, start + CHARGES_TOGETHER), {
      ...{ factsSeen: 1, tariffsSeen: tariffs.seen },
    });
};

/** Each budget is of the whole project. Amounts are spread, so that some are crossed each hour. */
const writeBudgets = async (
  { store, now }: BillingContext,
  projectId: string,
  budgets: number,
  spread: bigint,
): Promise<void> => {
  let check: BudgetCheck | undefined;
  for (let budget = 1; budget <= budgets; budget += 1) {
    const content = {
      ...{ projectId, name: `budget-${budget}`, minor: BigInt(budget) * 100_00n + spread * 1_00n },
      thresholds: [
        ...[{ at: { basisPoints: 8_000 }, on: 'spent', action: 'notify' } as const],
        ...[{ at: { basisPoints: 10_000 }, on: 'forecast', action: 'notify' } as const],
      ],
      ...({ stops: 'until it fits', changedAt: now() - DAY_MS, version: 1 } as const),
    };
    const action: LoggedAction = {
      ...{ id: `${projectId} ${budget}`, at: now(), by: { kind: 'token', id: 'bench' } },
      ...{ action: 'budget.changed', projectId, target: content.name, detail: '' },
    };
    const next = { projectId, dueAt: now(), version: budget };
    await store.saveBudget(content, undefined, action, { next, read: check });
    check = next;
  }
};

export interface BudgetLoad {
  readonly projects: number;
  readonly budgets: number;
  readonly jobs: number;
}

/** Projects with budgets and jobs that run, each project as many. Gives their ids. */
export const writeBudgetLoad = async (
  context: BillingContext,
  { projects, budgets, jobs }: BudgetLoad,
): Promise<string[]> => {
  const ids = Array.from({ length: projects }, (_, project) => projectIdOf(project + jobs));
  for (const [index, projectId] of ids.entries()) {
    await writeJobs(context, projectId, jobs);
    await writeBudgets(context, projectId, budgets, BigInt(index % 100));
  }
  return ids;
};
