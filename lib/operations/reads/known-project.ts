import { addMonths } from '../../billing/months.ts';
import { areMarksKept, type BillingContext, writingMonths } from '../billing-context.ts';

/** Whether anything of the project was ever charged: by its statements, or the marks still kept. */
export const isKnownProject = async (
  context: BillingContext,
  projectId: string,
  now: number,
): Promise<boolean> => {
  const { statements } = await context.store.readStatementIndex(projectId);
  if (statements.length > 0) return true;
  const months = writingMonths(context, addMonths(context.since, -1), now);
  for (const month of months.filter((writing) => areMarksKept(context, writing)).reverse())
    for await (const _ of context.store.changedMonthsOf(month, projectId)) return true;
  return false;
};
