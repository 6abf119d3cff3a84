import type { OvhApi, PolledProject } from '../../provider/ovh-api.ts';
import type { BillingContext } from '../billing-context.ts';
import { createCallAllowance, type FairUse } from './call-allowance.ts';
import { type PollOutcome, type PollWork, type ProjectPoll, pollProject } from './poll-project.ts';
import type { RecordedJobs } from './record-jobs.ts';

export interface PollOptions extends FairUse, Pick<PollWork, 'all' | 'known' | 'onPage' | 'onDefect'> {}

/** What became of one configured project. */
export interface PolledProjectResult extends PolledProject, RecordedJobs {
  readonly outcome: PollOutcome;
  readonly error?: string;
  /** End of its latest whole poll. Epoch milliseconds. */
  readonly lastSuccess?: number;
  /** Since then, or since it was polled first. */
  readonly ageMs: number;
}

const resultOf = (
  project: PolledProject,
  { poll, ...rest }: ProjectPoll,
  now: number,
): PolledProjectResult => ({
  ...project,
  ...rest,
  ...(poll?.lastSuccess !== undefined && { lastSuccess: poll.lastSuccess }),
  ageMs: Math.max(0, now - (poll?.lastSuccess ?? poll?.firstPolledAt ?? now)),
});

/**
 * Polls the projects, the one first that was polled longest ago, so that a large or a failing one
 * keeps no other waiting for long. One that fails stops no other, but a limit of the provider,
 * which is one of the credentials, stops all.
 */
export const pollProjects = async (
  context: BillingContext,
  api: OvhApi,
  projects: readonly PolledProject[],
  { calls, everyMs, deadline, ...options }: PollOptions = {},
): Promise<PolledProjectResult[]> => {
  const stored = await context.store.readPolls();
  const allowance = createCallAllowance(context, { calls, everyMs, deadline });
  const work: PollWork = { ...options, context, api, allowance };
  const polledAt = ({ provider }: PolledProject) => stored.get(provider)?.polledAt ?? 0;
  const results = new Map<PolledProject, PolledProjectResult>();
  for (const project of projects.toSorted((a, b) => polledAt(a) - polledAt(b))) {
    const polled = await pollProject(work, project, stored.get(project.provider));
    results.set(project, resultOf(project, polled, context.now()));
  }
  return projects.flatMap((project) => results.get(project) ?? []);
};
