import pLimit from 'p-limit';
import { compareText } from '../../billing/compare-text.ts';
import type { StatementPreview } from '../../shapes/statement.ts';
import type { BillingContext } from '../billing-context.ts';
import { monthToPreview, previewProject } from '../statements/preview-statement.ts';
import { readChangedProjects, SHARDS } from './changed-months.ts';

/** Previews computed at once. */
const PREVIEWED_AT_ONCE = 8;

export interface MonthPreview {
  readonly month: string;
  /** Of every project that a close would issue a statement for, by project. */
  readonly projects: readonly StatementPreview[];
  /** Projects that have their statement of the month. */
  readonly issued: number;
}

const hasContent = ({ lines, unrated, held, differences }: StatementPreview): boolean =>
  lines.length + unrated.count + held.count > 0 || differences !== undefined;

/**
 * What a close of the month would issue now for all projects, by default of the first month that is
 * not closed. Nothing is written.
 */
export const previewMonth = async (
  context: BillingContext,
  requested: string | undefined,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<MonthPreview> => {
  const month = await monthToPreview(context, requested);
  const changed = await Promise.all(SHARDS.map((shard) => readChangedProjects(context, shard, month)));
  const projects = changed.flat().sort(compareText);
  let done = 0;
  const previews = await pLimit(PREVIEWED_AT_ONCE).map(projects, async (projectId) => {
    const { statements } = await context.store.readStatementIndex(projectId);
    const isIssued = statements.some((statement) => statement.month === month);
    const preview = isIssued ? undefined : await previewProject(context, projectId, month);
    onProgress(++done, projects.length);
    return preview;
  });
  return {
    month,
    projects: previews.filter((preview) => preview !== undefined).filter(hasContent),
    issued: previews.filter((preview) => preview === undefined).length,
  };
};
