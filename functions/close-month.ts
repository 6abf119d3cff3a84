import type { Context } from 'aws-lambda';
import { readPollConfig } from '../lib/config/poll.ts';
import { readCloseConfig } from '../lib/config.ts';
import { countUnbilled } from '../lib/metrics.ts';
import type { BillingContext } from '../lib/operations/billing-context.ts';
import { type CloseOptions, closeMonths, parseCloseRequest } from '../lib/operations/close/close-months.ts';
import { closeBacklog } from '../lib/operations/close/open-months.ts';
import { askBeforeClose } from '../lib/operations/poll/ask-before-close.ts';
import { SHARE } from '../lib/operations/poll/call-allowance.ts';
import { createOvhClient } from '../lib/provider/ovh-client.ts';
import { createWorker } from '../lib/worker.ts';

/** Time reserved to finish the work in progress and to save a checkpoint. */
const RESERVE_MS = 120_000;

const { logger, count, openContext, deadlineOf } = createWorker('close-month');
const { closeAfterMs, issue } = readCloseConfig();
const polling = readPollConfig();
const ovh = polling && { api: createOvhClient(polling), projects: polling.projects };

/** Whether the months may be closed: the provider, if there is one, has been asked. */
const ask = async (context: BillingContext, options: CloseOptions): Promise<boolean> => {
  if (!ovh) return true;
  const { mayClose, projects } = await askBeforeClose(context, ovh.api, ovh.projects, {
    ...options,
    everyMs: SHARE.everyMs,
    onDefect: ({ provider }, error) => logger.error(`asking for ${provider} is defective`, error as Error),
  });
  const notAsked = projects.filter(({ outcome }) => outcome !== 'asked');
  for (const project of notAsked) logger.error('the provider was not asked before the close', { ...project });
  if (mayClose && notAsked.length > 0) count({ MonthsClosedUnasked: 1 });
  return mayClose;
};

/**
 * Every minute: closes each month that ended `closeAfter` ago; invocations share its shards and
 * resume from checkpoints, and keep drafts where statements need approval. By hand with
 * `{ "month": "2026-10" }`: closes up to that month at once.
 */
export const handler = async (event: unknown, invocation: Context) => {
  const deadline = deadlineOf(invocation, RESERVE_MS);
  const context = await openContext('write', { onChargesWritten: countUnbilled(count) });
  const options = { ...parseCloseRequest(event), closeAfterMs, issue, deadline, shared: true };
  try {
    const closed = (await ask(context, options)) ? await closeMonths(context, options) : [];
    if (closed.length > 0) logger.info('closed', { closed });
    count({
      MonthsClosed: closed.filter(({ alreadyClosed, unfinished }) => !alreadyClosed && !unfinished).length,
    });
    return { closed };
  } finally {
    const { overdue, drafts } = await closeBacklog(context, closeAfterMs);
    count({ MonthsOverdue: overdue, DraftsWaiting: drafts });
  }
};
