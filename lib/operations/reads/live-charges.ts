import { type Charge, type FinalCharge, type OpenCharge, priceOpenCharge } from '../../billing/charges.ts';
import { addMonths } from '../../billing/months.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import { type BillingContext, writingMonths } from '../billing-context.ts';
import { mergeSorted } from './merge-sorted.ts';

/** A charge as of now: a final one as it is, an open one as the pieces it would have if its job stopped now. */
export interface LiveCharge {
  readonly jobId: string;
  /** The charge is open: its job runs as far as is known. */
  readonly running: boolean;
  readonly pieces: readonly FinalCharge[];
}

export const toLiveCharge = (
  charge: FinalCharge | OpenCharge,
  { calendar }: Pick<BillingContext, 'calendar'>,
  tariffs: TariffBook,
  now: number,
): LiveCharge => ({
  jobId: charge.jobId,
  running: charge.kind === 'open',
  pieces: charge.kind === 'open' ? priceOpenCharge(charge, tariffs, calendar, now) : [charge],
});

async function* onlyOpen(charges: AsyncIterable<Charge>) {
  for await (const charge of charges) if (charge.kind === 'open') yield charge;
}

/** Usage months before `month` in which a charge of the project may still be open: those marked since the last closed month. */
const earlierMonths = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
): Promise<string[]> => {
  const closed = (await context.store.readClosedMonths()).at(-1);
  const months = writingMonths(context, closed ?? addMonths(context.since, -1), now);
  const marks = await Promise.all(
    months.map((writing) => Array.fromAsync(context.store.changedMonthsOf(writing, projectId))),
  );
  return [...new Set(marks.flat().map(({ usageMonth }) => usageMonth))]
    .filter((earlier) => earlier < month)
    .sort();
};

/** Charges that come by job, all of a job together. */
async function* byJob(charges: AsyncIterable<Charge>): AsyncIterable<readonly Charge[]> {
  let ofJob: Charge[] = [];
  for await (const charge of charges) {
    if (ofJob[0] && ofJob[0].jobId !== charge.jobId) {
      yield ofJob;
      ofJob = [];
    }
    ofJob.push(charge);
  }
  if (ofJob.length > 0) yield ofJob;
}

/**
 * A project's charges of one month, all of a job together, running ones up to `now`, also those whose open charge still lies in an earlier
 * month. After a job's, where given.
 */
export async function* liveCharges(
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  afterJobId?: string,
): AsyncIterable<readonly LiveCharge[]> {
  const tariffs = await context.tariffs();
  const earlier = await earlierMonths(context, projectId, month, now);
  const charges = mergeSorted(
    [
      ...earlier.map((usageMonth) => onlyOpen(context.store.charges(projectId, usageMonth, afterJobId))),
      context.store.charges(projectId, month, afterJobId),
    ],
    (charge) => charge.jobId,
  );
  for await (const ofJob of byJob(charges)) {
    // While a close cuts the job, its open charge may be read before that and its charge of the month after: the later one holds.
    const stored = new Set(
      ofJob
        .filter(({ kind, usageMonth }) => kind !== 'void' && usageMonth === month)
        .map(({ start }) => start),
    );
    const live = ofJob.flatMap((charge): LiveCharge[] => {
      if (charge.kind === 'void') return [];
      const whole = toLiveCharge(charge, context, tariffs, now);
      const pieces = whole.pieces.filter(
        (piece) => piece.usageMonth === month && (charge.usageMonth === month || !stored.has(piece.start)),
      );
      return pieces.length > 0 ? [{ ...whole, pieces }] : [];
    });
    if (live.length > 0) yield live;
  }
}
