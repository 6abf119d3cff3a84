import type { Context } from 'aws-lambda';
import { readPollConfig } from '../lib/config/poll.ts';
import { countPolls } from '../lib/metrics.ts';
import { SHARE } from '../lib/operations/poll/call-allowance.ts';
import { pollProjects } from '../lib/operations/poll/poll-projects.ts';
import { createOvhClient } from '../lib/provider/ovh-client.ts';
import { createWorker } from '../lib/worker.ts';

/** A call and what it reports are recorded within it. */
const RESERVE_MS = 20_000;
/** Time between two calls: those of a minute are not made at once. */
const CALL_EVERY_MS = 500;

const { logger, count, openContext, deadlineOf } = createWorker('poll-jobs');
const polling = readPollConfig();
const ovh = polling && { api: createOvhClient(polling), projects: polling.projects };
const known = new Set<string>();

/** Every minute: records what changed of the jobs of the configured projects of the provider. */
export const handler = async (_event: unknown, invocation: Context) => {
  if (!ovh) return { projects: [] };
  const deadline = deadlineOf(invocation, RESERVE_MS);
  const context = await openContext('write');
  const projects = await pollProjects(context, ovh.api, ovh.projects, {
    ...{ calls: SHARE.calls, everyMs: CALL_EVERY_MS, deadline, known },
    onDefect: ({ provider }, error) => logger.error(`the poll of ${provider} is defective`, error as Error),
  });
  for (const { provider, error, untranslated } of projects) {
    if (error !== undefined) logger.error('a project cannot be polled', { provider, error });
    for (const job of untranslated) logger.error('a job cannot be read', { provider, ...job });
  }
  countPolls(count, projects);
  const polled = projects.map(({ untranslated, ...project }) => ({
    ...project,
    untranslated: untranslated.length,
  }));
  logger.info('polled', { projects: polled });
  return { projects: polled };
};
