import type { BillingContext } from '../billing-context.ts';
import { placeEvents, type UnplacedEvent } from './place-events.ts';

/**
 * Records the events of one topic that are not there yet, in their order. Each is written on its
 * own, once by its id: after a crash the others follow.
 */
export const recordNew = async (
  { store }: Pick<BillingContext, 'store'>,
  events: readonly UnplacedEvent[],
): Promise<void> => {
  const [first] = events;
  if (!first) return;
  const { events: found } = await store.readTopic(first.topic);
  for (const event of placeEvents(found, events)) await store.recordOutgoing(event);
};
