import { DAY_MS, MINUTE_MS } from '../../billing/minutes.ts';
import { hasBilled } from '../../billing/statement.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import type { Snapshot } from '../../store/snapshots.ts';
import type { BillingContext } from '../billing-context.ts';

/** Up to so many charges a month is added up at each read; a larger one is read from a snapshot. */
export const EXACT_CHARGES = 5_000;

/** Charges for each of which a snapshot is kept a minute longer: what taking one costs. */
const CHARGES_A_MINUTE = 20_000;

/** Retention of snapshots: none is read for longer, with a day left for a read in progress. */
export const MAX_AGE_MS = DAY_MS;
export const expiresAt = (now: number): number => Math.ceil((now + 2 * DAY_MS) / 1000);

/** The age at which a snapshot is taken again. */
export const renewAfterMs = ({ charges }: Pick<Snapshot, 'charges'>): number =>
  MINUTE_MS * Math.max(1, Math.ceil(charges / CHARGES_A_MINUTE));

/**
 * Whether tariffs were added since the charges of a snapshot were added up. Cached ones that are older
 * are read again, also for what this process prices next.
 */
export const hasNewTariffs = async (
  { tariffs }: Pick<BillingContext, 'tariffs'>,
  { tariffsSeen }: Snapshot,
): Promise<boolean> => {
  const cached = await tariffs();
  const { seen } = cached.seen < tariffsSeen ? await tariffs('fresh') : cached;
  return seen !== tariffsSeen;
};

/** Which statements bill a month, and whether it is closed: what is shown of it depends on both. */
export const statementsState = async (
  { store }: Pick<BillingContext, 'store'>,
  { projectId, usageMonth }: ProjectMonth,
): Promise<string> => {
  const [lastClosed = '', index] = await Promise.all([
    store.readLastClosedMonth(),
    store.readStatementIndex(projectId),
  ]);
  const billing = index.statements.filter((summary) => hasBilled(summary, usageMonth));
  return [lastClosed < usageMonth ? lastClosed : usageMonth, billing.length].join(' ');
};
