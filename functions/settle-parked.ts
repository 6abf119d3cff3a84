import { Logger } from '@aws-lambda-powertools/logger';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { redrive } from '../lib/operations/park.ts';

const logger = new Logger({ serviceName: 'settle-parked' });
const { openLedger } = connect(readTableConfig());

/** Schedule: settles the jobs that could not be settled when their facts arrived. */
export const handler = async () =>
  redrive(await openLedger(), ({ jobId, error }) =>
    logger.error('a parked job cannot be settled', { jobId, error: error as Error }),
  );
