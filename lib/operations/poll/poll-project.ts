import { type OvhApi, type PolledProject, ProviderError } from '../../provider/ovh-api.ts';
import type { Poll, PollPass } from '../../store/polls.ts';
import type { BillingContext } from '../billing-context.ts';
import type { CallAllowance } from './call-allowance.ts';
import { afterPage, passOfChanges, queryOf } from './pass.ts';
import { type KnownEvents, memberOf, pageHash, type RecordedJobs, recordJobs } from './record-jobs.ts';
import { type SignRule, signRuleAt, signsOfLife } from './signs-of-life.ts';

/** How far the poll of a project came: `left` to another process that polls it at the same time. */
export type PollOutcome = 'done' | 'unfinished' | 'left' | 'failed';

export interface ProjectPoll extends RecordedJobs {
  readonly outcome: PollOutcome;
  /** As it was saved last. */
  readonly poll: Poll | undefined;
  /** The error of a failed one. */
  readonly error?: string;
}

export interface PollWork {
  readonly context: BillingContext;
  readonly api: OvhApi;
  readonly allowance: CallAllowance;
  /** Reads all jobs again, not only those that have changed. */
  readonly all?: boolean | undefined;
  readonly known?: KnownEvents | undefined;
  readonly onPage?: ((project: PolledProject, recorded: RecordedJobs) => void) | undefined;
  /** Called with an error that is not the provider's. */
  readonly onDefect?: ((project: PolledProject, error: unknown) => void) | undefined;
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
  const updatedAt = memberOf(record, 'updatedAt');
  const time = typeof updatedAt === 'string' ? Date.parse(updatedAt) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
};

/** Reads and records one page. */
const readPage = async (
  { context, api, known }: PollWork,
  { provider, projectId }: PolledProject,
  pass: PollPass,
  rule: SignRule,
) => {
  const jobs = await api.jobs(provider, queryOf(pass));
  const also = pass.of === 'changes' ? [] : signsOfLife(jobs, projectId, rule);
  const recorded = await recordJobs(context, projectId, jobs, { also, ...(known && { known }) });
  return { recorded, updates: jobs.map(updateOf), hash: pageHash(jobs) };
};

/** A project as it is when nobody has polled it. */
const firstPoll = (projectId: string, now: number): Poll => ({
  ...{ projectId, firstPolledAt: now, polledAt: now, version: 0 },
});

/** A job never moves: polled into another project as well, it would be billed in both. */
const movedRule = ({ provider, projectId }: PolledProject, before: string): string =>
  `its jobs belong to project ${before}, where they were recorded, and not to ${projectId}: ` +
  `name it ${provider}=${before} in OVH_PROJECTS`;

/**
 * Polls one project until nothing is left to read. Progress is saved after each page, so the next
 * poll resumes where this one stopped, for whatever reason; what was read again is known by then.
 */
export const pollProject = async (
  work: PollWork,
  project: PolledProject,
  stored: Poll | undefined,
): Promise<ProjectPoll> => {
  const { context, allowance, all, onPage = () => {}, onDefect = () => {} } = work;
  const { store, now } = context;
  const begunAt = now();
  let isUpToDate = false;
  let saved = stored;
  let total = NONE;
  const end = (outcome: PollOutcome, error?: string): ProjectPoll => ({
    ...{ ...total, outcome, poll: saved },
    ...(error !== undefined && { error }),
  });
  const current = () => saved ?? firstPoll(project.projectId, now());
  const save = async (changes: Partial<Poll>): Promise<boolean> => {
    const before = current();
    const next = { ...before, ...changes, polledAt: now(), version: before.version + 1 };
    if (!(await store.savePoll(project.provider, saved, next))) return false;
    saved = next;
    return true;
  };
  const fail = async (error: string, changes: Partial<Poll> = {}) =>
    end((await save(changes)) ? 'failed' : 'left', error);

  if (stored && stored.projectId !== project.projectId) return fail(movedRule(project, stored.projectId));
  let pass = all ? passOfChanges(undefined, now()) : stored?.pass;
  try {
    for (;;) {
      if (!(await allowance.take())) return end('unfinished');
      pass ??= passOfChanges(current().cursor, now());
      const tariffs = await context.tariffs();
      const { recorded, ...page } = await readPage(work, project, pass, signRuleAt(tariffs, now()));
      total = add(total, recorded);
      onPage(project, total);
      const changes = afterPage(current(), pass, page, signRuleAt(tariffs, now()), now());
      if (!(await save(changes))) return end('left');
      // What has changed since a pass of an earlier poll began is read by one of this poll.
      isUpToDate ||= changes.lastSuccess !== undefined && pass.begunAt >= begunAt;
      pass = changes.pass;
      if (!pass && isUpToDate) return end('done');
    }
  } catch (error) {
    if (!(error instanceof ProviderError)) {
      onDefect(project, error);
      return fail(String(error));
    }
    if (error.kind === 'rate limit') allowance.close();
    // The pass may be what is refused, like a page behind the last one: the next poll begins it anew.
    return fail(error.message, error.kind === 'refused' ? { pass: undefined } : {});
  }
};
