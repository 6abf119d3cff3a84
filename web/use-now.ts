import { useEffect, useState } from 'preact/hooks';

const TICK_MS = 1000;
/** How far the time may run ahead of the latest answer. */
const MAX_AHEAD_MS = 60_000;

/**
 * The server's time, updated every second, counted from an answer's `asOf` and its arrival. It is
 * behind the server's clock by the latency of the answer, and stops without fresh answers.
 */
export const useServerNow = (asOf: string | undefined, receivedAt: number): number => {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    if (asOf === undefined) return;
    setNow(performance.now());
    const timer = setInterval(() => setNow(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [asOf]);
  const ahead = Math.min(MAX_AHEAD_MS, Math.max(0, now - receivedAt));
  return Date.parse(asOf ?? '') + Math.floor(ahead);
};
