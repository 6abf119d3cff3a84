import pLimit from 'p-limit';
import type { BillingContext } from '../billing-context.ts';
import { settle } from './settle.ts';

/** Jobs settled at once. */
const CONCURRENCY = 8;
/** Attempts before a job is parked. The client of the table retries throttled calls by itself. */
const ATTEMPTS = 3;

/** Called for each failed settle, for the log. */
export type OnFailure = (failure: { readonly jobId: string; readonly error: unknown }) => void;

/** Settles a job, or parks it to be settled later. Rejects if parking fails too. */
export const settleOrPark = async (
  context: BillingContext,
  jobId: string,
  onFailure: OnFailure = () => {},
): Promise<'settled' | 'parked'> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await settle(context, jobId);
      return 'settled';
    } catch (error) {
      onFailure({ jobId, error });
      if (attempt < ATTEMPTS) continue;
      await context.store.parkJob({ jobId, parkedAt: context.now(), error: String(error) });
      return 'parked';
    }
  }
};

/**
 * Settles each job; one that keeps failing is parked and delays no other. `lost` has the jobs that
 * were neither settled nor parked: only those have to be delivered again.
 */
export const settleJobs = async (
  context: BillingContext,
  jobIds: Iterable<string>,
  onFailure: OnFailure,
  onSettled: (jobId: string) => void = () => {},
): Promise<{ readonly parked: readonly string[]; readonly lost: readonly string[] }> => {
  const limit = pLimit(CONCURRENCY);
  const parked: string[] = [];
  const lost: string[] = [];
  await Promise.all(
    [...new Set(jobIds)].map((jobId) =>
      limit(async () => {
        try {
          if ((await settleOrPark(context, jobId, onFailure)) === 'settled') onSettled(jobId);
          else parked.push(jobId);
        } catch (error) {
          onFailure({ jobId, error });
          lost.push(jobId);
        }
      }),
    ),
  );
  return { parked, lost };
};

/** Settles every parked job and unparks it. Jobs that fail again stay parked. */
export const redrive = async (
  context: BillingContext,
  onFailure: OnFailure,
): Promise<{ readonly settled: readonly string[]; readonly failed: readonly string[] }> => {
  const settled: string[] = [];
  const failed: string[] = [];
  // The whole list first: a job parked later may need tariffs newer than the cached ones.
  for (const parked of await Array.fromAsync(context.store.parkedJobs())) {
    try {
      await settle(context, parked.jobId);
      await context.store.unparkJob(parked);
      settled.push(parked.jobId);
    } catch (error) {
      onFailure({ jobId: parked.jobId, error });
      failed.push(parked.jobId);
    }
  }
  return { settled, failed };
};
