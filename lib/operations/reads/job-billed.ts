import type { BilledCharge } from '../../billing/billed-charge.ts';
import { type EventRef, isSameEvent, type JobRef, type Retraction } from '../../billing/facts.ts';
import { formatMinor, roundHalfUp } from '../../billing/money.ts';
import { hasBilled } from '../../billing/statement.ts';
import type { JobBilled } from '../../shapes/job.ts';
import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import type { StatementIndex } from '../../store/statements.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';

/** The records of one statement for a job in one usage month. */
export interface BilledByStatement {
  readonly month: string;
  readonly records: readonly BilledChargeRecord[];
}

/** What committed statements billed for a job in one usage month, in the order of their commits. */
const billedInMonth = async (
  { store }: Pick<BillingContext, 'store'>,
  { statements }: StatementIndex,
  { projectId, jobId }: JobRef,
  usageMonth: string,
): Promise<BilledByStatement[]> => {
  const committed = statements.filter((summary) => hasBilled(summary, usageMonth));
  const billed = await Promise.all(
    committed.map(async ({ statementId, month }) => ({
      month,
      records: await store.jobBilledCharges({ projectId, usageMonth }, statementId, jobId),
    })),
  );
  return billed.filter(({ records }) => records.length > 0);
};

export const retractionView = ({ source, id, time, retracts, reason }: Retraction) => ({
  source,
  id,
  time: isoTime(time),
  retracts,
  reason,
});

/** What events a billed charge follows from. */
interface Content {
  readonly openedBy: EventRef;
  readonly endedBy: { readonly cause: string; readonly fact?: EventRef };
  readonly statedBy?: EventRef | undefined;
}

/** A billed charge of a statement; withdrawn if it only replaces one. */
interface Replacing {
  readonly billed?: Content | undefined;
  readonly replaces?: Content | undefined;
}

const eventsOf = ({ openedBy, endedBy, statedBy }: Content): EventRef[] =>
  [openedBy, endedBy.fact, statedBy].filter((event) => event !== undefined);

/** Events that what is replaced follows from, and the new content does not. */
const droppedEvents = ({ billed, replaces }: Replacing): EventRef[] => {
  const kept = billed ? eventsOf(billed) : [];
  return (replaces ? eventsOf(replaces) : []).filter((event) => !kept.some((one) => isSameEvent(one, event)));
};

export const dropsEvents = (replacing: Replacing): boolean => droppedEvents(replacing).length > 0;

/** The retractions of events that replaced content follows from, and the new one does not. */
export const retractionsOf = (
  records: readonly Replacing[],
  retractions: readonly Retraction[],
): Retraction[] => {
  const dropped = records.flatMap(droppedEvents);
  return retractions.filter(({ retracts }) => dropped.some((event) => isSameEvent(event, retracts)));
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
 * What statements billed for a job in one usage month. Like a line, each is the rounded cumulative
 * amount minus what was billed before: together they lose no cent.
 */
export const billedView = (
  billed: readonly BilledByStatement[],
  usageMonth: string,
  currency: string,
  retractions: readonly Retraction[],
): JobBilled[] => {
  let exact = 0n;
  return billed.map(({ month, records }) => {
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
};

/** What committed statements billed for a job, credits included. */
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
      const billed = await billedInMonth(context, index, job, usageMonth);
      return billedView(billed, usageMonth, currency, retractions);
    }),
  );
  const order = index.statements.map(({ month }) => month);
  return byUsageMonth.flat().sort((a, b) => order.indexOf(a.month) - order.indexOf(b.month));
};
