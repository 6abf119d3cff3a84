import type { FailingDelivery } from '../../store/endpoints.ts';
import { MAX_FAILURES } from './call-guard.ts';
import { type DeliverOptions, deliverTo } from './deliver-topic.ts';
import { type DeliveryContext, PROVIDER, type Receiver, readReceivers, type Send } from './receivers.ts';

export interface RetryOptions extends Pick<DeliverOptions, 'onAttempt'> {
  /** No attempt begins after it. Epoch milliseconds. */
  readonly deadline?: number;
}

/** What has failed and is not delivered yet, after a run of retries. */
export interface RetryOutcome {
  /** Topics that were delivered to an endpoint. */
  readonly delivered: number;
  /** Topics that wait for an endpoint, parked ones too. */
  readonly failing: number;
  readonly parked: number;
  /** Time since the first failure of the one that has failed the longest. */
  readonly longestMs: number;
  /** The same of stops that the provider does not take. */
  readonly longestStopMs: number;
}

const byNextAttempt = (a: FailingDelivery, b: FailingDelivery) => a.nextAttemptAt - b.nextAttemptAt;

/** A parked topic to try: the one tried least recently, an hour after the latest attempt of any. */
const probeOf = (failing: readonly FailingDelivery[], now: number): FailingDelivery[] => {
  const parked = failing.filter(({ parkedAt }) => parkedAt !== undefined).sort(byNextAttempt);
  return (parked.at(-1)?.nextAttemptAt ?? Number.POSITIVE_INFINITY) <= now ? parked.slice(0, 1) : [];
};

/** Makes a topic due now, with all its pauses before it. Nothing if it was changed meanwhile. */
export const release = async (
  { store, now }: Pick<DeliveryContext, 'store' | 'now'>,
  read: FailingDelivery,
): Promise<FailingDelivery[]> => {
  const { parkedAt: _, ...rest } = read;
  const released = { ...rest, attempts: 0, nextAttemptAt: now(), version: read.version + 1 };
  return (await store.saveFailing(released, read)) ? [released] : [];
};

/** Gives the number of topics that were delivered. */
const retryReceiver = async (
  context: DeliveryContext,
  receiver: Receiver,
  failing: readonly FailingDelivery[],
  { deadline = Number.POSITIVE_INFINITY, onAttempt = () => {} }: RetryOptions,
): Promise<number> => {
  const { now } = context;
  const due = failing.filter(
    ({ parkedAt, nextAttemptAt }) => parkedAt === undefined && nextAttemptAt <= now(),
  );
  const queue = [...due.sort(byNextAttempt), ...probeOf(failing, now())];
  let waiting = failing.filter((one) => !queue.includes(one));
  let failures = 0;
  let delivered = 0;
  const mayCall = () => failures < MAX_FAILURES && now() < deadline;
  for (let next = queue.shift(); next && mayCall(); next = queue.shift()) {
    const { sent, outcome } = await deliverTo(context, receiver, next.topic, {
      retry: true,
      mayCall,
      onAttempt,
    });
    failures = outcome === 'failed' ? failures + 1 : 0;
    if (outcome === 'delivered') delivered += 1;
    if (sent === 0) continue;
    // It answers again: all that waits for it follows, by the next run if not by this one.
    for (const one of waiting) queue.push(...(await release(context, one)));
    waiting = [];
  }
  return delivered;
};

/** What has failed at endpoints that are removed is given up. */
const giveUp = async ({ store }: DeliveryContext, failing: readonly FailingDelivery[]): Promise<number> => {
  for (const one of failing) await store.endFailing(one);
  return 0;
};

/**
 * Tries again what is due, endpoints side by side. One that fails some times in a row is left until
 * the next run; of parked topics one is tried each hour, and all follow it.
 */
export const retryDeliveries = async (
  context: DeliveryContext,
  send: Send,
  options: RetryOptions = {},
): Promise<RetryOutcome> => {
  const { store, now } = context;
  const failing = await Array.fromAsync(store.failingDeliveries());
  if (failing.length === 0) return { delivered: 0, failing: 0, parked: 0, longestMs: 0, longestStopMs: 0 };
  const receivers = new Map(
    (await readReceivers(context, send)).map((receiver) => [receiver.endpointId, receiver]),
  );
  const delivered = await Promise.all(
    [...Map.groupBy(failing, ({ endpointId }) => endpointId)].map(([endpointId, ofEndpoint]) => {
      const receiver = receivers.get(endpointId);
      return receiver ? retryReceiver(context, receiver, ofEndpoint, options) : giveUp(context, ofEndpoint);
    }),
  );
  const left = await Array.fromAsync(store.failingDeliveries());
  const longest = (some: readonly FailingDelivery[]) =>
    some.reduce((ms, { since }) => Math.max(ms, now() - since), 0);
  return {
    delivered: delivered.reduce((sum, count) => sum + count, 0),
    failing: left.length,
    parked: left.filter(({ parkedAt }) => parkedAt !== undefined).length,
    longestMs: longest(left),
    longestStopMs: longest(left.filter(({ endpointId }) => endpointId === PROVIDER)),
  };
};
