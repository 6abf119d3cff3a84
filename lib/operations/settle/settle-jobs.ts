import pLimit from 'p-limit';
import type { Fact, JobRef } from '../../billing/facts.ts';
import type { Actor } from '../../store/action-log.ts';
import { jobPartition } from '../../store/keys.ts';
import type { BillingContext } from '../billing-context.ts';
import { markBudgetsChanged } from '../budgets/mark-changed.ts';
import { logged } from '../log/logged.ts';
import { type Settled, settle } from './settle.ts';
import { settleDelivered } from './settle-delivered.ts';

/** Jobs settled at once. */
const CONCURRENCY = 8;
/** Attempts before a job is parked. The client of the table retries throttled calls by itself. */
const ATTEMPTS = 3;

/** Called for each failed settle, for the log. */
export type OnFailure = (failure: { readonly job: JobRef; readonly error: unknown }) => void;

/** New facts that the stream has delivered, by the partition of their job. */
export type DeliveredFacts = ReadonlyMap<string, readonly Fact[]>;

/** Settles a job, or parks it to be settled later. Rejects if parking fails too. */
export const settleOrPark = async (
  context: BillingContext,
  job: JobRef,
  onFailure: OnFailure = () => {},
  delivered?: DeliveredFacts,
): Promise<Settled['how'] | 'parked'> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (delivered) return await settleDelivered(context, job, delivered.get(jobPartition(job)) ?? []);
      return (await settle(context, job)).how;
    } catch (error) {
      onFailure({ job, error });
      if (attempt < ATTEMPTS) continue;
      const { projectId, jobId } = job;
      await context.store.parkJob({ projectId, jobId, parkedAt: context.now(), error: String(error) });
      return 'parked';
    }
  }
};

/**
 * Settles each job; one that keeps failing is parked and delays no other. `lost` has the jobs that
 * were neither settled nor parked: only those have to be delivered again. `uncharged` are those of
 * the settled ones that never had a charge. With the facts that the stream has `delivered`, the
 * memory of the process is used.
 */
export const settleJobs = async (
  context: BillingContext,
  jobs: readonly JobRef[],
  onFailure: OnFailure,
  delivered?: DeliveredFacts,
): Promise<Record<'parked' | 'lost' | 'uncharged', readonly JobRef[]>> => {
  const limit = pLimit(CONCURRENCY);
  const parked: JobRef[] = [];
  const lost: JobRef[] = [];
  const uncharged: JobRef[] = [];
  await Promise.all(
    jobs.map((job) =>
      limit(async () => {
        try {
          const outcome = await settleOrPark(context, job, onFailure, delivered);
          if (outcome === 'parked') parked.push(job);
          if (outcome === 'uncharged') uncharged.push(job);
        } catch (error) {
          onFailure({ job, error });
          lost.push(job);
        }
      }),
    ),
  );
  return { parked, lost, uncharged };
};

/**
 * Settles every parked job and unparks it; in the name of a person with an entry in the log of
 * actions. Jobs that fail again stay parked.
 */
export const redrive = async (
  context: BillingContext,
  onFailure: OnFailure,
  by?: Actor,
): Promise<{ readonly settled: readonly JobRef[]; readonly failed: readonly JobRef[] }> => {
  const settled: JobRef[] = [];
  const failed: JobRef[] = [];
  // The whole list first: a job parked later may need tariffs newer than the cached ones.
  const jobs = await Array.fromAsync(context.store.parkedJobs());
  if (by && jobs.length > 0) {
    const detail = jobs
      .slice(0, 20)
      .map(({ projectId, jobId }) => `${jobId} of ${projectId}`)
      .join(', ');
    await context.store.logAction(
      logged(context, by, 'redrive.begun', { target: `parked jobs: ${jobs.length}`, detail }),
    );
  }
  for (const parked of jobs) {
    const { projectId, jobId } = parked;
    const job = { projectId, jobId };
    try {
      await settle(context, job);
      await markBudgetsChanged(context, [job]);
      await context.store.unparkJob(parked);
      settled.push(job);
    } catch (error) {
      onFailure({ job, error });
      failed.push(job);
    }
  }
  return { settled, failed };
};
