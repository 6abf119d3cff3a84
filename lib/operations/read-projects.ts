import { monthsFrom } from '../billing/months.ts';
import { DUE_SHARDS } from '../store/keys.ts';
import type { DueMark } from '../store/store.ts';
import type { Ledger } from './ledger.ts';
import { mergeSorted } from './merge.ts';

/** Where a page of projects goes on. */
export interface ProjectCursor {
  readonly shard: number;
  readonly afterProjectId?: string | undefined;
}

/** Projects with usage in a month, each once: found by the marks written from that month on. */
export const readProjectsWithUsage = async (
  ledger: Ledger,
  month: string,
  now: number,
  limit: number,
  cursor: ProjectCursor = { shard: 0 },
) => {
  const writingMonths = monthsFrom(month, ledger.calendar.monthOf(now).id);
  const projects: string[] = [];
  let { shard, afterProjectId } = cursor;
  for (; shard < DUE_SHARDS; shard += 1, afterProjectId = undefined) {
    const marks = mergeSorted(
      writingMonths.map((writing) => ledger.store.dueMarks(writing, shard, afterProjectId)),
      (mark: DueMark) => mark.projectId,
    );
    for await (const { projectId, usageMonth } of marks) {
      if (usageMonth !== month || projectId === afterProjectId) continue;
      if (projects.length === limit) return { month, projects, next: { shard, afterProjectId } };
      projects.push(projectId);
      afterProjectId = projectId;
    }
  }
  return { month, projects };
};
