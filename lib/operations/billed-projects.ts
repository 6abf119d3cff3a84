import { addMonths } from '../billing/months.ts';
import { areMarksKept, type BillingContext, writingMonths } from './billing-context.ts';
import { readMarks, SHARDS } from './close/changed-months.ts';
import { forEachPartition } from './walk-table.ts';

/** Months from one to another, both included. */
export interface MonthRange {
  readonly from: string;
  readonly to: string;
}

/**
 * Every project that may have a statement of these months, by id: those with a mark written since
 * the month before (protocol rule 5). Once these marks have expired, a walk through the table.
 */
export const findBilledProjects = async (
  context: BillingContext,
  { from, to }: MonthRange,
  /** Is given the parts of the table that were searched. */
  onProgress: (done: number) => void = () => {},
): Promise<string[]> => {
  const projects = new Set<string>();
  const since = addMonths(from, -1);
  let done = 0;
  if (areMarksKept(context, since))
    for (const shard of SHARDS) {
      const marks = await readMarks(context, shard, writingMonths(context, since, context.now()));
      for (const { projectId, usageMonth } of marks.values()) if (usageMonth <= to) projects.add(projectId);
      onProgress(++done);
    }
  else
    await forEachPartition(context.store, ({ partition }) => {
      if (partition.kind === 'usage') {
        const { projectId, usageMonth } = partition.projectMonth;
        if (usageMonth >= from && usageMonth <= to) projects.add(projectId);
      }
      onProgress(++done);
    });
  return [...projects].sort();
};
