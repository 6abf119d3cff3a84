import { type FinalCharge, type OpenCharge, priceOpenCharge } from '../../billing/charges.ts';
import { createLineFold, totalOf } from '../../billing/lines.ts';
import { DAY_MS } from '../../billing/minutes.ts';
import { formatMinor, parseMinor, roundHalfUp } from '../../billing/money.ts';
import type { Span } from '../../billing/months.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { Forecast } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';
import { isCounting, type LiveCharge } from './live-charges.ts';

type Settings = Pick<BillingContext, 'calendar' | 'currency'>;

/** The total scaled from the time that has passed to the whole month, half up. */
const atThisPace = (total: string, { start, end }: Span, now: number, currency: string): string => {
  const passed = BigInt(now - start);
  return formatMinor((2n * parseMinor(total) * BigInt(end - start) + passed) / (2n * passed), currency);
};

/**
 * When a running job is likely to stop: seen at any moment, jobs of a kind have on average as much
 * of their run before them as behind them.
 */
const likelyEnd = ({ openedBy }: OpenCharge, now: number): number => now + (now - openedBy.time);

/** The month's total if each running job goes on until `endOf`, at most up to its limit. */
const createTotal = (
  { calendar, currency }: Settings,
  tariffs: TariffBook,
  month: string,
  endOf: (open: OpenCharge) => number,
) => {
  const { end } = calendar.month(month);
  const fold = createLineFold();
  const until = (open: OpenCharge): FinalCharge[] =>
    // It is heard of again: silence ends no running job.
    priceOpenCharge({ ...open, limit: open.longest }, tariffs, calendar, Math.min(endOf(open), end));
  return {
    add(charges: readonly FinalCharge[], open: OpenCharge | undefined) {
      for (const charge of open ? until(open) : charges) if (charge.usageMonth === month) fold.after(charge);
    },
    result: (): bigint => parseMinor(totalOf(fold.lines(month, currency), currency)),
  };
};

/**
 * Forecasts of the total of the month of `now`, by published tariffs: `low <= expected <= high`,
 * because each counts all minutes of the one before.
 */
export const createForecast = (context: Settings, tariffs: TariffBook, month: string, now: number) => {
  const { calendar, currency } = context;
  const span = calendar.month(month);
  const likely = createTotal(context, tariffs, month, (open) => likelyEnd(open, now));
  const longest = createTotal(context, tariffs, month, () => span.end);
  /** Exact. */
  let ended = 0n;
  /** What further jobs cost in the rest of the month, at the pace of those that have ended. */
  const further = () => {
    const passed = Math.max(now - span.start, DAY_MS);
    return roundHalfUp((ended * BigInt(span.end - now)) / BigInt(passed), currency);
  };
  return {
    /** Adds the charges of one job. */
    add(ofJob: readonly LiveCharge[]) {
      for (const { charges, open } of ofJob) {
        const counting = open && isCounting(open, now) ? open : undefined;
        likely.add(charges, counting);
        longest.add(charges, counting);
      }
      if (ofJob.some(({ running }) => running)) return;
      for (const { charges } of ofJob) for (const { amount } of charges) ended += amount;
    },

    /** The forecasts when the total is `total`. */
    result(total: string): Forecast {
      const money = (minor: bigint) => formatMinor(minor, currency);
      return {
        monthEnd: isoTime(span.end),
        ...(now - span.start >= DAY_MS && { atThisPace: atThisPace(total, span, now, currency) }),
        ifAllKeepRunning: money(longest.result()),
        low: total,
        expected: money(likely.result() + further()),
        high: money(longest.result() + further()),
        ofRunningJobs: money(likely.result() - parseMinor(total)),
        ofFurtherJobs: money(further()),
        currency,
      };
    },
  };
};
