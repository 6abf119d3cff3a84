import { DAY_MS, MINUTE_MS } from '../../billing/minutes.ts';
import { type OvhApi, type PolledProject, ProviderError } from '../../provider/ovh-api.ts';
import type { Inquiry } from '../../store/polls.ts';
import type { BillingContext } from '../billing-context.ts';
import { dueMonths } from '../close/open-months.ts';
import { type AskedJobs, type AskWork, askForJobs } from './ask-jobs.ts';
import { createBudget, type FairUse } from './budget.ts';
import { unsettledJobs } from './unsettled-jobs.ts';

/** How long a close waits for a provider that does not answer. */
const PATIENCE_MS = DAY_MS;
/** Renewed after every call. Two inquiries at once do the same calls, and no harm. */
const LEASE_MS = 2 * MINUTE_MS;

export interface AskBeforeCloseOptions extends FairUse {
  /** As for the close that follows. */
  readonly month?: string | undefined;
  readonly closeAfterMs?: number;
}

/** The inquiry about one project: whether its jobs were asked for, and if not why. */
export interface AskedProject extends PolledProject {
  readonly outcome: 'asked' | 'waiting' | 'given up';
  /** Jobs that would have been billed open or held, and of how many there was news. */
  readonly jobs: number;
  readonly changed: number;
  /** Why it is waiting, or was given up. */
  readonly reason?: string;
}

export interface AskedBeforeClose {
  /** False while the provider is still to be asked: the close is tried again later. */
  readonly mayClose: boolean;
  /** None if no month is due. */
  readonly projects: readonly AskedProject[];
}

type Months = readonly [string, ...string[]];

/** One project of the provider in the inquiry before the last of these months is closed. */
const createInquiry = (
  { store, now }: BillingContext,
  month: string,
  { provider }: PolledProject,
  read: Inquiry | undefined,
) => {
  let saved = read;
  const begin = (): Inquiry => ({ begunAt: now(), leaseUntil: 0, version: 0 });
  return {
    begunAt: () => saved?.begunAt ?? now(),
    afterJobId: () => saved?.afterJobId,
    /** False if another process has saved meanwhile. */
    async save(changes: Partial<Inquiry>): Promise<boolean> {
      const before = saved ?? begin();
      const next = { ...before, ...changes, version: before.version + 1 };
      if (!(await store.saveInquiry(month, provider, saved, next))) return false;
      saved = next;
      return true;
    },
  };
};

const NO_CALL_LEFT = 'not all of its jobs are asked for yet';

const askProject = async (
  work: AskWork,
  months: Months,
  project: PolledProject,
  read: Inquiry | undefined,
): Promise<AskedProject> => {
  const { context } = work;
  const { now } = context;
  const result = (outcome: AskedProject['outcome'], asked: object = {}): AskedProject => ({
    ...{ ...project, outcome, jobs: 0, changed: 0 },
    ...asked,
  });
  if (read?.askedAt !== undefined) return result('asked');
  const inquiry = createInquiry(context, months.at(-1) ?? months[0], project, read);
  const isTaken = (read?.leaseUntil ?? 0) > now() || !(await inquiry.save({ leaseUntil: now() + LEASE_MS }));
  if (isTaken) return result('waiting', { reason: 'another close is asking' });
  const waiting = async (reason: string, asked?: AskedJobs & { readonly jobs: number }) => {
    await inquiry.save({ leaseUntil: 0, error: reason });
    const isGivenUp = now() >= inquiry.begunAt() + PATIENCE_MS;
    const { jobs = 0, changed = 0 } = asked ?? {};
    return result(isGivenUp ? 'given up' : 'waiting', { jobs, changed, reason });
  };
  try {
    const jobs = await unsettledJobs(context, project.projectId, months);
    const asked = await askForJobs(work, project, jobs, {
      afterJobId: inquiry.afterJobId(),
      onProgress: async (afterJobId) => {
        await inquiry.save({ afterJobId, leaseUntil: now() + LEASE_MS });
      },
    });
    const counts = { jobs: jobs.length, changed: asked.changed };
    if (!asked.isWhole) return waiting(NO_CALL_LEFT, { ...asked, ...counts });
    await inquiry.save({ askedAt: now(), leaseUntil: 0, error: undefined });
    return result('asked', counts);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === 'rate limit') work.budget.close();
    return waiting(error.message);
  }
};

/**
 * Before months are closed, asks the provider for every job that they would bill open or held, so
 * that a lost event costs nobody anything. Each project is asked for once a close, in as many
 * invocations as it takes; after a day without an answer the close does without.
 */
export const askBeforeClose = async (
  context: BillingContext,
  api: OvhApi,
  projects: readonly PolledProject[],
  { month, closeAfterMs, ...fairUse }: AskBeforeCloseOptions = {},
): Promise<AskedBeforeClose> => {
  const lastClosed = (await context.store.readClosedMonths()).at(-1);
  const due = { month, ...(closeAfterMs !== undefined && { closeAfterMs }) };
  const [first, ...others] = await dueMonths(context, due, lastClosed);
  if (first === undefined) return { mayClose: true, projects: [] };
  const months: Months = [first, ...others];
  const inquiries = await context.store.readInquiries(months.at(-1) ?? first);
  const work: AskWork = { context, api, budget: createBudget(context, fairUse) };
  const asked: AskedProject[] = [];
  for (const project of projects)
    asked.push(await askProject(work, months, project, inquiries.get(project.provider)));
  return { mayClose: asked.every(({ outcome }) => outcome !== 'waiting'), projects: asked };
};
