import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { countUnbilled, createCount } from '../lib/metrics.ts';
import { settleJobs } from '../lib/operations/settle/settle-jobs.ts';
import { failuresOf, jobIdsOf } from '../lib/stream.ts';

const logger = new Logger({ serviceName: 'settle-jobs' });
const config = readTableConfig();
const count = createCount(config.stage);
const { openContext } = connect(config);

/** Table stream, new facts only: settles each job of the batch. */
export const handler = async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const jobIds = jobIdsOf(event);
  const context = await openContext('write', { onChargesWritten: countUnbilled(count) });
  const { parked, lost } = await settleJobs(context, jobIds, ({ jobId, error }) =>
    logger.error('settle failed', { jobId, error: error as Error }),
  );
  logger.info('settled', { jobIds: [...jobIds], parked, lost });
  return failuresOf(event, lost);
};
