import pLimit from 'p-limit';
import { DAY_MS } from '../../billing/minutes.ts';
import type { FailingDelivery } from '../../store/endpoints.ts';
import { type OutgoingEvent, type Topic, topicText } from '../../store/outgoing-events.ts';
import { nextAttempt } from './pauses.ts';
import {
  type DeliveryContext,
  type Receiver,
  readReceivers,
  type Send,
  type SendOutcome,
} from './receivers.ts';

/** Retention of attempts. */
const ATTEMPTS_KEPT_MS = 30 * DAY_MS;
/** Topics delivered at once to a receiver. */
const CONCURRENCY = 8;
/** Each is another process at the same topic, which then leaves it to this one. */
const MAX_RACES = 20;

export interface DeliverOptions {
  /** Tries what waits or is parked too. */
  readonly retry?: true;
  /** Whether an endpoint may be called now. What may not be sent waits for the next retry. */
  readonly mayCall?: (endpointId: string) => boolean;
  /** Called after each attempt. */
  readonly onAttempt?: (endpointId: string, event: OutgoingEvent, outcome: SendOutcome) => void;
}

/** How a topic stands with a receiver, and how many events it was sent. */
export interface TopicOutcome {
  readonly sent: number;
  readonly outcome: 'delivered' | 'failed' | 'waiting';
}

const UNTRIED = 'not tried: the endpoint did not take other events just before';

/** Sends one event and records the attempt. */
const attempt = async (
  { store, now }: DeliveryContext,
  { endpointId, send }: Receiver,
  event: OutgoingEvent,
): Promise<SendOutcome> => {
  const at = now();
  const outcome = await send(event);
  if (outcome.error === undefined) await store.markDelivered(endpointId, event, now());
  const { id: eventId, type, subject, projectId } = event;
  await store.recordAttempt(
    { endpointId, eventId, type, subject, ...(projectId !== undefined && { projectId }), at, ...outcome },
    Math.ceil((at + ATTEMPTS_KEPT_MS) / 1000),
  );
  return outcome;
};

interface Failure {
  readonly event: OutgoingEvent;
  /** Absent: it was not tried. */
  readonly error?: string;
}

/** The item of a topic after a failure. What was sent before it starts the pauses anew. */
const failed = (
  { now, jitter }: DeliveryContext,
  endpointId: string,
  { event, error }: Failure,
  read: FailingDelivery | undefined,
  sent: number,
): FailingDelivery => {
  const before = sent > 0 ? undefined : read;
  const attempts = (before?.attempts ?? 0) + (error === undefined ? 0 : 1);
  const { nextAttemptAt, parkedAt } =
    error === undefined
      ? { nextAttemptAt: now(), parkedAt: before?.parkedAt }
      : nextAttempt(attempts, now(), jitter());
  return {
    ...{ endpointId, topic: event.topic, eventId: event.id, type: event.type },
    ...{ since: before?.since ?? now(), attempts, error: error ?? before?.error ?? UNTRIED },
    ...{ nextAttemptAt, ...(parkedAt !== undefined && { parkedAt: before?.parkedAt ?? parkedAt }) },
    // Never one that the topic has had before, when it failed and was delivered.
    version: read ? read.version + 1 : now(),
  };
};

/** Undefined if another process has changed how the topic stands. */
const deliverOnce = async (
  context: DeliveryContext,
  receiver: Receiver,
  topic: Topic,
  { retry, mayCall = () => true, onAttempt = () => {} }: DeliverOptions,
): Promise<TopicOutcome | undefined> => {
  const { store, now } = context;
  const { endpointId } = receiver;
  // Before the topic: what is written after the topic is read changes this item, if it is there.
  const failing = await store.readFailing(endpointId, topic);
  if (failing && !retry && (failing.parkedAt !== undefined || failing.nextAttemptAt > now())) {
    const left = await store.saveFailing({ ...failing, version: failing.version + 1 }, failing);
    return left ? { sent: 0, outcome: 'waiting' } : undefined;
  }
  const { events, isDelivered } = await store.readTopic(topic);
  const pending = events.filter((event) => receiver.gets(event) && !isDelivered(endpointId, event.id));
  for (const [sent, event] of pending.entries()) {
    const tried = mayCall(endpointId) ? await attempt(context, receiver, event) : undefined;
    if (tried) onAttempt(endpointId, event, tried);
    if (tried && tried.error === undefined) continue;
    const failure = { event, ...(tried?.error !== undefined && { error: tried.error }) };
    const saved = await store.saveFailing(failed(context, endpointId, failure, failing, sent), failing);
    if (!saved) return undefined;
    return { sent, outcome: tried ? 'failed' : 'waiting' };
  }
  if (failing && !(await store.endFailing(failing))) return undefined;
  return { sent: pending.length, outcome: 'delivered' };
};

/** Sends a receiver the events of a topic that it has not received, in their order. */
export const deliverTo = async (
  context: DeliveryContext,
  receiver: Receiver,
  topic: Topic,
  options: DeliverOptions = {},
): Promise<TopicOutcome> => {
  for (let races = 0; races < MAX_RACES; races += 1) {
    const outcome = await deliverOnce(context, receiver, topic, options);
    if (outcome) return outcome;
  }
  throw new Error(`others deliver ${topicText(topic)} to ${receiver.endpointId} at the same time`);
};

/**
 * Sends every receiver the events of each topic that it has not received, and none waits for another.
 * `lost` has the topics that failed in another way than at an endpoint: they have to be delivered again.
 */
export const deliverTopics = async (
  context: DeliveryContext,
  topics: readonly Topic[],
  send: Send,
  { onError, ...options }: DeliverOptions & { readonly onError: (topic: Topic, error: unknown) => void },
): Promise<{ readonly lost: readonly Topic[] }> => {
  const receivers = await readReceivers(context, send);
  const limited = receivers.map((receiver) => ({ receiver, limit: pLimit(CONCURRENCY) }));
  const lost: Topic[] = [];
  await Promise.all(
    topics.map(async (topic) => {
      const settled = await Promise.allSettled(
        limited.map(({ receiver, limit }) => limit(deliverTo, context, receiver, topic, options)),
      );
      const rejected = settled.find((result) => result.status === 'rejected');
      if (!rejected) return;
      onError(topic, rejected.reason);
      lost.push(topic);
    }),
  );
  return { lost };
};
