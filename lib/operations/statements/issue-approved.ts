import type { BillingContext } from '../billing-context.ts';
import { cutProject } from '../close/cut-open-charges.ts';
import { type Billed, billProject } from './issue-statement.ts';

/** Issues one statement that is approved, without waiting for the close of its month. */
export const issueApproved = async (
  context: BillingContext,
  projectId: string,
  month: string,
): Promise<Billed> => {
  const usageMonths = await cutProject(context, projectId, month);
  return billProject(context, projectId, month, usageMonths, { issue: 'approve' });
};
