import { addMonths } from '../../billing/months.ts';
import type { Projects } from '../../shapes/usage.ts';
import { DUE_SHARDS, dueShardOf } from '../../store/keys.ts';
import { type Ledger, writingMonths } from '../billing-context.ts';
import type { PageOf } from '../public-shapes.ts';
import { mergeSorted } from './merge-sorted.ts';

/** Every project with usage in `month`, by shard and id: found by the marks written from that month on. */
async function* projectsWithUsage(ledger: Ledger, month: string, now: number, after: string | undefined) {
  const oldest = addMonths(ledger.since, -1);
  const months = writingMonths(ledger, month > oldest ? month : oldest, now);
  let last = after;
  for (let shard = after === undefined ? 0 : dueShardOf(after); shard < DUE_SHARDS; shard += 1) {
    const afterInShard = last !== undefined && dueShardOf(last) === shard ? last : undefined;
    const marks = mergeSorted(
      months.map((writing) => ledger.store.dueMarks(writing, shard, afterInShard)),
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

/** The projects of a grant; for one that covers all, those with usage in `month`. Each once, page by page. */
export const listProjects = async (
  ledger: Ledger,
  grant: readonly string[] | 'all',
  month: string,
  now: number,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<PageOf<Projects>> => {
  const projects: string[] = [];
  for await (const projectId of grant === 'all'
    ? projectsWithUsage(ledger, month, now, after)
    : granted(grant, after)) {
    if (projects.length === limit) return { month, projects, next: projects.at(-1) };
    projects.push(projectId);
  }
  return { month, projects };
};
