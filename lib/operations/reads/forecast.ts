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

/** The charges of a job in a month if it goes on until `endOf`, at most to its longest run. */
export const chargesUntil = (
  { calendar }: Settings,
  tariffs: TariffBook,
  month: string,
  now: number,
  { open, charges }: LiveCharge,
  endOf: (open: OpenCharge) => number = () => Number.POSITIVE_INFINITY,
): readonly FinalCharge[] => {
  if (!open || !isCounting(open, now)) return charges;
  const end = Math.min(endOf(open), calendar.month(month).end);
  // It is heard of again: silence ends no running job.
  return priceOpenCharge({ ...open, limit: open.longest }, tariffs, calendar, end).filter(
    ({ usageMonth }) => usageMonth === month,
  );
};

/**
 * Forecasts of the total of the month of `now`, by published tariffs: `low <= expected <= high`,
 * because each counts all minutes of the one before.
 */
export const createForecast = (context: Settings, tariffs: TariffBook, month: string, now: number) => {
  const { calendar, currency } = context;
  const span = calendar.month(month);
  const [likely, longest] = [createLineFold(), createLineFold()];
  const sumOf = (fold: typeof likely) => parseMinor(totalOf(fold.lines(month, currency), currency));
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
      const until = chargesUntil.bind(undefined, context, tariffs, month, now);
      for (const live of ofJob) {
        for (const charge of until(live, (open) => likelyEnd(open, now))) likely.after(charge);
        for (const charge of until(live)) longest.after(charge);
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
        ifAllKeepRunning: money(sumOf(longest)),
        low: total,
        expected: money(sumOf(likely) + further()),
        high: money(sumOf(longest) + further()),
        ofRunningJobs: money(sumOf(likely) - parseMinor(total)),
        ofFurtherJobs: money(further()),
        currency,
      };
    },
  };
};
