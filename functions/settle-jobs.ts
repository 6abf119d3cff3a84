import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { countUnbilled, createCount } from '../lib/metrics.ts';
import { markBudgetsChanged } from '../lib/operations/budgets/mark-changed.ts';
import { settleJobs } from '../lib/operations/settle/settle-jobs.ts';
import { factsOf, failuresOf, jobsOf } from '../lib/stream.ts';

const logger = new Logger({ serviceName: 'settle-jobs' });
const config = readTableConfig();
const count = createCount(config.stage);
const { openContext } = connect(config);
const unbudgeted = new Map<string, number>();

/** Table stream, new facts only: settles each job of the batch, and makes its budgets due. */
export const handler = async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const jobs = jobsOf(event);
  const context = await openContext('write', { onChargesWritten: countUnbilled(count) });
  const { parked, lost } = await settleJobs(
    context,
    jobs,
    ({ job, error }) => logger.error('settle failed', { ...job, error: error as Error }),
    () => {},
    factsOf(event),
  );
  await markBudgetsChanged(context, jobs, unbudgeted);
  logger.info('settled', { jobs, parked, lost });
  return failuresOf(event, lost);
};
