import { type HeldCharge, isHeld } from '../../billing/charges.ts';
import { compareText } from '../../billing/compare-text.ts';
import type { JobRef } from '../../billing/facts.ts';
import type { LimitCause } from '../../billing/intervals.ts';
import { amountTimes60, parseTimes60 } from '../../billing/money.ts';
import { perHourOf } from '../../billing/rating.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';
import { forEachCharge } from './each-charge.ts';
import { toLiveCharge } from './live-charges.ts';

/** A job with time that is not billed until its stop is reported. */
export interface HeldJob extends JobRef {
  /** From here on its time is held. ISO 8601. */
  readonly since: string;
  readonly cause: LimitCause;
  readonly flavor?: string;
  /** Exact decimal in the currency; absent without a price. */
  readonly atStakePerHour?: string;
}

export interface HeldJobs {
  readonly asOf: string;
  readonly currency: string;
  /** By what is at stake, largest first. */
  readonly jobs: readonly HeldJob[];
}

/** The job of a charge with held time, as it is listed. */
export const heldJobOf = (held: HeldCharge): HeldJob => {
  const { projectId, jobId, flavor, pricePerHour } = held;
  return {
    ...{ projectId, jobId },
    since: isoTime(held.held.from),
    cause: held.held.cause,
    ...(flavor !== undefined && { flavor }),
    ...(pricePerHour !== undefined && { atStakePerHour: amountTimes60(perHourOf(held)) }),
  };
};

const atStake = ({ atStakePerHour = '0' }: HeldJob): bigint => parseTimes60(atStakePerHour);

/** What has more at stake comes first. */
export const compareHeldJobs = (a: HeldJob, b: HeldJob): number =>
  Number(atStake(b) > atStake(a)) - Number(atStake(b) < atStake(a)) ||
  compareText(a.since, b.since) ||
  compareText(a.projectId, b.projectId) ||
  compareText(a.jobId, b.jobId);

/** Every job of the table with held time at `now`. Reads the whole table. */
export const listHeldJobs = async (
  context: BillingContext,
  now: number,
  onProgress?: Parameters<typeof forEachCharge>[2],
): Promise<HeldJobs> => {
  const tariffs = await context.tariffs();
  const found = new Map<string, HeldJob>();
  await forEachCharge(
    context,
    (charge) => {
      if (charge.kind === 'void') return;
      const held = toLiveCharge(charge, context, tariffs, now).charges.findLast(isHeld);
      if (held) found.set(`${held.projectId}#${held.jobId}#${held.start}`, heldJobOf(held));
    },
    onProgress,
  );
  return {
    asOf: isoTime(now),
    currency: context.currency,
    jobs: [...found.values()].sort(compareHeldJobs),
  };
};
