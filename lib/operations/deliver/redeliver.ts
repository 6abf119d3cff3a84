import type { FailingDelivery } from '../../store/endpoints.ts';
import { deliverTo } from './deliver-topic.ts';
import { type DeliveryContext, readReceivers, type Send } from './receivers.ts';
import { release } from './retry-deliveries.ts';

/** One that is tried and fails at the same time too; nothing if it is delivered meanwhile. */
const releaseNow = async (
  context: Pick<DeliveryContext, 'store' | 'now'>,
  failing: FailingDelivery,
): Promise<FailingDelivery[]> => {
  const { endpointId, topic } = failing;
  let read: FailingDelivery | undefined = failing;
  for (; read; read = await context.store.readFailing(endpointId, topic)) {
    const released = await release(context, read);
    if (released.length > 0) return released;
  }
  return [];
};

/**
 * Makes what waits for endpoints due now, parked topics too: all of it, that of one endpoint, or that
 * of topics whose next event is a certain one. The next run of retries tries it.
 */
export const redeliver = async (
  context: Pick<DeliveryContext, 'store' | 'now'>,
  { endpointId, eventId }: { readonly endpointId?: string; readonly eventId?: string } = {},
): Promise<FailingDelivery[]> => {
  const failing = await Array.fromAsync(context.store.failingDeliveries(endpointId));
  const released: FailingDelivery[] = [];
  for (const one of failing)
    if (eventId === undefined || one.eventId === eventId) released.push(...(await releaseNow(context, one)));
  return released;
};

const UNSENT: Send = () => Promise.reject(new Error('nothing is sent here'));

/**
 * Notes what no run has ever tried as failing, so that the retries send it: after the stream has given
 * up, or a table was restored. Reads the keys of the whole table.
 */
export const noteUndelivered = async (context: DeliveryContext): Promise<void> => {
  const receivers = await readReceivers(context, UNSENT);
  for await (const topic of context.store.allTopics())
    for (const receiver of receivers) await deliverTo(context, receiver, topic, { mayCall: () => false });
};
