import type { OutgoingEvent, Topic } from '../../store/outgoing-events.ts';
import type { BillingContext } from '../billing-context.ts';

/** An event before it has its place in its topic. */
export type UnplacedEvent = Omit<OutgoingEvent, 'sequence' | 'topic'>;

/**
 * Records the events of a topic that are not there yet, in their order. Each is written on its own,
 * once by its id: after a crash the others follow. Gives the ids of all that there are now.
 */
export const recordNew = async (
  { store }: Pick<BillingContext, 'store'>,
  topic: Topic,
  events: readonly UnplacedEvent[],
): Promise<ReadonlySet<string>> => {
  const recorded = (await store.readTopic(topic)).events;
  const ids = new Set(recorded.map(({ id }) => id));
  for (const event of events) {
    if (ids.has(event.id)) continue;
    await store.recordOutgoing({ ...event, topic, sequence: ids.size + 1 });
    ids.add(event.id);
  }
  return ids;
};
