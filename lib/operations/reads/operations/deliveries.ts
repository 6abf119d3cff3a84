import { DAY_MS } from '../../../billing/minutes.ts';
import type { Operations } from '../../../shapes/operations.ts';
import type { Endpoint, FailingDelivery } from '../../../store/endpoints.ts';
import type { BillingContext } from '../../billing-context.ts';
import { PROVIDER, readActiveEndpoints } from '../../deliver/receivers.ts';
import { isoTime } from '../../public-shapes.ts';
import { takeAtMost } from './take.ts';

/** Topics of an endpoint that are read: all fail while it is down. */
const FAILING_READ = 1_000;
const ATTEMPTS_READ = 100;

const oldestOf = (failing: readonly FailingDelivery[]) => {
  const oldest = failing.toSorted((a, b) => a.since - b.since)[0];
  if (!oldest) return {};
  const { since, eventId, type, attempts, nextAttemptAt, parkedAt, error } = oldest;
  return {
    oldest: {
      ...{ since: isoTime(since), eventId, type, attempts },
      ...(parkedAt === undefined && { nextAttemptAt: isoTime(nextAttemptAt) }),
      error,
    },
  };
};

/** Paths and queries of addresses may have secrets. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : '');

type Deliveries = Operations['deliveries'][number];

const readReceiver = async ({ store }: BillingContext, endpointId: string, now: number) => {
  const [{ taken: failing, more }, latest] = await Promise.all([
    takeAtMost(store.failingDeliveries(endpointId), FAILING_READ),
    Array.fromAsync(store.deliveryAttempts(endpointId, ATTEMPTS_READ)),
  ]);
  const attempts = latest.filter(({ at }) => at > now - DAY_MS);
  return {
    endpointId,
    failing: failing.length,
    parked: failing.filter(({ parkedAt }) => parkedAt !== undefined).length,
    ...more,
    ...oldestOf(failing),
    attempts: {
      count: attempts.length,
      failed: attempts.filter(({ error }) => error !== undefined).length,
    },
  };
};

const readEndpoint = async (
  context: BillingContext,
  { endpointId, url, types, projectId, createdAt }: Endpoint,
  now: number,
): Promise<Deliveries> => ({
  ...(await readReceiver(context, endpointId, now)),
  ...{ host: hostOf(url), createdAt: isoTime(createdAt) },
  ...(types && { types: [...types] }),
  ...(projectId !== undefined && { projectId }),
});

/** How deliveries to each endpoint go, and those to the provider where there are any. */
export const readDeliveries = async (context: BillingContext, now: number): Promise<Deliveries[]> => {
  const endpoints = await readActiveEndpoints(context.store);
  const [provider, ...others] = await Promise.all([
    readReceiver(context, PROVIDER, now),
    ...endpoints.map((endpoint) => readEndpoint(context, endpoint, now)),
  ]);
  return provider.failing > 0 || provider.attempts.count > 0 ? [...others, provider] : others;
};
