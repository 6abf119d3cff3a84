import { HOUR_MS, MINUTE_MS } from '../../billing/minutes.ts';
import type { FailingDelivery } from '../../store/endpoints.ts';

/** Pauses after the first failure, the second, ...: three days and some hours. */
export const PAUSES_MS: readonly number[] = [
  5_000,
  ...[1, 5, 30].map((minutes) => minutes * MINUTE_MS),
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS),
];

/** Share of a pause that is added at random, so that what failed together is not retried together. */
const JITTER = 0.1;

/** One parked topic of an endpoint is tried that often. */
export const PROBE_EVERY_MS = HOUR_MS;

type Next = Pick<FailingDelivery, 'nextAttemptAt'> & { readonly parkedAt?: number };

/** When a topic is tried again after a number of failures; `jitter` is from 0 to 1. */
export const nextAttempt = (failures: number, now: number, jitter: number): Next => {
  const pauseMs = PAUSES_MS[failures - 1];
  if (pauseMs === undefined) return { nextAttemptAt: now + PROBE_EVERY_MS, parkedAt: now };
  return { nextAttemptAt: Math.round(now + pauseMs * (1 + JITTER * jitter)) };
};
