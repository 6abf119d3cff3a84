import pLimit from 'p-limit';
import type { JobRef } from '../../billing/facts.ts';
import { SECOND_MS } from '../../billing/minutes.ts';
import type { BillingContext } from '../billing-context.ts';

/** When a project is due whose budgets are all removed. */
export const NEVER = Date.parse('9999-01-01T00:00:00Z');
/** How long a process remembers that a project, or the stage, has no budgets. */
const REMEMBERED_MS = 30 * SECOND_MS;
/** Projects marked at once. */
const CONCURRENCY = 8;
/** Each is a save of another process between a read and a write of this one. */
const MAX_RACES = 20;

/** What a process remembers of projects without budgets, each until a time. */
export interface Unbudgeted {
  readonly projects: Map<string, number>;
  stage?: { readonly hasBudgets: boolean; readonly until: number };
}

export const createUnbudgeted = (): Unbudgeted => ({ projects: new Map() });

/**
 * Saved even if the project is due already: a check that runs now may have read its charges before
 * they changed, and its save must fail. A mark that another one has overtaken needs no save: checks
 * that began before that one cannot save any more.
 */
const markChanged = async (
  { store, now }: BillingContext,
  projectId: string,
  unbudgeted: Unbudgeted,
): Promise<void> => {
  for (let races = 0; races < MAX_RACES; races += 1) {
    const read = await store.readBudgetCheck(projectId);
    if (!read || read.dueAt === NEVER) {
      unbudgeted.projects.set(projectId, now() + REMEMBERED_MS);
      return;
    }
    if (races > 0 && read.dueAt <= now()) return;
    const dueAt = Math.min(read.dueAt, now());
    if (await store.saveBudgetCheck({ ...read, dueAt, version: read.version + 1 }, read)) return;
  }
  throw new Error(`the budgets of ${projectId} are checked and marked again and again`);
};

/** Whether the stage has any budget: one read for all projects of many batches. */
const mayHaveBudgets = async ({ store, now }: BillingContext, unbudgeted: Unbudgeted): Promise<boolean> => {
  if (!unbudgeted.stage || unbudgeted.stage.until <= now())
    unbudgeted.stage = { hasBudgets: await store.hasBudgets(), until: now() + REMEMBERED_MS };
  return unbudgeted.stage.hasBudgets;
};

/**
 * Makes the budgets of projects due whose charges have changed. Called after the charges are
 * written and before what changed them is acknowledged, so at least once.
 */
export const markBudgetsChanged = async (
  context: BillingContext,
  jobs: readonly Pick<JobRef, 'projectId'>[],
  unbudgeted: Unbudgeted = createUnbudgeted(),
): Promise<void> => {
  const projects = [...new Set(jobs.map(({ projectId }) => projectId))].filter(
    (projectId) => (unbudgeted.projects.get(projectId) ?? 0) <= context.now(),
  );
  if (projects.length === 0 || !(await mayHaveBudgets(context, unbudgeted))) return;
  const limit = pLimit(CONCURRENCY);
  await Promise.all(projects.map((projectId) => limit(() => markChanged(context, projectId, unbudgeted))));
};
