import type { ProjectJobs, Usage } from '../../lib/shapes/usage.ts';
import { paths } from '../api.ts';
import { grouped } from '../money.ts';
import { useRead } from '../use-answer.ts';
import { Fact } from './fact.tsx';
import { JobLink } from './job-link.tsx';

/** Nothing while it is loading, or if no job costs anything. */
export const MostExpensiveJob = ({
  usage: { projectId, month },
  freshMs,
}: {
  readonly usage: Usage;
  readonly freshMs: number;
}) => {
  const dearest = useRead<ProjectJobs>(
    paths.jobs(projectId, month, { sort: 'cost', limit: '1' }),
    () => freshMs,
  );
  const job = dearest.state === 'ready' ? dearest.value.jobs[0] : undefined;
  if (!job || Number(job.cost) === 0) return null;
  return (
    <Fact class="figure" name="Most expensive job" hint={`${grouped(job.cost)} ${job.currency}`}>
      <JobLink projectId={projectId} jobId={job.jobId} />
    </Fact>
  );
};
