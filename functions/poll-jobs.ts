import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { readPollConfig, readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { countPolls, createCount } from '../lib/metrics.ts';
import { pollProjects } from '../lib/operations/poll/poll-projects.ts';
import { createOvhClient } from '../lib/provider/ovh-client.ts';

/** A call and what it reports are recorded within it. */
const RESERVE_MS = 20_000;
/** Half of fair use in a minute; a close may ask at the same time. */
const CALLS = 30;

const logger = new Logger({ serviceName: 'poll-jobs' });
const config = readTableConfig();
const polling = readPollConfig();
const count = createCount(config.stage);
const { openContext, now } = connect(config);
const api = polling && createOvhClient(polling);
const known = new Set<string>();

/** Every minute: records what changed of the jobs of the configured projects of the provider. */
export const handler = async (_event: unknown, invocation: Context) => {
  if (!polling || !api) return { projects: [] };
  const deadline = now() + invocation.getRemainingTimeInMillis() - RESERVE_MS;
  const context = await openContext('write');
  const projects = await pollProjects(context, api, polling.projects, { calls: CALLS, deadline, known });
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
