import { formatMinor, parseMinor } from '../lib/billing/money.ts';
import type { Usage } from '../lib/shapes/usage.ts';
import type { Span } from './calendar.ts';
import { usageAt } from './live-usage.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface Forecast {
  /** The total so far, scaled to the whole month. Absent on the first day. */
  readonly atThisPace?: string;
  /** The total if running jobs run until the month ends, at no limit, and no other starts. */
  readonly ifAllKeepRunning: string;
}

/** Two forecasts of a month's total. `now` is within the month. */
export const forecastOf = (usage: Usage, month: Span, now: number): Forecast => {
  const passed = BigInt(now - month.start);
  const whole = BigInt(month.end - month.start);
  const soFar = parseMinor(usage.total);
  return {
    ...(now - month.start >= DAY_MS && {
      atThisPace: formatMinor((2n * soFar * whole + passed) / (2n * passed), usage.currency),
    }),
    ifAllKeepRunning: usageAt(usage, month.end, month.end).total,
  };
};
