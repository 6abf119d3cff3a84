import { Logger } from '@aws-lambda-powertools/logger';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { countAttention, createCount } from '../lib/metrics.ts';
import { closeMonths, parseCloseRequest } from '../lib/operations/close.ts';
import { monthsOverdue } from '../lib/operations/months-overdue.ts';

const logger = new Logger({ serviceName: 'close-month' });
const config = readTableConfig();
const count = createCount(config.stage);
const { openLedger } = connect(config);

/** Daily schedule, or by hand with `{ "month": "2026-10" }`: issues the statements of every month that has ended and is not closed. */
export const handler = async (event: unknown) => {
  const ledger = countAttention(await openLedger(), count);
  try {
    const closed = await closeMonths(ledger, parseCloseRequest(event));
    logger.info('closed', { closed });
    count({ MonthsClosed: closed.filter(({ alreadyClosed }) => !alreadyClosed).length });
    return { closed };
  } finally {
    count({ MonthsOverdue: await monthsOverdue(ledger) });
  }
};
