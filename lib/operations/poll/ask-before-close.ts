import { DAY_MS, MINUTE_MS } from '../../billing/minutes.ts';
import { type OvhApi, type PolledProject, ProviderError } from '../../provider/ovh-api.ts';
import type { Inquiry } from '../../store/polls.ts';
import type { BillingContext } from '../billing-context.ts';
import { dueMonths } from '../close/open-months.ts';
import { type AskWork, askForJobs } from './ask-jobs.ts';
import { createCallAllowance, type FairUse } from './call-allowance.ts';
import { unsettledJobs } from './unsettled-jobs.ts';

/** How long a close waits for a provider that does not answer. */
const PATIENCE_MS = DAY_MS;
/** Renewed after every call. Two inquiries at once would make too many calls, and no other harm. */
const LEASE_MS = 2 * MINUTE_MS;

export interface AskBeforeCloseOptions extends FairUse {
  /** As for the close that follows. */
  readonly month?: string | undefined;
  readonly closeAfterMs?: number;
  /** Called with an error that is not the provider's: it keeps no close waiting for longer. */
  readonly onDefect?: (project: PolledProject, error: unknown) => void;
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

const TAKEN = 'another close is asking';
const NO_CALL_LEFT = 'not all of its jobs are asked for yet';

/** The inquiry before a month is closed: one process at a time makes calls for it. */
const openInquiry = async ({ store, now }: BillingContext, month: string) => {
  const read = await store.readInquiry(month);
  let saved = read;
  const inquiry = () => saved ?? { begunAt: now(), asked: [], leaseUntil: 0, version: 0 };
  /** False if another process has saved meanwhile, which has the lease then. */
  const save = async (changes: Partial<Inquiry>): Promise<boolean> => {
    const next = { ...inquiry(), ...changes, version: inquiry().version + 1 };
    if (!(await store.saveInquiry(month, saved, next))) return false;
    saved = next;
    return true;
  };
  return {
    isAsked: ({ provider }: PolledProject) => inquiry().asked.includes(provider),
    isOverdue: () => now() >= inquiry().begunAt + PATIENCE_MS,
    /** Where the inquiry about a project is resumed. */
    afterJobId({ provider }: PolledProject): string | undefined {
      const { after } = inquiry();
      return after?.provider === provider ? after.jobId : undefined;
    },
    lease: async () => (read?.leaseUntil ?? 0) <= now() && save({ leaseUntil: now() + LEASE_MS }),
    progress: ({ provider }: PolledProject, jobId: string) =>
      save({ after: { provider, jobId }, leaseUntil: now() + LEASE_MS }),
    end: ({ provider }: PolledProject) => save({ asked: [...inquiry().asked, provider] }),
    release: () => save({ leaseUntil: 0 }),
  };
};

type OpenInquiry = Awaited<ReturnType<typeof openInquiry>>;

type Answer = Pick<AskedProject, 'jobs' | 'changed' | 'reason'>;

/** Asks for the jobs of one project; with a reason if that was not possible for all of them. */
const askProject = async (
  work: AskWork & Pick<AskBeforeCloseOptions, 'onDefect'>,
  months: Months,
  project: PolledProject,
  inquiry: OpenInquiry,
): Promise<Answer> => {
  const { context, allowance, onDefect = () => {} } = work;
  try {
    const jobs = await unsettledJobs(context, project.projectId, months);
    const { changed, isWhole } = await askForJobs(work, project, jobs, {
      afterJobId: inquiry.afterJobId(project),
      onProgress: async (jobId) => {
        if (!(await inquiry.progress(project, jobId))) allowance.close();
      },
    });
    if (isWhole) await inquiry.end(project);
    return { jobs: jobs.length, changed, ...(!isWhole && { reason: NO_CALL_LEFT }) };
  } catch (error) {
    if (!(error instanceof ProviderError)) onDefect(project, error);
    else if (error.kind === 'rate limit') allowance.close();
    return { jobs: 0, changed: 0, reason: error instanceof ProviderError ? error.message : String(error) };
  }
};

/**
 * Before months are closed, asks the provider for every job that they would bill open or held, so
 * that a lost event costs nobody anything. Each project is asked for once a close, in as many
 * invocations as it takes; a day after the first one the close does without.
 */
export const askBeforeClose = async (
  context: BillingContext,
  api: OvhApi,
  projects: readonly PolledProject[],
  { month, closeAfterMs, onDefect, ...fairUse }: AskBeforeCloseOptions = {},
): Promise<AskedBeforeClose> => {
  const lastClosed = await context.store.readLastClosedMonth();
  const due = { month, ...(closeAfterMs !== undefined && { closeAfterMs }) };
  const [first, ...others] = await dueMonths(context, due, lastClosed);
  if (first === undefined) return { mayClose: true, projects: [] };
  const months: Months = [first, ...others];
  const inquiry = await openInquiry(context, months.at(-1) ?? first);
  const work = {
    context,
    api,
    allowance: createCallAllowance(context, fairUse),
    ...(onDefect && { onDefect }),
  };
  const isTaken = !(await inquiry.lease());
  const answerOf = async (project: PolledProject): Promise<Answer> => {
    if (inquiry.isAsked(project)) return { jobs: 0, changed: 0 };
    return isTaken ? { jobs: 0, changed: 0, reason: TAKEN } : askProject(work, months, project, inquiry);
  };
  const asked: AskedProject[] = [];
  for (const project of projects) {
    const answer = await answerOf(project);
    const notAsked = inquiry.isOverdue() ? 'given up' : 'waiting';
    asked.push({ ...project, outcome: answer.reason === undefined ? 'asked' : notAsked, ...answer });
  }
  if (!isTaken) await inquiry.release();
  return { mayClose: asked.every(({ outcome }) => outcome !== 'waiting'), projects: asked };
};
