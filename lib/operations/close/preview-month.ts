import pLimit from 'p-limit';
import { compareText } from '../../billing/compare-text.ts';
import { Refusal } from '../../refusal.ts';
import type { StatementPreview } from '../../shapes/statement.ts';
import type { BillingContext } from '../billing-context.ts';
import { previewProject, refuseOtherMonths } from '../statements/preview-statement.ts';
import { hasContent } from '../statements/statement-totals.ts';
import { readChangedProjects, SHARDS } from './changed-months.ts';

/** Previews computed at once. */
const PREVIEWED_AT_ONCE = 8;

export interface MonthPreview {
  readonly month: string;
  /** Of every project that a close would issue a statement for, or whose draft differs, by project. */
  readonly projects: readonly StatementPreview[];
  /** Projects that a close would refuse, with the reason: the month would stay open. */
  readonly failures: readonly { readonly projectId: string; readonly error: string }[];
  /** Projects that have their statement of the month. */
  readonly issued: readonly string[];
}

/**
 * What a close of the month would issue now for all projects. Nothing is written. A project that a
 * close would refuse stops no other.
 */
export const previewMonth = async (
  context: BillingContext,
  month: string,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<MonthPreview> => {
  await refuseOtherMonths(context, month);
  const changed = await Promise.all(SHARDS.map((shard) => readChangedProjects(context, shard, month)));
  const projects = changed.flat().sort(compareText);
  const failures: MonthPreview['failures'][number][] = [];
  const issued: string[] = [];
  let done = 0;
  const previews = await pLimit(PREVIEWED_AT_ONCE).map(projects, async (projectId) => {
    try {
      const { statements } = await context.store.readStatementIndex(projectId);
      if (!statements.some((statement) => statement.month === month))
        return await previewProject(context, projectId, month);
      issued.push(projectId);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      failures.push({ projectId, error: error.message });
    } finally {
      onProgress(++done, projects.length);
    }
    return undefined;
  });
  return {
    month,
    projects: previews
      .filter((preview) => preview !== undefined)
      .filter((preview) => hasContent(preview) || preview.differences !== undefined),
    failures: failures.sort((a, b) => compareText(a.projectId, b.projectId)),
    issued,
  };
};
