import type { FailingDelivery } from '../../store/endpoints.ts';
import type { DeliveryContext } from './receivers.ts';
import { release } from './retry-deliveries.ts';

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
    if (eventId === undefined || one.eventId === eventId) released.push(...(await release(context, one)));
  return released;
};
