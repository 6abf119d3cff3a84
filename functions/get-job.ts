import { jobAnswer } from '../lib/http/job-answer.ts';
import { idParameter, notFound } from '../lib/http/parameters.ts';
import { readFunction, visibleProject } from '../lib/http/read-function.ts';
import { readJob } from '../lib/operations/reads/read-job.ts';

/** GET /v1/projects/{projectId}/jobs/{jobId}: a job's lifecycle, charges and cost so far. */
export const handler = readFunction('getJob', async (read) => {
  const projectId = visibleProject(read);
  const jobId = idParameter(read.request.pathParameters.jobId);
  const job = await readJob(read.context, { projectId, jobId }, read.now);
  if (!job) throw notFound();
  return jobAnswer(job);
});
