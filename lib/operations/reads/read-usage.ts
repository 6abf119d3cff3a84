import { isUnrated } from '../../billing/charges.ts';
import { totalOf } from '../../billing/lines.ts';
import { fromMilli } from '../../billing/money.ts';
import { createUsageFold } from '../../billing/usage.ts';
import type { Charge } from '../../shapes/charge.ts';
import type { Usage } from '../../shapes/usage.ts';
import type { BillingContext } from '../billing-context.ts';
import { createCappedList } from '../capped-list.ts';
import { chargeView, isoTime, linesView } from '../public-shapes.ts';
import { pendingCorrections } from '../statements/pending-corrections.ts';
import { createForecast } from './forecast.ts';
import { type LiveCharge, liveCharges } from './live-charges.ts';
import { createGroups, type Grouping, groupingText } from './usage-groups.ts';

/** Charges of a month by number, and the first of them, by what became of them. */
const createLists = () => {
  const running = createCappedList<Charge>();
  const unrated = createCappedList<Charge>();
  const held = createCappedList<Charge>();
  return {
    add(live: LiveCharge) {
      for (const charge of live.charges) {
        const view = () => chargeView(charge, live.running);
        if (isUnrated(charge)) unrated.add(view);
        if (charge.held) held.add(view);
      }
      const last = live.charges.at(-1);
      if (live.running && last) running.add(() => chargeView(last, true));
    },
    result: () => ({ running: running.result(), unrated: unrated.result(), held: held.result() }),
  };
};

/** The usage of a project in a month, running jobs up to `now`. Without usage it is empty. */
export const readUsage = async (
  context: BillingContext,
  projectId: string,
  month: string,
  now: number,
  grouping?: Grouping,
): Promise<Usage> => {
  const { currency, calendar } = context;
  const fold = createUsageFold(month, calendar, currency);
  const groups = grouping && createGroups(grouping);
  const lists = createLists();
  const isCurrent = calendar.monthOf(now).id === month;
  const forecast = isCurrent ? createForecast(context, await context.tariffs(), month) : undefined;

  for await (const ofJob of liveCharges(context, projectId, month, now))
    for (const live of ofJob) {
      for (const charge of live.charges) {
        fold.add(charge);
        groups?.add(charge);
      }
      lists.add(live);
      forecast?.add(live);
    }

  const lines = fold.lines();
  const total = totalOf(lines, currency);
  const corrections = await pendingCorrections(context, projectId, month, now);
  return {
    projectId,
    month,
    timeZone: calendar.timeZone,
    asOf: isoTime(now),
    currency,
    total,
    lines: linesView(lines, currency),
    days: fold.days().map(({ milliUnitMinutes, ...day }) => ({
      ...day,
      unitMinutes: fromMilli(milliUnitMinutes),
      currency,
    })),
    ...(grouping && groups && { groupBy: groupingText(grouping), groups: groups.result(lines, currency) }),
    ...(forecast && { forecast: forecast.result(total, now) }),
    ...(corrections && { corrections }),
    ...lists.result(),
  };
};
