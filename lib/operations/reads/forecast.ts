import { toBilledCharge } from '../../billing/billed-charge.ts';
import { priceOpenCharge } from '../../billing/charges.ts';
import { createLineFold, totalOf } from '../../billing/lines.ts';
import { DAY_MS } from '../../billing/minutes.ts';
import { formatMinor, parseMinor } from '../../billing/money.ts';
import type { Span } from '../../billing/months.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { Forecast } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';
import type { LiveCharge } from './live-charges.ts';

/** The total scaled from the time that has passed to the whole month, half up. */
const atThisPace = (total: string, { start, end }: Span, now: number, currency: string): string => {
  const passed = BigInt(now - start);
  return formatMinor((2n * parseMinor(total) * BigInt(end - start) + passed) / (2n * passed), currency);
};

/**
 * Forecasts of a month's total: at this pace, and if what runs now never stops. The latter counts
 * limits and published tariffs up to the end of the month; running jobs are heard of again.
 */
export const createForecast = (
  { calendar, currency }: Pick<BillingContext, 'calendar' | 'currency'>,
  tariffs: TariffBook,
  month: string,
) => {
  const span = calendar.month(month);
  const fold = createLineFold();
  return {
    add({ open, charges }: LiveCharge) {
      const atEnd = open
        ? priceOpenCharge({ ...open, limit: open.longest }, tariffs, calendar, span.end)
        : charges;
      for (const charge of atEnd) if (charge.usageMonth === month) fold.after(toBilledCharge(charge));
    },

    /** The forecasts at `now`, when the total was `total`. */
    result: (total: string, now: number): Forecast => ({
      monthEnd: isoTime(span.end),
      ...(now - span.start >= DAY_MS && { atThisPace: atThisPace(total, span, now, currency) }),
      ifAllKeepRunning: totalOf(fold.lines(month, currency), currency),
      currency,
    }),
  };
};
