import { addMonths } from '../../billing/months.ts';
import type { Projects } from '../../shapes/usage.ts';
import { SHARD_COUNT, shardOf } from '../../store/keys.ts';
import { type BillingContext, writingMonths } from '../billing-context.ts';
import type { PageOf } from '../public-shapes.ts';
import { mergeSorted } from './merge-sorted.ts';

/** Projects with usage in `month`, by shard and id, from the marks written since that month. */
async function* projectsWithUsage(
  context: BillingContext,
  month: string,
  now: number,
  after: string | undefined,
) {
  const oldest = addMonths(context.since, -1);
  const months = writingMonths(context, month > oldest ? month : oldest, now);
  let last = after;
  for (let shard = after === undefined ? 0 : shardOf(after); shard < SHARD_COUNT; shard += 1) {
    const afterInShard = last !== undefined && shardOf(last) === shard ? last : undefined;
    const marks = mergeSorted(
      months.map((writing) => context.store.changedMonths(writing, shard, afterInShard)),
      ({ projectId }) => projectId,
    );
    for await (const { projectId, usageMonth } of marks) {
      if (usageMonth !== month || projectId === last) continue;
      yield projectId;
      last = projectId;
    }
  }
}

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
