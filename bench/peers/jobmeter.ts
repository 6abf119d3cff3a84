import { randomUUID } from 'node:crypto';
import { fromMilli } from '../../lib/billing/money.ts';
import { createCalendar } from '../../lib/billing/months.ts';
import { agreeOnSettings, openContext } from '../../lib/operations/billing-context.ts';
import { closeMonths } from '../../lib/operations/close/close-months.ts';
import { recordEvents } from '../../lib/operations/record-events.ts';
import { settle } from '../../lib/operations/settle/settle.ts';
import { connectTo } from '../stage.ts';
import { recordable } from '../workload.ts';
import { addTo, type MeteredStage, type Peer } from './peer.ts';

/** jobmeter, with a clock at the time of the events. */
export const createJobmeter = async (
  stage: MeteredStage,
  projects: readonly string[],
  since: string,
): Promise<Peer> => {
  const { store } = connectTo(stage);
  const calendar = createCalendar('UTC');
  let now = calendar.month(since).start;
  const settings = await agreeOnSettings(store, { timeZone: 'UTC', currency: 'EUR' }, now);
  const context = openContext(store, settings, {
    now: () => now,
    pause: async () => {},
    newId: randomUUID,
  });
  return {
    name: 'jobmeter',
    meter: stage.meter,
    async take(event) {
      now = event.time;
      await recordEvents(store, [recordable(event)], now);
      await settle(context, event);
    },
    async endMonth(month) {
      now = calendar.month(month).end;
      await closeMonths(context, { month });
      const sums = new Map<string, number>();
      for (const projectId of projects)
        for (const { milliUnitMinutes } of (await store.readStatement(projectId, month))?.lines ?? [])
          addTo(sums, projectId, fromMilli(milliUnitMinutes));
      return sums;
    },
  };
};
