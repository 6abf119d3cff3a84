import assert from 'node:assert/strict';
import type { JobRef } from '../lib/billing/facts.ts';
import type { Connection } from '../lib/connect.ts';
import { closeMonths } from '../lib/operations/close/close-months.ts';
import { recordEvents } from '../lib/operations/record-events.ts';
import { type DeliveredFacts, settleJobs } from '../lib/operations/settle/settle-jobs.ts';
import { jobPartition } from '../lib/store/keys.ts';
import { createRandom } from '../simulation/random.ts';
import { arrivalOf, type Disorder, type Job, recordable } from './workload.ts';

export const IN_ORDER: Disorder = { duplicated: 0, reordered: 0 };

const fail = ({ error }: { readonly error: unknown }): never => {
  throw error;
};

/** Settles jobs as the stream function does, now or at another time; a failure ends the benchmark. */
export const settleAll = async (
  { openContext, now }: Connection,
  jobs: readonly JobRef[],
  delivered: DeliveredFacts = new Map(),
  at = now(),
): Promise<void> => {
  await settleJobs({ ...(await openContext('write')), now: () => at }, jobs, fail, delivered);
};

/**
 * Records each event in its own invocation and settles its job unless it was a duplicate, as the
 * stream would, in the month in which the job runs. `connectionOf` returns the process of each
 * invocation.
 */
export const playJobs = async (
  jobs: readonly Job[],
  disorder: Disorder,
  connectionOf: () => Connection,
  onProgress: (text: string) => void,
): Promise<void> => {
  const random = createRandom(1);
  for (const [index, job] of jobs.entries()) {
    onProgress(`job ${index + 1} of ${jobs.length}`);
    for (const fact of arrivalOf(job, disorder, random)) {
      const connection = connectionOf();
      const [result] = await recordEvents(connection.store, [recordable(fact)], connection.now());
      if (result?.outcome === 'recorded')
        await settleAll(connection, [job], new Map([[jobPartition(job), [fact]]]), fact.time);
    }
  }
};

/** Closes the month of the jobs; each of their projects must get a statement. */
export const closeMonthOf = async (
  { openContext }: Connection,
  jobs: readonly Job[],
  month: string,
): Promise<void> => {
  const closed = await closeMonths(await openContext('write'), { month });
  const projects = new Set(jobs.map(({ projectId }) => projectId)).size;
  assert.deepEqual(closed, [{ month, statements: projects }], 'every project has its statement');
};
