import { fromItem, mapItems, toItem } from './items.ts';
import type { Topic } from './keys.ts';
import * as keys from './keys.ts';
import type { Item, Put, Table, Value } from './table.ts';

export { type Topic, topicText } from './keys.ts';

export const OUTGOING_TYPES = [
  'statement.issued',
  'month.closed',
  'budget.threshold.crossed',
  'budget.forecast.crossed',
  'job.held',
  'job.unrated',
  'job.stop.requested',
] as const;
export type OutgoingType = (typeof OUTGOING_TYPES)[number];

/**
 * An event that goes out. It is written once by its id, in one transaction with what it is about
 * where that is a write (I9), and never changed.
 */
export interface OutgoingEvent {
  /** Follows from what it is about: the same for every process that finds it. */
  readonly id: string;
  readonly type: OutgoingType;
  readonly topic: Topic;
  /** Its place in its topic, from 1 on. Written at the same time, two may share one. */
  readonly sequence: number;
  /** When what it is about was written, or was found. Epoch milliseconds. */
  readonly time: number;
  /** Absent where it is about the whole stage. */
  readonly projectId?: string;
  /** The CloudEvents subject: the job, the budget or the month. */
  readonly subject: string;
  /** A JSON object. Money is decimal text. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** The events of one topic, by sequence and id, and those that endpoints have received. */
export interface TopicEvents {
  readonly events: readonly OutgoingEvent[];
  isDelivered(endpointId: string, id: string): boolean;
}

const toOutgoingEvent = (item: Item): OutgoingEvent => {
  const { data, ...event } = fromItem<OutgoingEvent & { readonly data: string }>(item);
  return { ...event, data: JSON.parse(data) as OutgoingEvent['data'] };
};

/** The write of an event that is not there yet, to be one of a transaction. */
export const outgoingPut = (event: OutgoingEvent): Put => ({
  // A text: its numbers may be fractions.
  item: toItem(keys.outgoingEventKey(event.topic, event.id), {
    ...event,
    topic: event.topic as unknown as Value,
    data: JSON.stringify(event.data),
  }),
  condition: { kind: 'absent' },
});

const compareEvents = (a: OutgoingEvent, b: OutgoingEvent): number =>
  a.sequence - b.sequence || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** Events out, by topic, and which endpoints have received them. */
export const createOutgoingEvents = (table: Table) => ({
  /** Writes an event that nothing else is written with; false if it was there already. */
  async recordOutgoing(event: OutgoingEvent): Promise<boolean> {
    return (await table.put(outgoingPut(event))).written;
  },

  async readTopic(topic: Topic): Promise<TopicEvents> {
    const items = await Array.fromAsync(mapItems(table.query(keys.topicPartition(topic)), (item) => item));
    const delivered = new Set(items.map(({ sk }) => sk).filter((sk) => sk.startsWith(keys.DELIVERED)));
    return {
      events: items
        .filter(({ sk }) => sk.startsWith(keys.OUTGOING_EVENTS))
        .map(toOutgoingEvent)
        .sort(compareEvents),
      isDelivered: (endpointId, id) => delivered.has(keys.deliveredKey(topic, endpointId, id).sk),
    };
  },

  /** The topics of all events out, by a scan of the keys of the whole table. */
  async *allTopics(): AsyncIterable<Topic> {
    let last: string | undefined;
    for await (const { pk } of table.scan({})) {
      const topic = pk === last ? undefined : keys.topicOfPartition(pk);
      last = pk;
      if (topic) yield topic;
    }
  },

  /** An endpoint has received an event: it is not sent there again. */
  async markDelivered(endpointId: string, { topic, id }: OutgoingEvent, deliveredAt: number): Promise<void> {
    await table.put({ item: toItem(keys.deliveredKey(topic, endpointId, id), { deliveredAt }) });
  },
});
