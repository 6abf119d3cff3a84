import type { Charge } from '../lib/billing/charges.ts';
import { type CallGuard, createCallGuard } from '../lib/operations/deliver/call-guard.ts';
import { deliverTopics } from '../lib/operations/deliver/deliver-topic.ts';
import type { DeliveryContext, Send } from '../lib/operations/deliver/receivers.ts';
import { retryDeliveries } from '../lib/operations/deliver/retry-deliveries.ts';
import { topicOfPartition } from '../lib/store/keys.ts';
import type { OutgoingEvent, Topic } from '../lib/store/outgoing-events.ts';
import type { Store } from '../lib/store/store.ts';
import type { Item } from '../lib/store/table.ts';
import { type Consumer, createConsumers } from './consumers.ts';
import { Broken } from './mistakes.ts';
import { isOutgoing } from './observe.ts';
import type { Random } from './random.ts';

/** Several times the pauses of the longest delivery. */
const MOST_RETRIES = 100;
const RETRIED_AFTER_MS = 3 * 60 * 60 * 1000;

/** A call of the network in a process: others run meanwhile, and it may fail on its way. */
export type Call = <T>(text: string, run: () => Promise<T>) => Promise<T>;

const AT_ONCE: Call = (_, run) => run();

/** What was written of events and of what they are about, and who received them. */
export const createDeliveries = (
  consumers: readonly Consumer[],
  random: Random,
  deliver: typeof deliverTopics = deliverTopics,
) => {
  const models = createConsumers(consumers, random);
  const written: OutgoingEvent[] = [];
  const charges: Charge[] = [];
  /** Partitions of topics with events that no process has delivered yet. */
  const undelivered: string[] = [];

  const contextOf = (store: Store, now: () => number): DeliveryContext => ({
    ...{ store, now, stage: 'simulated' },
    jitter: () => random.integer(0, 100) / 100,
  });

  const sendBy = (call: Call): Send => {
    const known = written.length;
    return ({ endpointId }, event) =>
      call(`post ${endpointId} ${event.id}`, () => models.receive({ endpointId, event, known })).catch(
        (error) => ({ error: String(error), tookMs: 1 }),
      );
  };

  const onError = (_: Topic, error: unknown) => {
    if (error instanceof Broken) throw error;
  };

  return {
    consumers,
    undelivered,
    written: written as readonly OutgoingEvent[],
    charges: charges as readonly Charge[],
    receipts: models.receipts,

    /** As the stream does. */
    note(item: Item): void {
      if (item.sk.startsWith('CHARGE#')) charges.push(item as unknown as Charge);
      if (!isOutgoing(item)) return;
      written.push(item as unknown as OutgoingEvent);
      if (consumers.length > 0) undelivered.push(item.pk);
    },

    async addEndpoints(store: Store, now: number): Promise<void> {
      for (const { fails: _, hangs: __, ...endpoint } of consumers)
        await store.saveEndpoint(
          { ...endpoint, url: 'https://consumer.example/', createdAt: 0, generation: 1, version: 1 },
          undefined,
          {
            ...{ id: endpoint.endpointId, at: now, by: { kind: 'local', id: 'operator' } },
            ...{ action: 'endpoint.added', target: endpoint.endpointId },
          },
        );
    },

    /** Gives the partitions of topics that have to be delivered again. */
    async deliver(
      partitions: readonly string[],
      { store, now }: Pick<DeliveryContext, 'store' | 'now'>,
      call: Call,
      guard: CallGuard,
    ): Promise<readonly string[]> {
      const topics = new Map(partitions.map((pk) => [pk, topicOfPartition(pk)]));
      const { lost } = await deliver(
        contextOf(store, now),
        [...topics.values()].filter((topic) => topic !== undefined),
        sendBy(call),
        {
          onError,
          mayCall: guard.mayCall,
          onAttempt: (endpointId, __, error) => guard.report(endpointId, error),
        },
      );
      return [...topics].filter(([, topic]) => topic && lost.includes(topic)).map(([pk]) => pk);
    },

    retry: ({ store, now }: Pick<DeliveryContext, 'store' | 'now'>, call: Call) =>
      retryDeliveries(contextOf(store, now), sendBy(call)),

    /** Delivers all that is left: each consumer answers now. */
    async deliverRest(store: Store, now: () => number, advance: (ms: number) => void): Promise<void> {
      models.recover();
      const context = contextOf(store, now);
      const guard = createCallGuard(now);
      for (let rounds = 0; undelivered.length > 0; rounds += 1) {
        if (rounds > MOST_RETRIES) throw new Broken('deliveries do not end');
        undelivered.push(...(await this.deliver(undelivered.splice(0), context, AT_ONCE, guard)));
      }
      for (let rounds = 0; (await retryDeliveries(context, sendBy(AT_ONCE))).failing > 0; rounds += 1) {
        if (rounds > MOST_RETRIES) throw new Broken('retries of deliveries do not end');
        advance(RETRIED_AFTER_MS);
      }
    },
  };
};

export type Deliveries = ReturnType<typeof createDeliveries>;
