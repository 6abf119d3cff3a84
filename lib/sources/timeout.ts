import { isoDuration } from '../billing/duration.ts';
import { DAY_MS, SECOND_MS } from '../billing/minutes.ts';

/** What an event may state (lib/shapes/event.ts). */
const LONGEST_MS = 366 * DAY_MS;

/** A limit of whole seconds as the timeout that an event states; none where it may not state it. */
export const timeoutOf = (seconds: number | null | undefined): string | undefined => {
  const ms = (seconds ?? 0) * SECOND_MS;
  return ms >= SECOND_MS && ms <= LONGEST_MS ? isoDuration(ms) : undefined;
};
