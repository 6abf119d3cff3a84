import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { settleJobs } from '../lib/operations/park.ts';
import { failuresOf, jobIdsOf } from '../lib/stream.ts';

const logger = new Logger({ serviceName: 'settle-jobs' });
const { openLedger } = connect(readTableConfig());

/** Table stream, new facts only: makes the charges of each job follow from its facts. */
export const handler = async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const { lost } = await settleJobs(await openLedger(), jobIdsOf(event), ({ jobId, error }) =>
    logger.error('settle failed', { jobId, error: error as Error }),
  );
  return failuresOf(event, lost);
};
