import pLimit from 'p-limit';
import { readLifecycle } from '../../billing/lifecycle.ts';
import type { JobStatuses } from '../../billing/statuses.ts';
import type { BillingContext } from '../billing-context.ts';

/** Logs of jobs read at once. */
const READ_AT_ONCE = 16;

/** The latest status of each job of the charges; none of a job without one. */
export const readJobStatuses = async (
  { store }: Pick<BillingContext, 'store'>,
  projectId: string,
  charges: Iterable<{ readonly jobId: string }>,
): Promise<JobStatuses> => {
  const limit = pLimit(READ_AT_ONCE);
  const jobIds = new Set(Iterator.from(charges).map(({ jobId }) => jobId));
  const statuses = await limit.map([...jobIds], async (jobId) => {
    const { status } = readLifecycle(await store.readFacts({ projectId, jobId }));
    return status ? [[jobId, status] as const] : [];
  });
  return new Map(statuses.flat());
};
