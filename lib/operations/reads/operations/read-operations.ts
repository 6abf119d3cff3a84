import type { Operations } from '../../../shapes/operations.ts';
import type { BillingContext } from '../../billing-context.ts';
import { isoTime } from '../../public-shapes.ts';
import { readCloseBudgets } from './budgets.ts';
import { readDeliveries } from './deliveries.ts';
import { readDrafts } from './drafts.ts';
import { readMonths, withDrafts } from './months.ts';
import { readLatestAudit, readParked, readPolls, readPublications } from './work.ts';

const readMonthsAndDrafts = async (context: BillingContext, closeAfterMs: number, now: number) => {
  const months = await readMonths(context, closeAfterMs, now);
  const { drafts, pending } = await readDrafts(context, months.shown);
  return { closed: months.closed, open: withDrafts(months, pending, now), drafts };
};

/** The state of the stage: only what small partitions have, and what the last audit has found. */
export const readOperations = async (
  context: BillingContext,
  { closeAfterMs, now }: { readonly closeAfterMs: number; readonly now: number },
): Promise<Operations> => {
  const [months, budgets, parked, publications, audit, polls, deliveries] = await Promise.all([
    readMonthsAndDrafts(context, closeAfterMs, now),
    readCloseBudgets(context, now),
    readParked(context),
    readPublications(context),
    readLatestAudit(context),
    readPolls(context),
    readDeliveries(context, now),
  ]);
  return {
    ...{ asOf: isoTime(now), timeZone: context.calendar.timeZone, currency: context.currency },
    ...{ ...months, budgets, parked, publications },
    ...(audit && { audit }),
    ...{ polls, deliveries },
  };
};
