import { Logger } from '@aws-lambda-powertools/logger';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { countAttention, createCount } from '../lib/metrics.ts';
import { redrive } from '../lib/operations/settle/settle-jobs.ts';

const logger = new Logger({ serviceName: 'settle-parked' });
const config = readTableConfig();
const count = createCount(config.stage);
const { openContext } = connect(config);

/** Schedule: settles the jobs that could not be settled when their facts arrived. */
export const handler = async () => {
  const context = await openContext('write', { onChargesWritten: countAttention(count) });
  const outcome = await redrive(context, ({ jobId, error }) =>
    logger.error('a parked job cannot be settled', { jobId, error: error as Error }),
  );
  logger.info('redriven', outcome);
  count({ ParkedJobs: outcome.failed.length });
  return outcome;
};
