import { beforeAll, describe, expect, test } from 'vitest';
import { createStore, type Store } from '../../lib/store/store.ts';
import type { Table } from '../../lib/store/table.ts';
import { endpoint, heldEvent, saveEndpoint } from '../unit/operations/deliver/outgoing.ts';

/** Events out, endpoints and their deliveries: what a store keeps of them, on every table. */
export const deliveriesContract = (name: string, createTable: () => Promise<Table>): void => {
  describe(`deliveries in ${name}`, () => {
    let store: Store;
    beforeAll(async () => {
      store = createStore(await createTable());
    });

    test('an event is written once, and read in the order of its topic with what was delivered', async () => {
      const [first, second] = [heldEvent('job-1', 1, { data: { share: 0.5 } }), heldEvent('job-1', 2)];
      expect(await store.recordOutgoing(second)).toBe(true);
      expect(await store.recordOutgoing(first)).toBe(true);
      expect(await store.recordOutgoing({ ...first, sequence: 9 })).toBe(false);
      await store.recordOutgoing(heldEvent('job-2', 1));
      await store.markDelivered('one', first, 1);
      const { events, isDelivered } = await store.readTopic(first.topic);
      expect(events).toEqual([first, second]);
      expect(['one', 'two'].map((id) => isDelivered(id, first.id))).toEqual([true, false]);
      expect(isDelivered('one', second.id)).toBe(false);
      const topics = (await Array.fromAsync(store.allTopics())).map((topic) => JSON.stringify(topic));
      expect(topics.sort()).toEqual([first, heldEvent('job-2', 1)].map(({ topic }) => JSON.stringify(topic)));
    });

    test('an endpoint is saved as it was read, with an entry in the log of actions', async () => {
      const added = endpoint('one', { types: ['job.held'], projectId: 'proj-1' });
      expect(await saveEndpoint(store, added)).toBe(true);
      expect(await saveEndpoint(store, { ...added, generation: 5 })).toBe(false);
      const rotated = { ...added, generation: 2, version: 2 };
      expect(await saveEndpoint(store, rotated, added)).toBe(true);
      expect(await saveEndpoint(store, { ...rotated, version: 3 }, added)).toBe(false);
      expect(await store.readEndpoints()).toEqual([rotated]);
      expect(await Array.fromAsync(store.loggedActions('2026-11'))).toHaveLength(2);
    });

    test('a failing delivery is saved and ended only if it is as it was read', async () => {
      const { id: eventId, type, topic } = heldEvent('job-1', 2);
      const failing = {
        ...{ endpointId: 'one', topic, eventId, type, since: 1, attempts: 1, nextAttemptAt: 5 },
        ...{ error: 'answered 500', version: 7 },
      };
      const later = { ...failing, attempts: 2, version: 8 };
      expect(await store.saveFailing(failing, undefined)).toBe(true);
      expect(await store.saveFailing(failing, undefined)).toBe(false);
      expect(await store.saveFailing(later, failing)).toBe(true);
      expect(await store.saveFailing(later, failing)).toBe(false);
      await store.saveFailing({ ...failing, endpointId: 'two' }, undefined);
      expect(await store.readFailing('one', topic)).toEqual(later);
      expect(await Array.fromAsync(store.failingDeliveries('one'))).toEqual([later]);
      expect(await Array.fromAsync(store.failingDeliveries())).toHaveLength(2);
      expect(await store.endFailing(failing)).toBe(false);
      expect(await store.endFailing(later)).toBe(true);
      expect(await store.endFailing(later)).toBe(false);
      expect(await store.readFailing('one', topic)).toBeUndefined();
    });

    test('attempts are read latest first', async () => {
      const attempt = {
        endpointId: 'one',
        eventId: 'a',
        type: 'job.held',
        subject: 'job-1',
        tookMs: 3,
      } as const;
      await store.recordAttempt({ ...attempt, at: 1, error: 'answered 500', status: 500 }, 2_000_000_000);
      await store.recordAttempt({ ...attempt, at: 2, status: 200 }, 2_000_000_000);
      expect((await Array.fromAsync(store.deliveryAttempts('one'))).map(({ at }) => at)).toEqual([2, 1]);
      expect(await Array.fromAsync(store.deliveryAttempts('two'))).toEqual([]);
    });
  });
};
