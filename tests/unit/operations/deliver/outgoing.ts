import { type DeliverOptions, deliverTopics } from '../../../../lib/operations/deliver/deliver-topic.ts';
import type { DeliveryContext, Send, SendOutcome } from '../../../../lib/operations/deliver/receivers.ts';
import type { OutgoingCloudEvent } from '../../../../lib/operations/outgoing/to-cloud-event.ts';
import type { Endpoint } from '../../../../lib/store/endpoints.ts';
import { createMemoryTable } from '../../../../lib/store/memory-table.ts';
import type { OutgoingEvent, Topic } from '../../../../lib/store/outgoing-events.ts';
import { createStore, type Store } from '../../../../lib/store/store.ts';
import type { Table } from '../../../../lib/store/table.ts';
import { at } from '../world.ts';

export const NOW = at('2026-11-02T00:00:00Z');

export const jobTopic = (jobId: string): Topic => ({ kind: 'job', projectId: 'proj-1', jobId });

/** The n-th event of a job. */
export const heldEvent = (
  jobId: string,
  sequence: number,
  said: Partial<OutgoingEvent> = {},
): OutgoingEvent => ({
  id: `job.held/proj-1/${jobId}/maxRunning/${sequence}`,
  type: 'job.held',
  topic: jobTopic(jobId),
  sequence,
  time: NOW,
  projectId: 'proj-1',
  subject: jobId,
  data: { projectId: 'proj-1', jobId },
  ...said,
});

export const endpoint = (endpointId: string, said: Partial<Endpoint> = {}): Endpoint => ({
  endpointId,
  url: `https://${endpointId}.example.com/hooks`,
  createdAt: 0,
  generation: 1,
  version: 1,
  ...said,
});

export const saveEndpoint = (store: Store, saved: Endpoint, read?: Endpoint): Promise<boolean> =>
  store.saveEndpoint(saved, read, {
    ...{ id: `${saved.endpointId} ${saved.version}`, at: NOW, by: { kind: 'local', id: 'ana' } },
    ...{ action: 'endpoint.added', target: saved.endpointId },
  });

/** Delivers one topic. What fails in another way than at an endpoint fails the test. */
export const deliverTopic = async (
  context: DeliveryContext,
  topic: Topic,
  send: Send,
  options: DeliverOptions = {},
): Promise<void> => {
  const onError = (_: Topic, error: unknown) => {
    throw error;
  };
  await deliverTopics(context, [topic], send, { ...options, onError });
};

/** A table in memory, a clock that only the test moves, and consumers that answer as the test says. */
export const createDeliveryWorld = async (endpoints: readonly Endpoint[] = [endpoint('one')]) => {
  const table = createMemoryTable();
  const store = createStore(table);
  const clock = { now: NOW };
  const received: { endpointId: string; id: string; subject: string }[] = [];
  /** The error of an endpoint that fails, or of one event at it. */
  const errors = new Map<string, string>();

  const save = (saved: Endpoint, read?: Endpoint) => saveEndpoint(store, saved, read);
  for (const one of endpoints) await save(one);

  const context = (over: Table = table): DeliveryContext => ({
    store: createStore(over),
    now: () => clock.now,
    jitter: () => 0,
    stage: 'local',
  });
  const send: Send = async (
    { endpointId }: Endpoint,
    { id, subject }: OutgoingCloudEvent,
  ): Promise<SendOutcome> => {
    const error = errors.get(endpointId) ?? errors.get(id);
    if (error !== undefined) return { status: 500, error, tookMs: 1 };
    received.push({ endpointId, id, subject });
    return { status: 200, tookMs: 1 };
  };
  return {
    ...{ table, store, clock, errors, received, context, send, save },
    async write(...events: OutgoingEvent[]) {
      for (const event of events) await store.recordOutgoing(event);
    },
    failing: () => Array.fromAsync(store.failingDeliveries()),
    /** The ids that an endpoint has received, in that order. */
    idsAt: (endpointId: string) =>
      received.filter((one) => one.endpointId === endpointId).map(({ id }) => id),
  };
};
