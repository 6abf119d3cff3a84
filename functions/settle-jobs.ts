import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { readLogConfig, readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { createLogSample } from '../lib/log-sample.ts';
import { countUnbilled, createCount } from '../lib/metrics.ts';
import { createUnbudgeted } from '../lib/operations/budgets/mark-changed.ts';
import { settleBatch } from '../lib/operations/settle/settle-batch.ts';
import { factsOf, failuresOf, jobsOf } from '../lib/stream.ts';

const logger = new Logger({ serviceName: 'settle-jobs' });
const config = readTableConfig();
const isSampled = createLogSample(readLogConfig().sample);
const count = createCount(config.stage);
const { openContext } = connect(config);
const unbudgeted = createUnbudgeted();

/** Table stream, new facts only: settles each job of the batch, and makes its budgets due. */
export const handler = async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const jobs = jobsOf(event);
  const context = await openContext('write', { onChargesWritten: countUnbilled(count) });
  const { parked, lost } = await settleBatch(context, jobs, {
    unbudgeted,
    delivered: factsOf(event),
    onFailure: ({ job, error }) => logger.error('settle failed', { ...job, error: error as Error }),
  });
  const isSettled = parked.length + lost.length === 0;
  if (!isSettled || isSampled()) logger.info('settled', { jobs, parked, lost });
  return failuresOf(event, lost);
};
