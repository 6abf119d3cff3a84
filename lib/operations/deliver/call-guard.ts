import { MINUTE_MS, SECOND_MS } from '../../billing/minutes.ts';
import type { SendOutcome } from './receivers.ts';

/** Consecutive failures, or slow answers, after which an endpoint is left alone. */
export const MAX_FAILURES = 3;
const SLOW_MS = 5 * SECOND_MS;
/** For so long: meanwhile its events wait for the retries. */
const REST_MS = MINUTE_MS;

/**
 * Lets an endpoint that fails or is slow rest, so that waiting for it delays no other. One for a process.
 */
export const createCallGuard = (now: () => number) => {
  const failures = new Map<string, { readonly count: number; readonly at: number }>();
  return {
    mayCall(endpointId: string): boolean {
      const { count = 0, at = 0 } = failures.get(endpointId) ?? {};
      return count < MAX_FAILURES || now() >= at + REST_MS;
    },
    report(endpointId: string, { error, tookMs }: SendOutcome): void {
      if (error === undefined && tookMs <= SLOW_MS) failures.delete(endpointId);
      else failures.set(endpointId, { count: (failures.get(endpointId)?.count ?? 0) + 1, at: now() });
    },
  };
};

export type CallGuard = ReturnType<typeof createCallGuard>;
