import { ok } from '../lib/http/answers.ts';
import { idParameter, notFound } from '../lib/http/parameters.ts';
import { readFunction } from '../lib/http/read-function.ts';
import { sees } from '../lib/http/tokens.ts';
import { readJob } from '../lib/operations/reads/read-job.ts';

/** GET /v1/jobs/{jobId}: a job's lifecycle, charges and cost so far. */
export const handler = readFunction(async ({ request, grant, context, now }) => {
  const job = await readJob(context, idParameter(request.pathParameters.jobId), now);
  if (!job || !sees(grant, job.projectId)) throw notFound();
  return ok(job);
});
