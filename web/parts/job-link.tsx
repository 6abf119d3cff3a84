import { linkTo } from '../route.ts';

/** A job's id as a link to the job, or to one of its charges (by its start). */
export const JobLink = ({
  projectId,
  jobId,
  charge,
}: {
  readonly projectId: string;
  readonly jobId: string;
  readonly charge?: string;
}) => (
  <a class="id" href={linkTo({ view: 'job', projectId, jobId, ...(charge !== undefined && { charge }) })}>
    {jobId}
  </a>
);
