import { Refusal } from '../lib/refusal.ts';

/** How long a failure is retried, from the first one on. */
export const PATIENCE_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** A failed attempt that may be retried. */
export interface Setback {
  /** The failure, e.g. "http://localhost:3000 answered 503". */
  readonly failed: string;
  /** What to do if it persists. */
  readonly advice: string;
  /** The pause requested by the server. */
  readonly pauseMs?: number | undefined;
  /** How long this failure is retried; by default a minute. */
  readonly patienceMs?: number | undefined;
}

export type Attempt<T> = { readonly done: T } | { readonly setback: Setback };

/** Reported before each pause. */
export interface Waiting {
  readonly failed: string;
  /** Since the first failure. */
  readonly waitedMs: number;
  readonly leftMs: number;
}

export interface Patience {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly onWait?: (waiting: Waiting) => void;
}

/** Rounded up: "1 s", "48 s". */
const seconds = (ms: number): string => `${Math.ceil(ms / 1000)} s`;

/** Progress text of a wait. */
export const waitingText = ({ failed, leftMs }: Waiting): string =>
  `${failed}, trying again for up to ${seconds(leftMs)}`;

/**
 * Repeats an attempt, with growing pauses, until it succeeds or the patience is exhausted. An
 * attempt must be idempotent.
 */
export const tryPatiently = async <T>(
  attempt: () => Promise<Attempt<T>>,
  { now, pause, onWait }: Patience,
): Promise<T> => {
  let firstFailureAt: number | undefined;
  for (let growingMs = FIRST_PAUSE_MS; ; growingMs = Math.min(2 * growingMs, LONGEST_PAUSE_MS)) {
    const attempted = await attempt();
    if ('done' in attempted) return attempted.done;
    const { failed, advice, pauseMs = 0, patienceMs = PATIENCE_MS } = attempted.setback;
    firstFailureAt ??= now();
    const waitedMs = now() - firstFailureAt;
    const leftMs = patienceMs - waitedMs;
    if (leftMs <= 0 || pauseMs > leftMs) {
      const tried = waitedMs > 0 ? ` after ${seconds(waitedMs)} of trying` : '';
      throw new Refusal('unavailable', `${failed}${tried}: ${advice}`);
    }
    onWait?.({ failed, waitedMs, leftMs });
    await pause(Math.min(Math.max(growingMs, pauseMs), leftMs));
  }
};
