import { useEffect, useState } from 'preact/hooks';

const TICK_MS = 1000;
/** How long what was read may be counted on without asking again. */
const MAX_AHEAD_MS = 60_000;

/**
 * The server's time, to the second, from an answer's `asOf` on. It counts from when the answer arrived, so it is behind the server's clock by the way
 * the answer took and never ahead of it; and it stands still when no fresh answer comes.
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
