import pLimit from 'p-limit';
import type { BillingContext } from '../billing-context.ts';
import { checkBudgets } from './check-budgets.ts';

/** Projects checked at once. */
const CONCURRENCY = 8;

export interface CheckDueOptions {
  /** No further project is checked from then on; the next run begins with the oldest. */
  readonly deadline?: number;
  readonly onFailure?: (failure: { readonly projectId: string; readonly error: unknown }) => void;
}

export interface CheckedProjects {
  readonly checked: readonly string[];
  readonly failed: readonly string[];
  /** How long the oldest one was due; 0 if none was. */
  readonly lateMs: number;
}

/** Checks the budgets of every project that is due, the oldest first. One that fails stays due. */
export const checkDueBudgets = async (
  context: BillingContext,
  { deadline = Infinity, onFailure = () => {} }: CheckDueOptions = {},
): Promise<CheckedProjects> => {
  const { store, now } = context;
  const due = (await Array.fromAsync(store.budgetChecks()))
    .filter(({ dueAt }) => dueAt <= now())
    .sort((a, b) => a.dueAt - b.dueAt);
  const lateMs = due[0] ? now() - due[0].dueAt : 0;
  const checked: string[] = [];
  const failed: string[] = [];
  const limit = pLimit(CONCURRENCY);
  await Promise.all(
    due.map(({ projectId }) =>
      limit(async () => {
        if (now() >= deadline) return;
        try {
          await checkBudgets(context, projectId, now());
          checked.push(projectId);
        } catch (error) {
          onFailure({ projectId, error });
          failed.push(projectId);
        }
      }),
    ),
  );
  return { checked, failed, lateMs };
};
