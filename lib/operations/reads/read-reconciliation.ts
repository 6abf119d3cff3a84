import { Refusal } from '../../refusal.ts';
import type { ProjectReconciliation, Reconciliation } from '../../shapes/reconciliation.ts';
import type { BillingContext } from '../billing-context.ts';

/** The last comparison of a project's month with the provider's bill, or a refusal if none is saved. */
export const readReconciliation = async (
  { store, calendar }: BillingContext,
  projectId: string,
  month: string,
): Promise<ProjectReconciliation> => {
  const report = await store.readReconciliation<Reconciliation>(projectId, month);
  if (report) return { projectId, timeZone: calendar.timeZone, ...report };
  throw new Refusal(
    'not-found',
    `${month} of ${projectId} was not compared with the bill of the provider: jobmeter reconcile --save does that`,
  );
};
