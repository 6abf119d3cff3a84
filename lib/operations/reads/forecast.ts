import { toBilledCharge } from '../../billing/billed-charge.ts';
import { type OpenCharge, priceOpenCharge } from '../../billing/charges.ts';
import { createLineFold, type LineSums, totalOf } from '../../billing/lines.ts';
import { DAY_MS } from '../../billing/minutes.ts';
import { formatMinor, parseMinor } from '../../billing/money.ts';
import type { Span } from '../../billing/months.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { Forecast } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../public-shapes.ts';

/** The total scaled from the time that has passed to the whole month, half up. */
const atThisPace = (total: string, { start, end }: Span, now: number, currency: string): string => {
  const passed = BigInt(now - start);
  return formatMinor((2n * parseMinor(total) * BigInt(end - start) + passed) / (2n * passed), currency);
};

interface Running {
  /** Open charges that are not past their limit. */
  readonly open: readonly OpenCharge[];
  /** The sums of all other charges of the month. */
  readonly others: readonly LineSums[];
}

/**
 * Forecasts of a month's total: at this pace, and if what runs now never stops. The latter counts
 * limits and published tariffs up to the end of the month; running jobs are heard of again.
 */
export const forecast = (
  { calendar, currency }: Pick<BillingContext, 'calendar' | 'currency'>,
  tariffs: TariffBook,
  month: string,
  now: number,
  total: string,
  { open, others }: Running,
): Forecast => {
  const span = calendar.month(month);
  const fold = createLineFold(others);
  for (const charge of open)
    for (const priced of priceOpenCharge({ ...charge, limit: charge.longest }, tariffs, calendar, span.end))
      if (priced.usageMonth === month) fold.after(toBilledCharge(priced));
  return {
    monthEnd: isoTime(span.end),
    ...(now - span.start >= DAY_MS && { atThisPace: atThisPace(total, span, now, currency) }),
    ifAllKeepRunning: totalOf(fold.lines(month, currency), currency),
    currency,
  };
};
