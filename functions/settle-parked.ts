import { countUnbilled } from '../lib/metrics.ts';
import { redrive } from '../lib/operations/settle/settle-jobs.ts';
import { createWorker } from '../lib/worker.ts';

const { logger, count, openContext } = createWorker('settle-parked');

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
