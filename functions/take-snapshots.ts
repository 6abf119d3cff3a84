import type { Context } from 'aws-lambda';
import { takeSnapshots } from '../lib/operations/snapshots/take-snapshots.ts';
import { createWorker } from '../lib/worker.ts';

/** Time reserved to add up a snapshot whose charges are read. */
const RESERVE_MS = 300_000;

const { logger, count, openContext, deadlineOf } = createWorker('take-snapshots');

/** Every minute: takes the snapshots of large months that were read and have none that is recent. */
export const handler = async (_event: unknown, invocation: Context) => {
  const deadline = deadlineOf(invocation, RESERVE_MS);
  const outcome = await takeSnapshots(await openContext('write'), {
    deadline,
    onFailure: ({ projectId, usageMonth, error }) =>
      logger.error('snapshot not taken', { projectId, usageMonth, error: error as Error }),
  });
  logger.info('snapshots', { ...outcome });
  count({ SnapshotsFailed: outcome.failed });
  return outcome;
};
