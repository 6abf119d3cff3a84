import pLimit from 'p-limit';
import { addMonths } from '../../billing/months.ts';
import type { Statement } from '../../billing/statement.ts';
import { areMarksKept, type BillingContext } from '../billing-context.ts';
import { forEachPartition } from '../walk-table.ts';
import { readChangedMonths, SHARDS } from './changed-months.ts';

/** Statements read at once. */
const READ_AT_ONCE = 16;

/**
 * Every project that may have a statement of the month: those with a mark written since the month
 * before (protocol rule 5). Once these marks have expired, a walk through the whole table.
 */
export const findBilledProjects = async (
  context: BillingContext,
  month: string,
  /** Called after each part of the table. */
  onPart: () => void = () => {},
): Promise<string[]> => {
  const projects = new Set<string>();
  if (areMarksKept(context, addMonths(month, -1)))
    for (const shard of SHARDS) {
      for (const { projectId } of (await readChangedMonths(context, shard, month)).values())
        projects.add(projectId);
      onPart();
    }
  else
    await forEachPartition(context.store, ({ partition }) => {
      if (partition.kind === 'usage' && partition.projectMonth.usageMonth === month)
        projects.add(partition.projectMonth.projectId);
      onPart();
    });
  return [...projects].sort();
};

/** The statements of a month, by project. */
export const readStatementsOfMonth = async (context: BillingContext, month: string): Promise<Statement[]> => {
  const limit = pLimit(READ_AT_ONCE);
  const projects = await findBilledProjects(context, month);
  const statements = await limit.map(projects, (projectId) => context.store.readStatement(projectId, month));
  return statements.filter((statement) => statement !== undefined);
};
