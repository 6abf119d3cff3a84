import { actionPut, type LoggedAction } from './action-log.ts';
import { asRead, fromItem, fromItemThatExpires, mapItems, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { OutgoingEvent, OutgoingType, Topic } from './outgoing-events.ts';
import type { Table } from './table.ts';

/** Where events are sent. Its secret is derived from a key and is never stored. */
export interface Endpoint {
  readonly endpointId: string;
  readonly url: string;
  /** Absent: all types. */
  readonly types?: readonly OutgoingType[];
  /** Absent: all projects. */
  readonly projectId?: string;
  /** Events from then on are sent. Epoch milliseconds. */
  readonly createdAt: number;
  /** Of the secret; grows with each rotation. */
  readonly generation: number;
  /** Until then the secret of the generation before signs too. Epoch milliseconds. */
  readonly previousUntil?: number;
  /** Nothing is sent there any more. */
  readonly removed?: true;
  /** Number of saves. */
  readonly version: number;
}

/** A topic that could not be delivered to an endpoint. Gone once it is. Times: epoch milliseconds. */
export interface FailingDelivery {
  readonly endpointId: string;
  readonly topic: Topic;
  readonly since: number;
  readonly attempts: number;
  readonly nextAttemptAt: number;
  /** The event that has to be delivered first. */
  readonly eventId: string;
  readonly type: OutgoingType;
  /** Why the last attempt failed, for people. */
  readonly error: string;
  /** The attempts have ended: since then it is parked. */
  readonly parkedAt?: number;
  /** Differs after each save. */
  readonly version: number;
}

/** An attempt to deliver an event, for people; kept for some weeks. */
export interface DeliveryAttempt {
  readonly endpointId: string;
  readonly eventId: string;
  readonly type: OutgoingEvent['type'];
  readonly subject: string;
  readonly projectId?: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly tookMs: number;
  /** The HTTP status of the answer, if there was one. */
  readonly status?: number;
  /** Absent: it was delivered. */
  readonly error?: string;
}

/** Endpoints of events out, removed ones too, and how deliveries to them go. */
export const createEndpoints = (table: Table) => ({
  readEndpoints: (): Promise<Endpoint[]> =>
    Array.fromAsync(mapItems(table.query(keys.ENDPOINTS), fromItem<Endpoint>)),

  /** Saves with an entry in the log; false if it was saved since it was read. */
  async saveEndpoint(endpoint: Endpoint, read: Endpoint | undefined, action: LoggedAction): Promise<boolean> {
    const item = toItem(keys.endpointKey(endpoint.endpointId), endpoint);
    return (await table.putTogether([{ item, condition: asRead(read) }, actionPut(action)])).written;
  },

  failingDeliveries: (endpointId?: string): AsyncIterable<FailingDelivery> =>
    mapItems(
      table.query(keys.FAILING, endpointId === undefined ? {} : { prefix: `${endpointId}#` }),
      fromItem<FailingDelivery>,
    ),

  async readFailing(endpointId: string, topic: Topic): Promise<FailingDelivery | undefined> {
    const item = await table.get(keys.failingKey(endpointId, topic));
    return item && fromItem<FailingDelivery>(item);
  },

  /** False, without effect, if it is not as it was read. */
  async saveFailing(failing: FailingDelivery, read: FailingDelivery | undefined): Promise<boolean> {
    const item = toItem(keys.failingKey(failing.endpointId, failing.topic), failing);
    return (await table.put({ item, condition: asRead(read) })).written;
  },

  /** False, without effect, if it is not as it was read. */
  async endFailing(read: FailingDelivery): Promise<boolean> {
    return (await table.delete(keys.failingKey(read.endpointId, read.topic), asRead(read))).deleted;
  },

  /** Keeps an attempt until `expiresAt` (epoch seconds). */
  async recordAttempt(attempt: DeliveryAttempt, expiresAt: number): Promise<void> {
    const key = keys.attemptKey(attempt.endpointId, attempt.at, attempt.eventId);
    await table.put({ item: toItem(key, { ...attempt, expiresAt }) });
  },

  /** The attempts of an endpoint, latest first. */
  deliveryAttempts: (endpointId: string, limit?: number): AsyncIterable<DeliveryAttempt> =>
    mapItems(
      table.query(keys.attemptPartition(endpointId), {
        backwards: true,
        ...(limit !== undefined && { limit }),
      }),
      fromItemThatExpires<DeliveryAttempt>,
    ),
});
