import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { createCount } from '../lib/metrics.ts';
import { checkDueBudgets } from '../lib/operations/budgets/check-due.ts';

/** Time reserved to finish the checks in progress before the timeout. */
const RESERVE_MS = 15_000;

const logger = new Logger({ serviceName: 'check-budgets' });
const config = readTableConfig();
const count = createCount(config.stage);
const { openContext, now } = connect(config);

/** Every minute: checks the budgets of the projects that are due. */
export const handler = async (_event: unknown, invocation: Context) => {
  const deadline = now() + invocation.getRemainingTimeInMillis() - RESERVE_MS;
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
