import type { PollConfig } from './config/poll.ts';
import { createProviderReceiver } from './operations/budgets/stop-at-provider.ts';
import type { Receiver } from './operations/deliver/receivers.ts';
import { createOvhClient } from './provider/ovh-client.ts';

/** Receivers beside the configured endpoints: the provider, where it is polled and may stop jobs. */
export const createBuiltInReceivers = (polling: PollConfig | undefined, now: () => number): Receiver[] =>
  polling?.mayStop ? [createProviderReceiver(createOvhClient(polling), polling.projects, now)] : [];
