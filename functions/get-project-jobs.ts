import { ok } from '../lib/http/answers.ts';
import { jobsParameters } from '../lib/http/job-parameters.ts';
import { toCursor } from '../lib/http/parameters.ts';
import { readFunction, requestedMonth, visibleProject } from '../lib/http/read-function.ts';
import { readProjectJobs } from '../lib/operations/reads/read-project-jobs.ts';

/** GET /v1/projects/{projectId}/jobs?month=: jobs with charges in a month. */
export const handler = readFunction(async (read) => {
  const { next, ...jobs } = await readProjectJobs(
    read.context,
    visibleProject(read),
    requestedMonth(read),
    read.now,
    jobsParameters(read.request.query),
  );
  return ok({ ...jobs, ...(next && { next: toCursor(next) }) });
});
