import { setTimeout as pause } from 'node:timers/promises';
import type { Job } from '../../../bench/workload.ts';
import type { Store } from '../../../lib/store/store.ts';

const SHORTEST_PAUSE_MS = 10;
/** Of the time since the event: so a slow charge is not read more often than a fast one. */
const PAUSE_SHARE = 0.05;

/**
 * Milliseconds until the job's charge is in the table, final if `isFinal`: what every read of the
 * API shows. Never early, and late by at most 10 ms or 5 %.
 */
export const followCharge = async (
  store: Pick<Store, 'storedCharges'>,
  { projectId, jobId }: Job,
  { month, isFinal }: { readonly month: string; readonly isFinal: boolean },
): Promise<number> => {
  const acceptedAt = performance.now();
  for (;;) {
    const charges = await store.storedCharges(projectId, month, jobId);
    const elapsedMs = performance.now() - acceptedAt;
    if (charges.some(({ kind }) => kind === 'final' || (kind === 'open' && !isFinal))) return elapsedMs;
    await pause(Math.max(SHORTEST_PAUSE_MS, elapsedMs * PAUSE_SHARE));
  }
};
