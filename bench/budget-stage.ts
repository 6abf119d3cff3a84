import pLimit from 'p-limit';
import { deriveCharges } from '../lib/billing/charges.ts';
import type { Transition } from '../lib/billing/facts.ts';
import { DAY_MS, MINUTE_MS } from '../lib/billing/minutes.ts';
import type { Connection } from '../lib/connect.ts';
import type { BillingContext } from '../lib/operations/billing-context.ts';
import { CHARGES_TOGETHER } from '../lib/store/charges.ts';
import { projectIdOf, uuidOf } from './workload.ts';

const WRITES_AT_ONCE = 32;

/** A job on one GPU that has run for some minutes up to `until`. */
const runningJob = (projectId: string, job: number, until: number): Transition => ({
  ...{ kind: 'transition', projectId, jobId: uuidOf(`${projectId} ${job}`), status: 'RUNNING' },
  ...{ source: 'https://gra.training.example', id: '1', time: until - (job % 600) * MINUTE_MS - 1 },
  resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 1_000 } },
});

/** A context at a time of its own, in the middle of the month. */
export const contextInMidMonth = async (connection: Connection) => {
  const opened = await connection.openContext('write');
  const clock = { now: opened.calendar.monthOf(connection.now()).start + 10 * DAY_MS };
  const context: BillingContext = { ...opened, now: () => clock.now };
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

/** Each budget is of the whole project, and the amounts of its budgets are spread. */
const writeBudgets = async (
  { store, now }: BillingContext,
  projectId: string,
  budgets: number,
): Promise<void> => {
  for (let budget = 1; budget <= budgets; budget += 1) {
    const content = {
      ...{ projectId, name: `budget-${budget}`, minor: BigInt(budget) * 200_00n },
      thresholds: [
        ...[{ at: { basisPoints: 8_000 }, on: 'spent', action: 'notify' } as const],
        ...[{ at: { basisPoints: 10_000 }, on: 'forecast', action: 'notify' } as const],
      ],
      ...({ stops: 'until it fits', changedAt: now() - DAY_MS, version: 1 } as const),
    };
    await store.saveBudget(content, undefined, {
      ...{ id: `${projectId} ${budget}`, at: now(), by: { kind: 'token', id: 'bench' } },
      ...{ action: 'budget.changed', projectId, target: content.name, detail: '' },
    });
  }
  await store.saveBudgetCheck({ projectId, dueAt: now(), version: 1 }, undefined);
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
  const limit = pLimit(WRITES_AT_ONCE);
  await Promise.all(
    ids.map((projectId) =>
      limit(async () => {
        await writeJobs(context, projectId, jobs);
        await writeBudgets(context, projectId, budgets);
      }),
    ),
  );
  return ids;
};
