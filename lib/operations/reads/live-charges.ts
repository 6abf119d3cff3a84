import {
  type Charge,
  type FinalCharge,
  type OpenCharge,
  priceOpenCharge,
  priceUpTo,
} from '../../billing/charges.ts';
import { isSameEvent } from '../../billing/facts.ts';
import { addMonths } from '../../billing/months.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { BillingContext } from '../billing-context.ts';
import { monthsMarkedSince } from '../close/changed-months.ts';
import { mergeSorted } from './merge-sorted.ts';

/** A charge as of now: an open one as the final charges it would be if its job stopped now. */
export interface LiveCharge {
  readonly jobId: string;
  /** The charge is open: no stop of its job is known. */
  readonly running: boolean;
  /** The open charge of a running job. */
  readonly open?: OpenCharge;
  /** None while a running job has no minute of the month, and where none are left. */
  readonly charges: readonly FinalCharge[];
}

/** A stored charge that is not void. */
type StandingCharge = FinalCharge | OpenCharge;

/** Whether a running job has not reached its limit. */
export const isCounting = ({ limit }: OpenCharge, now: number): boolean => now <= limit.at;

export const toLiveCharge = (
  charge: StandingCharge,
  { calendar }: Pick<BillingContext, 'calendar'>,
  tariffs: TariffBook,
  now: number,
): LiveCharge => ({
  jobId: charge.jobId,
  running: charge.kind === 'open',
  ...(charge.kind === 'open' && { open: charge }),
  charges: charge.kind === 'open' ? priceOpenCharge(charge, tariffs, calendar, now) : [charge],
});

async function* onlyOpen(charges: AsyncIterable<Charge>) {
  for await (const charge of charges) if (charge.kind === 'open') yield charge;
}

/** Earlier usage months that may have open charges: those marked since the last closed month. */
const earlierMonths = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
): Promise<string[]> => {
  const closed = await context.store.readLastClosedMonth();
  const marked = await monthsMarkedSince(context, projectId, closed ?? addMonths(context.since, -1), now);
  return marked.filter((earlier) => earlier < month);
};

/** Groups charges that are sorted by job. */
export async function* groupByJob(charges: AsyncIterable<Charge>): AsyncIterable<readonly Charge[]> {
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

/** During a close both the old open charge of a job and the new charge may be read: the new one counts. */
export const countsIn = (month: string, charge: StandingCharge, ofJob: readonly StandingCharge[]): boolean =>
  charge.usageMonth === month ||
  !ofJob.some((one) => one.usageMonth === month && isSameEvent(one.openedBy, charge.openedBy));

/** The stored charges of a job that count in `month`; a void one if no others are left. */
const standingOf = (ofJob: readonly Charge[], month: string): readonly Charge[] => {
  const standing = ofJob.filter((charge) => charge.kind !== 'void');
  // The charges of these facts are gone, e.g. retracted.
  if (standing.length === 0) return ofJob.slice(0, 1);
  return standing.filter((charge) => countsIn(month, charge, standing));
};

/**
 * The stored charges of a project that count in a month, grouped by job, after a job where one is
 * given: those of the month, and open ones of earlier months.
 */
export async function* storedCharges(
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  afterJobId?: string,
): AsyncIterable<readonly Charge[]> {
  const earlier = await earlierMonths(context, projectId, month, now);
  const charges = mergeSorted(
    [
      ...earlier.map((usageMonth) => onlyOpen(context.store.charges(projectId, usageMonth, afterJobId))),
      context.store.charges(projectId, month, afterJobId),
    ],
    (charge) => charge.jobId,
  );
  for await (const ofJob of groupByJob(charges)) {
    const standing = standingOf(ofJob, month);
    if (standing.length > 0) yield standing;
  }
}

/** Stored charges by job as of `now`. A job whose charges are all void has one without any. */
export async function* toLiveCharges(
  context: BillingContext,
  month: string,
  now: number,
  stored: AsyncIterable<readonly Charge[]>,
): AsyncIterable<readonly LiveCharge[]> {
  const tariffs = await context.tariffs();
  for await (const ofJob of stored) {
    const live = ofJob.flatMap((charge): LiveCharge[] => {
      if (charge.kind === 'void') return [{ jobId: charge.jobId, running: false, charges: [] }];
      const priced = toLiveCharge(charge, context, tariffs, now);
      const charges = priced.charges.filter(({ usageMonth }) => usageMonth === month);
      return charges.length > 0 || (priced.open && isCounting(priced.open, now))
        ? [{ ...priced, charges }]
        : [];
    });
    if (live.length > 0) yield live;
  }
}

/** Charges that are read later than the time they are priced up to: as if nothing had ended since. */
export async function* countedUpTo(
  until: number,
  charges: AsyncIterable<readonly LiveCharge[]>,
): AsyncIterable<readonly LiveCharge[]> {
  for await (const ofJob of charges) {
    const live = ofJob.flatMap((one): LiveCharge[] => {
      const earlier = one.charges.flatMap((charge) => priceUpTo(charge, until));
      return earlier.length > 0 || one.charges.length === 0 ? [{ ...one, charges: earlier }] : [];
    });
    if (live.length > 0) yield live;
  }
}

/**
 * A project's charges of one month, grouped by job. Running ones are priced up to `now`, also those
 * whose open charge is still stored in an earlier month: these may have no minute of the month yet.
 * A job whose charges are all void comes without any.
 */
export const liveCharges = (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  afterJobId?: string,
): AsyncIterable<readonly LiveCharge[]> =>
  toLiveCharges(context, month, now, storedCharges(context, projectId, month, now, afterJobId));
