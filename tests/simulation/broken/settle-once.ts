import { deriveCharges } from '../../../lib/billing/charges.ts';
import type { JobRef } from '../../../lib/billing/facts.ts';
import type { BillingContext } from '../../../lib/operations/billing-context.ts';
import { difference, readStoredCharges } from '../../../lib/operations/settle/settle.ts';
import type { Rules } from '../../../simulation/world.ts';

/** The real settle without its loop: writes the difference once and does not look again. */
const settleOnce = async (context: BillingContext, job: JobRef): Promise<void> => {
  const facts = await context.store.readFacts(job);
  if (facts.length === 0) return;
  const tariffs = await context.tariffs();
  const derived = deriveCharges(facts, tariffs, context.calendar);
  const versions = { factsSeen: facts.length, tariffsSeen: tariffs.seen };
  for (const charge of difference(derived, await readStoredCharges(context, job, facts))) {
    await context.markChanged(charge);
    await context.store.writeCharges([charge], versions);
  }
};

export const settleJobsOnce: NonNullable<Rules['settleJobs']> = async (context, jobs, onFailure) => {
  const lost: JobRef[] = [];
  for (const job of jobs)
    await settleOnce(context, job).catch((error: unknown) => {
      onFailure({ job, error });
      lost.push(job);
    });
  return { lost };
};
