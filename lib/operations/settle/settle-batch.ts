import type { JobRef } from '../../billing/facts.ts';
import type { BillingContext } from '../billing-context.ts';
import { markBudgetsChanged, type Unbudgeted } from '../budgets/mark-changed.ts';
import { type DeliveredFacts, type OnFailure, settleJobs } from './settle-jobs.ts';

/**
 * Settles the jobs of a batch of new facts, then makes the budgets due of those that can have
 * charges: an earlier attempt may have written them and not come to the budgets.
 */
export const settleBatch = async (
  context: BillingContext,
  jobs: readonly JobRef[],
  {
    unbudgeted,
    onFailure,
    delivered,
  }: {
    readonly unbudgeted: Unbudgeted;
    readonly onFailure: OnFailure;
    readonly delivered?: DeliveredFacts;
  },
): Promise<Record<'parked' | 'lost', readonly JobRef[]>> => {
  const { uncharged, ...outcome } = await settleJobs(context, jobs, onFailure, delivered);
  const isUncharged = new Set(uncharged);
  await markBudgetsChanged(
    context,
    jobs.filter((job) => !isUncharged.has(job)),
    unbudgeted,
  );
  return outcome;
};
