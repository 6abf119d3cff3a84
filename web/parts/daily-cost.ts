import type { DayUsage } from '../../lib/shapes/usage.ts';
import { datesOf } from '../calendar.ts';
import { sumOf } from '../live-usage.ts';
import { flavorsOf } from './series.ts';

/** The cost of one date, in all and by flavor. */
export interface DailyCost {
  readonly date: string;
  readonly total: string;
  /** One per flavor, whatever its prices that day. */
  readonly parts: readonly { readonly flavor: string; readonly amount: string }[];
}

const sumOfDays = (days: readonly DayUsage[], currency: string): string =>
  sumOf(
    days.map(({ amount }) => amount),
    currency,
  );

/** The cost of each date of a month, also of dates without usage. */
export const dailyCosts = (month: string, days: readonly DayUsage[], currency: string): DailyCost[] =>
  datesOf(month).map((date) => {
    const used = days.filter((day) => day.date === date);
    const parts = flavorsOf(used).map((flavor) => ({
      flavor,
      amount: sumOfDays(
        used.filter((day) => day.flavor === flavor),
        currency,
      ),
    }));
    return { date, parts, total: sumOfDays(used, currency) };
  });
