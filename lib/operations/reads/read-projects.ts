import { addMonths } from '../../billing/months.ts';
import type { Projects } from '../../shapes/usage.ts';
import { SHARD_COUNT, shardOf } from '../../store/keys.ts';
import { type BillingContext, writingMonths } from '../billing-context.ts';
import type { PageOf } from '../public-shapes.ts';
import { mergeSorted } from './merge-sorted.ts';

/** Marks of one shard by project, from `first` on by writing month, after a project. */
async function* marksByProject(
  { store, ...context }: BillingContext,
  first: string,
  now: number,
  shard: number,
  after: string | undefined,
): AsyncGenerator<{ readonly projectId: string; readonly usageMonths: ReadonlySet<string> }> {
  const marks = mergeSorted(
    writingMonths(context, first, now).map((writing) => store.changedMonths(writing, shard, after)),
    ({ projectId }) => projectId,
  );
  let current: { projectId: string; usageMonths: Set<string> } | undefined;
  for await (const { projectId, usageMonth } of marks) {
    if (current?.projectId !== projectId) {
      if (current) yield current;
      current = { projectId, usageMonths: new Set() };
    }
    current.usageMonths.add(usageMonth);
  }
  if (current) yield current;
}

/** Whether a job of the project runs on into `month` from one of the months before it. */
const runsSince = async (
  { store, calendar }: BillingContext,
  projectId: string,
  usageMonths: readonly string[],
  month: string,
): Promise<boolean> => {
  for (const usageMonth of usageMonths)
    for await (const charge of store.charges(projectId, usageMonth))
      if (charge.kind === 'open' && charge.limit.at > calendar.month(month).start) return true;
  return false;
};

/**
 * Projects with usage in `month`, by shard and id, from the marks written since that month. Until
 * the months before are closed, the open charges of running jobs are there.
 */
async function* projectsWithUsage(
  context: BillingContext,
  month: string,
  now: number,
  after: string | undefined,
) {
  const oldest = addMonths(context.since, -1);
  const lastClosed = (await context.store.readClosedMonths()).at(-1);
  const firstOpen = lastClosed === undefined ? oldest : addMonths(lastClosed, 1);
  const wanted = month > oldest ? month : oldest;
  const first = firstOpen < wanted ? firstOpen : wanted;
  const hasBegun = calendarStart(context, month) <= now;
  for (let shard = after === undefined ? 0 : shardOf(after); shard < SHARD_COUNT; shard += 1) {
    const afterInShard = after !== undefined && shardOf(after) === shard ? after : undefined;
    for await (const { projectId, usageMonths } of marksByProject(context, first, now, shard, afterInShard)) {
      const earlier = [...usageMonths].filter((usage) => usage >= firstOpen && usage < month);
      if (usageMonths.has(month) || (hasBegun && (await runsSince(context, projectId, earlier, month))))
        yield projectId;
    }
  }
}

const calendarStart = ({ calendar }: BillingContext, month: string): number => calendar.month(month).start;

async function* granted(projects: readonly string[], after = '') {
  yield* [...new Set(projects)].sort().filter((projectId) => projectId > after);
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
  for await (const projectId of grant === 'all'
    ? projectsWithUsage(context, month, now, after)
    : granted(grant, after)) {
    if (projects.length === limit) return { month, projects, next: projects.at(-1) };
    projects.push(projectId);
  }
  return { month, projects };
};
