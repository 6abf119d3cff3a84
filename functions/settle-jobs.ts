import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { readLogConfig } from '../lib/config.ts';
import { createLogSample } from '../lib/log-sample.ts';
import { countUnbilled } from '../lib/metrics.ts';
import { createUnbudgeted } from '../lib/operations/budgets/mark-changed.ts';
import { settleBatch } from '../lib/operations/settle/settle-batch.ts';
import { factsOf, failuresOf, jobsOf } from '../lib/stream.ts';
import { createWorker } from '../lib/worker.ts';

const { logger, count, openContext } = createWorker('settle-jobs');
const isSampled = createLogSample(readLogConfig().sample);
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
