import type { Job } from '../../lib/shapes/job.ts';
import { paths } from '../api.ts';
import { SETTLED_MS, useRead } from '../use-answer.ts';

/** Why a statement takes back what was billed for a job: the reasons of its retractions. */
export const TakenBackReason = ({
  projectId,
  jobId,
  month,
}: {
  readonly projectId: string;
  readonly jobId: string;
  /** Of the statement. */
  readonly month: string;
}) => {
  const job = useRead<Job>(paths.job(projectId, jobId), () => SETTLED_MS);
  if (job.state !== 'ready') return null;
  const { billed = [] } = job.value;
  const retractions = billed
    .filter((one) => one.month === month)
    .flatMap(({ retractions = [] }) => retractions);
  const reasons = [...new Set(retractions.map(({ reason }) => `“${reason}”`))];
  return reasons.length === 0 ? null : <p class="hint">Its run was taken back: {reasons.join(', ')}.</p>;
};
