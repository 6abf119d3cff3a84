import { createCalendar } from './billing/months.ts';
import type { PollConfig } from './config/poll.ts';
import { createProviderReceiver, isRunOver } from './operations/budgets/stop-at-provider.ts';
import type { Receiver } from './operations/deliver/receivers.ts';
import { createOvhClient } from './provider/ovh-client.ts';
import type { Store } from './store/store.ts';

interface Surroundings {
  readonly store: Pick<Store, 'readFacts'>;
  /** Of the months of budgets. */
  readonly timeZone: string;
  now(): number;
}

/** Receivers beside the configured endpoints: the provider, where it is polled and may stop jobs. */
export const createBuiltInReceivers = (
  polling: PollConfig | undefined,
  { store, timeZone, now }: Surroundings,
): Receiver[] => {
  if (!polling?.mayStop) return [];
  const { monthOf } = createCalendar(timeZone);
  return [
    createProviderReceiver(createOvhClient(polling), polling.projects, {
      now,
      monthOf: (time) => monthOf(time).id,
      isOver: (event) => isRunOver(store, event),
    }),
  ];
};
