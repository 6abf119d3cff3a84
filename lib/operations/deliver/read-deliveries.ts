import type { DeliveryAttempt, FailingDelivery } from '../../store/endpoints.ts';
import type { Store } from '../../store/store.ts';
import { findReceiverId } from './endpoints.ts';
import { PROVIDER, readActiveEndpoints } from './receivers.ts';

export interface DeliveriesOptions {
  /** All by default. */
  readonly endpointId?: string;
  /** Only attempts that have failed. */
  readonly failed: boolean;
  /** The most attempts that are given. */
  readonly limit: number;
}

/** What waits for endpoints, longest first, and attempts, latest first. */
export interface Deliveries {
  readonly failing: readonly FailingDelivery[];
  readonly attempts: readonly DeliveryAttempt[];
}

const latestAttempts = async (
  store: Store,
  endpointId: string,
  { failed, limit }: DeliveriesOptions,
): Promise<DeliveryAttempt[]> => {
  const attempts: DeliveryAttempt[] = [];
  for await (const attempt of store.deliveryAttempts(endpointId)) {
    if (attempts.length >= limit) break;
    if (!failed || attempt.error !== undefined) attempts.push(attempt);
  }
  return attempts;
};

export const readEndpointDeliveries = async (
  store: Store,
  options: DeliveriesOptions,
): Promise<Deliveries> => {
  const { endpointId, limit } = options;
  const ids =
    endpointId === undefined
      ? [...(await readActiveEndpoints(store)).map((one) => one.endpointId), PROVIDER]
      : [await findReceiverId(store, endpointId)];
  const attempts = await Promise.all(ids.map((id) => latestAttempts(store, id, options)));
  const failing = await Array.fromAsync(store.failingDeliveries(endpointId));
  return {
    failing: failing.sort((a, b) => a.since - b.since),
    attempts: attempts
      .flat()
      .sort((a, b) => b.at - a.at)
      .slice(0, limit),
  };
};
