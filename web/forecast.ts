import { formatMinor, parseMinor } from '../lib/billing/money.ts';
import type { Usage } from '../lib/shapes/usage.ts';
import type { Span } from './calendar.ts';
import { usageAt } from './live-usage.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface Forecast {
  /** The total so far, stretched from the time that has passed to the whole month. Absent on the first day: too little to go by. */
  readonly atThisPace?: string;
  /** If every job that runs now runs until the month ends, and no other starts. */
  readonly ifAllRunOn: string;
}

/** What a month may come to, in two ways that anybody can work out again. `now` is within the month. */
export const forecastOf = (usage: Usage, month: Span, now: number): Forecast => {
  const passed = BigInt(now - month.start);
  const whole = BigInt(month.end - month.start);
  const soFar = parseMinor(usage.total);
  return {
    ...(now - month.start >= DAY_MS && {
      atThisPace: formatMinor((2n * soFar * whole + passed) / (2n * passed), usage.currency),
    }),
    ifAllRunOn: usageAt(usage, month.end, month.end).total,
  };
};
