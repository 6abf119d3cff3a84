import * as v from 'valibot';

const PAUSE_MS = 5_000;

const OutcomeSchema = v.object({ failing: v.number() });

export interface Retries {
  /** Something may have failed. */
  wake(): void;
  /** A retry in progress is finished. */
  stop(): Promise<void>;
}

/**
 * Stands in for the schedule of `retry-deliveries` where schedules are off: calls it every few seconds,
 * but only while something is not delivered.
 */
export const createRetries = (retry: () => Promise<unknown>, pauseMs = PAUSE_MS): Retries => {
  const stopping = new AbortController();
  const { signal } = stopping;
  let isWoken = false;
  let running: Promise<void> | undefined;

  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });

  const isFailing = async (): Promise<boolean> => {
    // It is called again if it cannot be reached.
    const outcome = v.safeParse(OutcomeSchema, await retry().catch(() => undefined));
    return !outcome.success || outcome.output.failing > 0;
  };

  const run = async (): Promise<void> => {
    do {
      await pause();
      if (signal.aborted) return;
      isWoken = false;
    } while ((await isFailing()) || isWoken);
    running = undefined;
  };

  return {
    wake() {
      isWoken = true;
      running ??= run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
};
