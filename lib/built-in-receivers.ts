import { createCalendar } from './billing/months.ts';
import type { PollConfig } from './config/poll.ts';
import { createProviderReceiver } from './operations/budgets/stop-at-provider.ts';
import type { Receiver } from './operations/deliver/receivers.ts';
import { createOvhClient } from './provider/ovh-client.ts';

interface Clock {
  /** Of the months of budgets. */
  readonly timeZone: string;
  now(): number;
}

/** Receivers beside the configured endpoints: the provider, where it is polled and may stop jobs. */
export const createBuiltInReceivers = (
  polling: PollConfig | undefined,
  { timeZone, now }: Clock,
): Receiver[] => {
  if (!polling?.mayStop) return [];
  const { monthOf } = createCalendar(timeZone);
  return [
    createProviderReceiver(createOvhClient(polling), polling.projects, {
      now,
      monthOf: (time) => monthOf(time).id,
    }),
  ];
};
