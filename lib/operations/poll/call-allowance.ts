import type { BillingContext } from '../billing-context.ts';

/**
 * Fair use is below 60 calls a minute and key. The polls of the schedule, a close and a command may
 * run at once: each makes less than a third of that.
 */
export const SHARE = { calls: 19, everyMs: 3_200 } as const;

/** How the provider's API may be called. */
export interface FairUse {
  /** Calls at most. */
  readonly calls?: number | undefined;
  /** Time between the starts of two calls. */
  readonly everyMs?: number | undefined;
  /** No call is begun from then on. */
  readonly deadline?: number | undefined;
}

export interface CallAllowance {
  /** Waits until the next call may be made; false if none may be made any more. */
  take(): Promise<boolean>;
  /** Allows no further call. */
  close(): void;
}

export const createCallAllowance = (
  { now, pause }: Pick<BillingContext, 'now' | 'pause'>,
  { calls = Infinity, everyMs = 0, deadline = Infinity }: FairUse,
): CallAllowance => {
  let left = calls;
  let nextAt = 0;
  return {
    async take() {
      const waitMs = Math.max(0, nextAt - now());
      if (left <= 0 || now() + waitMs >= deadline) return false;
      if (waitMs > 0) await pause(waitMs);
      left -= 1;
      nextAt = now() + everyMs;
      return true;
    },
    close() {
      left = 0;
    },
  };
};
