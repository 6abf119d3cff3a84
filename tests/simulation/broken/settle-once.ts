import { deriveCharges } from '../../../lib/billing/charges.ts';
import type { Ledger } from '../../../lib/operations/billing-context.ts';
import { difference, readStoredCharges } from '../../../lib/operations/settle/settle.ts';
import type { Rules } from '../world.ts';

/** The real settle without its loop: writes the difference once and does not look again. */
const settleOnce = async (ledger: Ledger, jobId: string): Promise<void> => {
  const facts = await ledger.store.readFacts(jobId);
  if (facts.length === 0) return;
  const tariffs = await ledger.tariffs();
  const derived = deriveCharges(facts, tariffs, ledger.calendar);
  const knowledge = { factsSeen: facts.length, tariffsSeen: tariffs.seen };
  for (const charge of difference(derived, await readStoredCharges(ledger, jobId, facts))) {
    await ledger.markDue(charge);
    await ledger.store.writeCharges([charge], knowledge);
  }
};

export const settleJobsOnce: NonNullable<Rules['settleJobs']> = async (ledger, jobIds, onFailure) => {
  const lost: string[] = [];
  for (const jobId of new Set(jobIds))
    await settleOnce(ledger, jobId).catch((error: unknown) => {
      onFailure({ jobId, error });
      lost.push(jobId);
    });
  return { lost };
};
