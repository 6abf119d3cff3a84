import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { countAttention, createCount } from '../lib/metrics.ts';
import { closeMonths, parseCloseRequest } from '../lib/operations/close.ts';
import { monthsOverdue } from '../lib/operations/months-overdue.ts';

/** Time to finish what is under way, and to hand over what is left. */
const RESERVE_MS = 120_000;

const logger = new Logger({ serviceName: 'close-month' });
const config = readTableConfig();
const count = createCount(config.stage);
const { openLedger, now } = connect(config);

/**
 * Nightly schedule, or by hand with `{ "month": "2026-10" }`: issues the statements of every month that has ended and is not closed.
 * One invocation goes on where another's time was up, and several share the shards of a month.
 */
export const handler = async (event: unknown, context: Context) => {
  const deadline = now() + context.getRemainingTimeInMillis() - RESERVE_MS;
  const ledger = countAttention(await openLedger('write'), count);
  try {
    const closed = await closeMonths(ledger, { ...parseCloseRequest(event), deadline, shared: true });
    logger.info('closed', { closed });
    count({
      MonthsClosed: closed.filter(({ alreadyClosed, unfinished }) => !alreadyClosed && !unfinished).length,
    });
    return { closed };
  } finally {
    count({ MonthsOverdue: await monthsOverdue(ledger) });
  }
};
