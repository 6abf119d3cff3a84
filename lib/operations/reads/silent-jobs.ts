import { type OpenCharge, priceOpenCharge } from '../../billing/charges.ts';
import { readLifecycle } from '../../billing/lifecycle.ts';
import { DAY_MS } from '../../billing/minutes.ts';
import type { TariffBook } from '../../billing/tariff.ts';
import type { SilentJob, SilentJobs } from '../../shapes/held.ts';
import type { BillingContext } from '../billing-context.ts';
import { createCappedList } from '../capped-list.ts';
import { costOf, isoTime } from '../public-shapes.ts';
import { isCounting, type LiveCharge } from './live-charges.ts';
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
      const { currency } = context;
      const list = createCappedList<SilentJob>();
      let total = 0n;
      const heard = mapAhead(candidates, READ_AT_A_TIME, async (open) => ({
        open,
        lastHeard: await lastHeardOf(context, tariffs, open),
      }));
      for await (const { open, lastHeard } of heard) {
        if (now - lastHeard <= SILENT_MS) continue;
        const amount = amountOfMonth(open, now) - amountOfMonth(open, lastHeard);
        total += amount;
        list.add(() => ({
          jobId: open.jobId,
          since: isoTime(lastHeard),
          cost: costOf([{ amount }], currency),
          ...(!isCounting(open, now) && { held: true as const }),
        }));
      }
      const { count, charges: jobs } = list.result();
      return count === 0 ? undefined : { count, jobs, cost: costOf([{ amount: total }], currency), currency };
    },
  };
};
