import { Logger } from '@aws-lambda-powertools/logger';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { countUnbilled, createCount } from '../lib/metrics.ts';
import { redrive } from '../lib/operations/settle/settle-jobs.ts';

const logger = new Logger({ serviceName: 'settle-parked' });
const config = readTableConfig();
const count = createCount(config.stage);
const { openContext } = connect(config);

/** On a schedule: settles parked jobs again. */
export const handler = async () => {
  const context = await openContext('write', { onChargesWritten: countUnbilled(count) });
  const outcome = await redrive(context, ({ job, error }) =>
    logger.error('a parked job cannot be settled', { ...job, error: error as Error }),
  );
  logger.info('redriven', outcome);
  count({ ParkedJobs: outcome.failed.length });
  return outcome;
};
