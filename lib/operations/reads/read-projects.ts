import { addMonths } from '../../billing/months.ts';
import type { Projects } from '../../shapes/usage.ts';
import { SHARD_COUNT, shardOf } from '../../store/keys.ts';
import { type BillingContext, writingMonths } from '../billing-context.ts';
import type { PageOf } from '../public-shapes.ts';
import { mapAhead } from './map-ahead.ts';
import { mergeSorted } from './merge-sorted.ts';

/** Projects whose charges are read for one page: the page may be short. */
const MAX_READ = 1_000;
/** Of these, how many at a time. */
const READ_AT_A_TIME = 20;

/** A project with changed months: `month` itself, or earlier ones that may have open charges. */
interface Candidate {
  readonly projectId: string;
  hasUsage: boolean;
  readonly earlier: Set<string>;
}

/** The candidates of one shard by project, after a project where one is given. */
async function* candidatesOf(
  { store, calendar, since }: BillingContext,
  month: string,
  now: number,
  shard: number,
  { lastClosed, after }: { readonly lastClosed: string | undefined; readonly after: string | undefined },
): AsyncGenerator<Candidate> {
  const oldest = addMonths(since, -1);
  const wanted = month > oldest ? month : oldest;
  const firstOpen = lastClosed === undefined ? oldest : addMonths(lastClosed, 1);
  const hasBegun = calendar.month(month).start <= now;
  const first = hasBegun && firstOpen < wanted ? firstOpen : wanted;
  const marks = mergeSorted(
    writingMonths({ calendar }, first, now).map(async function* (writing) {
      for await (const mark of store.changedMonths(writing, shard, after))
        if (mark.usageMonth === month || (hasBegun && writing >= firstOpen && mark.usageMonth < month))
          yield mark;
    }),
    ({ projectId }) => projectId,
  );
  let candidate: Candidate | undefined;
  for await (const { projectId, usageMonth } of marks) {
    if (candidate?.projectId !== projectId) {
      if (candidate) yield candidate;
      candidate = { projectId, hasUsage: false, earlier: new Set() };
    }
    if (usageMonth === month) candidate.hasUsage = true;
    else candidate.earlier.add(usageMonth);
  }
  if (candidate) yield candidate;
}

/** Whether a job of the project runs on into `month` from one of the months before it. */
const runsSince = async (
  { store, calendar }: BillingContext,
  { projectId, earlier }: Candidate,
  month: string,
): Promise<boolean> => {
  for (const usageMonth of earlier)
    for await (const charge of store.charges(projectId, usageMonth))
      if (charge.kind === 'open' && charge.limit.at > calendar.month(month).start) return true;
  return false;
};

/** A candidate, and whether it is listed. */
interface Examined {
  readonly projectId: string;
  readonly isListed: boolean;
  /** Its charges had to be read. */
  readonly isRead: boolean;
}

/**
 * Projects with usage in `month`, by shard and id, from the marks written since that month. A job
 * that runs since an earlier month has its open charge there until its next fact or the close.
 */
async function* projectsWithUsage(
  context: BillingContext,
  month: string,
  now: number,
  after: string | undefined,
): AsyncGenerator<Examined> {
  const lastClosed = await context.store.readLastClosedMonth();
  for (let shard = after === undefined ? 0 : shardOf(after); shard < SHARD_COUNT; shard += 1) {
    const afterInShard = after !== undefined && shardOf(after) === shard ? after : undefined;
    const range = { lastClosed, after: afterInShard };
    yield* mapAhead(
      candidatesOf(context, month, now, shard, range),
      READ_AT_A_TIME,
      async (candidate): Promise<Examined> => ({
        projectId: candidate.projectId,
        isListed: candidate.hasUsage || (await runsSince(context, candidate, month)),
        isRead: !candidate.hasUsage,
      }),
    );
  }
}

async function* granted(projects: readonly string[], after = ''): AsyncGenerator<Examined> {
  for (const projectId of [...new Set(projects)].sort())
    if (projectId > after) yield { projectId, isListed: true, isRead: false };
}

/** A page of the projects of a grant; for a grant of all, of those with usage in `month`. */
export const listProjects = async (
  context: BillingContext,
  grant: readonly string[] | 'all',
  month: string,
  now: number,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<PageOf<Projects>> => {
  const projects: string[] = [];
  let read = 0;
  let last: string | undefined;
  for await (const { projectId, isListed, isRead } of grant === 'all'
    ? projectsWithUsage(context, month, now, after)
    : granted(grant, after)) {
    if (projects.length === limit || read === MAX_READ) return { month, projects, next: last };
    last = projectId;
    if (isListed) projects.push(projectId);
    if (isRead) read += 1;
  }
  return { month, projects };
};
