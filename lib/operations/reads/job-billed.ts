import type { BilledCharge } from '../../billing/billed-charge.ts';
import type { EventRef, JobRef, Retraction } from '../../billing/facts.ts';
import { formatMinor, roundHalfUp } from '../../billing/money.ts';
import type { JobBilled } from '../../shapes/job.ts';
import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import type { StatementIndex } from '../../store/statements.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';

/** What committed statements billed for a job in one usage month, in the order of their commits. */
export const billedInMonth = async (
  { store }: Pick<BillingContext, 'store'>,
  { statements }: StatementIndex,
  { projectId, jobId }: JobRef,
  usageMonth: string,
) => {
  // A statement bills no later month than its own.
  const committed = statements.filter(({ month }) => month >= usageMonth);
  if (committed.length === 0) return [];
  const records = await store.jobBilledCharges({ projectId, usageMonth }, jobId);
  return committed
    .map(({ statementId, month }) => ({
      month,
      records: records.filter((record) => record.statementId === statementId),
    }))
    .filter(({ records: ofStatement }) => ofStatement.length > 0);
};

export const retractionView = ({ source, id, time, retracts, reason }: Retraction) => ({
  source,
  id,
  time: isoTime(time),
  retracts,
  reason,
});

const eventsOf = (billed: BilledCharge | undefined): EventRef[] => {
  if (!billed) return [];
  const { openedBy, endedBy } = billed;
  return endedBy.cause === 'fact' ? [openedBy, endedBy.fact] : [openedBy];
};

/** The retractions of events that a replaced content follows from, and the new one does not. */
const retractionsOf = (records: readonly BilledChargeRecord[], retractions: readonly Retraction[]) => {
  const hasEvent = (billed: BilledCharge | undefined, { source, id }: EventRef) =>
    eventsOf(billed).some((event) => event.source === source && event.id === id);
  return retractions.filter(({ retracts }) =>
    records.some(({ billed, replaces }) => hasEvent(replaces, retracts) && !hasEvent(billed, retracts)),
  );
};

/** Minutes and exact amount that a record adds. Minutes without a price are not billed. */
const addedBy = ({ billed, replaces }: BilledChargeRecord) => {
  const minutesOf = (content?: BilledCharge) => (content?.pricePerHour === undefined ? 0 : content.minutes);
  return {
    minutes: minutesOf(billed) - minutesOf(replaces),
    amount: (billed?.amount ?? 0n) - (replaces?.amount ?? 0n),
  };
};

/**
 * What committed statements billed for a job, credits included. Like a line, each is the rounded
 * cumulative amount minus what was billed before: those of a usage month lose no cent.
 */
export const readJobBilled = async (
  context: BillingContext,
  job: JobRef,
  usageMonths: readonly string[],
  retractions: readonly Retraction[],
): Promise<JobBilled[]> => {
  const { currency } = context;
  const index = await context.store.readStatementIndex(job.projectId);
  const byUsageMonth = await Promise.all(
    usageMonths.map(async (usageMonth) => {
      let exact = 0n;
      return (await billedInMonth(context, index, job, usageMonth)).map(({ month, records }): JobBilled => {
        const added = records.map(addedBy);
        const before = roundHalfUp(exact, currency);
        exact = added.reduce((sum, { amount }) => sum + amount, exact);
        const tookBack = retractionsOf(records, retractions).map(retractionView);
        return {
          ...{ month, usageMonth, kind: month === usageMonth ? 'usage' : 'correction' },
          minutes: added.reduce((sum, { minutes }) => sum + minutes, 0),
          amount: formatMinor(roundHalfUp(exact, currency) - before, currency),
          currency,
          ...(tookBack.length > 0 && { retractions: tookBack }),
        };
      });
    }),
  );
  const order = index.statements.map(({ month }) => month);
  return byUsageMonth.flat().sort((a, b) => order.indexOf(a.month) - order.indexOf(b.month));
};
