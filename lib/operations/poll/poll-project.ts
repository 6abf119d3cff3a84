import {
  type OvhApi,
  type PolledProject,
  ProviderError,
  type ProviderErrorKind,
} from '../../provider/ovh-api.ts';
import { signOfLife } from '../../sources/ovh.ts';
import type { Poll, PollPass } from '../../store/polls.ts';
import type { BillingContext } from '../billing-context.ts';
import type { Budget } from './budget.ts';
import { afterPage, queryOf, resumePass, stepStart } from './pass.ts';
import { type KnownEvents, memberOf, optionsOf, type RecordedJobs, recordJobs } from './record-jobs.ts';

/** How far the poll of a project came: `left` to another process that polls it at the same time. */
export type PollOutcome = 'done' | 'unfinished' | 'left' | 'failed';

export interface ProjectPoll extends RecordedJobs {
  readonly outcome: PollOutcome;
  /** As it was saved last. */
  readonly poll: Poll | undefined;
  /** The error of a failed one. */
  readonly error?: { readonly kind: ProviderErrorKind; readonly message: string };
}

export interface PollWork {
  readonly context: BillingContext;
  readonly api: OvhApi;
  readonly budget: Budget;
  readonly known?: KnownEvents | undefined;
  readonly onPage?: ((project: PolledProject, recorded: RecordedJobs) => void) | undefined;
}

const NONE: RecordedJobs = { jobs: 0, recorded: 0, conflicts: 0, untranslated: [] };

const add = (a: RecordedJobs, b: RecordedJobs): RecordedJobs => ({
  jobs: a.jobs + b.jobs,
  recorded: a.recorded + b.recorded,
  conflicts: a.conflicts + b.conflicts,
  untranslated: [...a.untranslated, ...b.untranslated],
});

/** When a job changed, epoch milliseconds. */
const updateOf = (record: unknown): number | undefined => {
  const time = Date.parse(String(memberOf(record, 'updatedAt')));
  return Number.isNaN(time) ? undefined : time;
};

/** Reads and records one page. */
const readPage = async (
  { context, api, known }: PollWork,
  { provider, projectId }: PolledProject,
  pass: PollPass,
) => {
  const jobs = await api.jobs(provider, queryOf(pass));
  const step = pass.of === 'running' ? pass.since : undefined;
  const signs =
    step === undefined ? [] : jobs.flatMap((job) => signOfLife(job, optionsOf(projectId), step) ?? []);
  const recorded = await recordJobs(context, projectId, jobs, { also: signs, ...(known && { known }) });
  return { recorded, updates: jobs.map(updateOf) };
};

/** A project as it is when nobody has polled it. */
const firstPoll = (now: number): Poll => ({ firstPolledAt: now, polledAt: now, version: 0 });

/**
 * Polls one project until nothing is left to read. Progress is saved after each page, so the next
 * poll resumes where this one stopped, for whatever reason; what was read again is known by then.
 */
export const pollProject = async (
  work: PollWork,
  project: PolledProject,
  stored: Poll | undefined,
): Promise<ProjectPoll> => {
  const { context, budget, onPage = () => {} } = work;
  const { store, now } = context;
  let saved = stored;
  let total = NONE;
  const end = (outcome: PollOutcome, error?: ProjectPoll['error']): ProjectPoll => ({
    ...{ ...total, outcome, poll: saved },
    ...(error && { error }),
  });
  const save = async (changes: Partial<Poll>): Promise<boolean> => {
    const before = saved ?? firstPoll(now());
    const next = { ...before, ...changes, polledAt: now(), version: before.version + 1 };
    if (!(await store.savePoll(project.provider, saved, next))) return false;
    saved = next;
    return true;
  };

  try {
    for (;;) {
      if (!(await budget.take())) return end('unfinished');
      const poll = saved ?? firstPoll(now());
      const pass = resumePass(poll);
      const { recorded, updates } = await readPage(work, project, pass);
      total = add(total, recorded);
      onPage(project, total);
      const { maxSilenceMs } = (await context.tariffs()).limitsAt(now());
      const changes = afterPage(poll, pass, updates, stepStart(maxSilenceMs, now()), now());
      if (!(await save(changes))) return end('left');
      if (!changes.pass) return end('done');
    }
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { kind, message } = error;
    return end((await save({ error: message })) ? 'failed' : 'left', { kind, message });
  }
};
