import { type OpenCharge, priceOpenCharge } from '../../billing/charges.ts';
import { readLifecycle } from '../../billing/lifecycle.ts';
import { DAY_MS } from '../../billing/minutes.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { SilentJobs } from '../../shapes/held.ts';
import type { BillingContext } from '../billing-context.ts';
import { costOf } from '../public-shapes.ts';
import type { LiveCharge } from './live-charges.ts';
import { mapAhead } from './map-ahead.ts';

/** A running job is silent if nothing was reported of it for longer. */
const SILENT_MS = DAY_MS;

/** Jobs whose facts are read at a time. */
const READ_AT_A_TIME = 20;

/** The time of a running job's latest event; its facts are read where its limit does not tell. */
const lastHeardOf = async (
  { store }: Pick<BillingContext, 'store'>,
  tariffs: TariffBook,
  { openedBy, limit, ...job }: OpenCharge,
): Promise<number> =>
  limit.cause === 'maxSilence'
    ? limit.at - tariffs.limitsAt(openedBy.time).maxSilenceMs
    : (readLifecycle(await store.readFacts(job)).lastHeard ?? openedBy.time);

/** Finds the silent jobs of a month, and what it has of their time since their latest events. */
export const createSilentJobs = (
  context: Pick<BillingContext, 'store' | 'calendar' | 'currency'>,
  tariffs: TariffBook,
  month: string,
  now: number,
) => {
  const candidates: OpenCharge[] = [];
  const amountOfMonth = (open: OpenCharge, until: number): bigint =>
    priceOpenCharge(open, tariffs, context.calendar, Math.max(until, open.start))
      .filter(({ usageMonth }) => usageMonth === month)
      .reduce((sum, { amount }) => sum + amount, 0n);
  return {
    add({ open, charges }: LiveCharge) {
      if (open && charges.length > 0 && now - open.openedBy.time > SILENT_MS) candidates.push(open);
    },

    /** None if no job is silent. */
    async result(): Promise<SilentJobs | undefined> {
      let count = 0;
      let cost = 0n;
      const heard = mapAhead(candidates, READ_AT_A_TIME, async (open) => ({
        open,
        lastHeard: await lastHeardOf(context, tariffs, open),
      }));
      for await (const { open, lastHeard } of heard) {
        if (now - lastHeard <= SILENT_MS) continue;
        count += 1;
        cost += amountOfMonth(open, now) - amountOfMonth(open, lastHeard);
      }
      const { currency } = context;
      return count === 0 ? undefined : { count, cost: costOf([{ amount: cost }], currency), currency };
    },
  };
};
