import { deriveCharges } from '../../../lib/billing/charges.ts';
import type { BillingContext } from '../../../lib/operations/billing-context.ts';
import { difference, readStoredCharges } from '../../../lib/operations/settle/settle.ts';
import type { Rules } from '../../../simulation/world.ts';

/** The real settle without its loop: writes the difference once and does not look again. */
const settleOnce = async (context: BillingContext, jobId: string): Promise<void> => {
  const facts = await context.store.readFacts(jobId);
  if (facts.length === 0) return;
  const tariffs = await context.tariffs();
  const derived = deriveCharges(facts, tariffs, context.calendar);
  const versions = { factsSeen: facts.length, tariffsSeen: tariffs.seen };
  for (const charge of difference(derived, await readStoredCharges(context, jobId, facts))) {
    await context.markChanged(charge);
    await context.store.writeCharges([charge], versions);
  }
};

export const settleJobsOnce: NonNullable<Rules['settleJobs']> = async (context, jobIds, onFailure) => {
  const lost: string[] = [];
  for (const jobId of new Set(jobIds))
    await settleOnce(context, jobId).catch((error: unknown) => {
      onFailure({ jobId, error });
      lost.push(jobId);
    });
  return { lost };
};
