import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { createCount } from '../lib/metrics.ts';
import { takeSnapshots } from '../lib/operations/snapshots/take-snapshots.ts';

/** Time reserved to add up a snapshot whose charges are read. */
const RESERVE_MS = 300_000;

const logger = new Logger({ serviceName: 'take-snapshots' });
const config = readTableConfig();
const count = createCount(config.stage);
const { openContext, now } = connect(config);

/** Every minute: takes the snapshots of large months that were read and have none that is recent. */
export const handler = async (_event: unknown, invocation: Context) => {
  const deadline = now() + invocation.getRemainingTimeInMillis() - RESERVE_MS;
  const outcome = await takeSnapshots(await openContext('write'), {
    deadline,
    onFailure: ({ projectId, usageMonth, error }) =>
      logger.error('snapshot not taken', { projectId, usageMonth, error: error as Error }),
  });
  logger.info('snapshots', { ...outcome });
  count({ SnapshotsFailed: outcome.failed });
  return outcome;
};
