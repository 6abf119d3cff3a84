import type { StatementCharges } from '../../shapes/statement.ts';
import type { BillingContext } from '../billing-context.ts';
import { dropsEvents, retractionsOf, retractionView } from './job-billed.ts';
import { mapAhead } from './map-ahead.ts';

/** Jobs whose facts are read at a time. */
const READ_AT_A_TIME = 20;

type Retractions = NonNullable<StatementCharges['retractions']>;

/**
 * Retractions that took back events of what the charges replace. Only the facts of jobs with a
 * charge that no longer follows from the same events are read.
 */
export const readStatementRetractions = async (
  { store }: Pick<BillingContext, 'store'>,
  { projectId, charges }: Pick<StatementCharges, 'projectId' | 'charges'>,
): Promise<Retractions> => {
  const records = charges.map((charge) => ({
    jobId: charge.jobId,
    billed: 'end' in charge ? charge : undefined,
    replaces: charge.replaces,
  }));
  const byJob = Map.groupBy(records.filter(dropsEvents), ({ jobId }) => jobId);
  const found = mapAhead(byJob, READ_AT_A_TIME, async ([jobId, ofJob]) => {
    const facts = await store.readFacts({ projectId, jobId });
    const retractions = facts.filter((fact) => fact.kind === 'retraction');
    return retractionsOf(ofJob, retractions).map((one) => ({ jobId, ...retractionView(one) }));
  });
  return (await Array.fromAsync(found)).flat();
};
