import { Logger } from '@aws-lambda-powertools/logger';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { closeMonths, parseCloseRequest } from '../lib/operations/close.ts';

const logger = new Logger({ serviceName: 'close-month' });
const { openLedger } = connect(readTableConfig());

/** Daily schedule, or by hand with `{ "month": "2026-10" }`: issues the statements of every month that has ended and is not closed. */
export const handler = async (event: unknown) => {
  const closed = await closeMonths(await openLedger(), parseCloseRequest(event));
  logger.info('closed', { closed });
  return { closed };
};
