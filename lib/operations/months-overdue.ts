import { addMonths, monthsFrom } from '../billing/months.ts';
import type { Ledger } from './ledger.ts';

/** How many months have ended in the billing zone and are not closed. At least one before the first close. */
export const monthsOverdue = async ({ store, calendar, now }: Ledger): Promise<number> => {
  const lastEnded = addMonths(calendar.monthOf(now()).id, -1);
  const lastClosed = (await store.readClosedMonths()).at(-1);
  return lastClosed === undefined ? 1 : monthsFrom(addMonths(lastClosed, 1), lastEnded).length;
};
