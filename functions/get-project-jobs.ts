import { ok } from '../lib/http/answers.ts';
import { cursorParameter, limitParameter, toCursor } from '../lib/http/parameters.ts';
import { readFunction, requestedMonth, visibleProject } from '../lib/http/read-function.ts';
import { readProjectJobs } from '../lib/operations/reads/read-usage.ts';

/** GET /v1/projects/{projectId}/jobs?month=: jobs with charges in a month. */
export const handler = readFunction(async (read) => {
  const { query } = read.request;
  const page = { limit: limitParameter(query.limit), afterJobId: cursorParameter(query.cursor, 1)?.[0] };
  const { next, ...jobs } = await readProjectJobs(
    read.context,
    visibleProject(read),
    requestedMonth(read),
    read.now,
    page,
  );
  return ok({ ...jobs, ...(next && { next: toCursor([next]) }) });
});
