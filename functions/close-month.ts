import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { readCloseConfig, readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { countUnbilled, createCount } from '../lib/metrics.ts';
import { closeMonths, parseCloseRequest } from '../lib/operations/close/close-months.ts';
import { monthsOverdue } from '../lib/operations/close/open-months.ts';

/** Time reserved to finish the work in progress and to save a checkpoint. */
const RESERVE_MS = 120_000;

const logger = new Logger({ serviceName: 'close-month' });
const config = readTableConfig();
const { closeAfterMs } = readCloseConfig();
const count = createCount(config.stage);
const { openContext, now } = connect(config);

/**
 * Every minute: closes each month that ended `closeAfter` ago; invocations share its shards and
 * resume from checkpoints. By hand with `{ "month": "2026-10" }`: closes up to that month at once.
 */
export const handler = async (event: unknown, invocation: Context) => {
  const deadline = now() + invocation.getRemainingTimeInMillis() - RESERVE_MS;
  const context = await openContext('write', { onChargesWritten: countUnbilled(count) });
  const request = parseCloseRequest(event);
  try {
    const closed = await closeMonths(context, { ...request, closeAfterMs, deadline, shared: true });
    if (closed.length > 0) logger.info('closed', { closed });
    count({
      MonthsClosed: closed.filter(({ alreadyClosed, unfinished }) => !alreadyClosed && !unfinished).length,
    });
    return { closed };
  } finally {
    count({ MonthsOverdue: await monthsOverdue(context, closeAfterMs) });
  }
};
