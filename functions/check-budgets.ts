import type { Context } from 'aws-lambda';
import { checkDueBudgets } from '../lib/operations/budgets/check-due.ts';
import { createWorker } from '../lib/worker.ts';

/** Time reserved to finish the checks in progress before the timeout. */
const RESERVE_MS = 15_000;

const { logger, count, openContext, deadlineOf } = createWorker('check-budgets');

/** Every minute: checks the budgets of the projects that are due. */
export const handler = async (_event: unknown, invocation: Context) => {
  const deadline = deadlineOf(invocation, RESERVE_MS);
  const context = await openContext('write');
  const outcome = await checkDueBudgets(context, {
    deadline,
    onFailure: ({ projectId, error }) =>
      logger.error('budgets cannot be checked', { projectId, error: error as Error }),
  });
  logger.info('checked', { ...outcome });
  count({ BudgetChecksLateSeconds: Math.round(outcome.lateMs / 1000) });
  return outcome;
};
