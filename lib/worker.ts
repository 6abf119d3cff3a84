import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { readTableConfig } from './config.ts';
import { connect } from './connect.ts';
import { createCount } from './metrics.ts';

/** What a function that no request waits for works with: its log, its numbers and the table. */
export const createWorker = (serviceName: string) => {
  const config = readTableConfig();
  const connection = connect(config);
  return {
    ...connection,
    config,
    logger: new Logger({ serviceName }),
    count: createCount(config.stage),
    /** From when on it begins nothing new: `reserveMs` before its timeout. */
    deadlineOf: (invocation: Context, reserveMs: number): number =>
      connection.now() + invocation.getRemainingTimeInMillis() - reserveMs,
  };
};
