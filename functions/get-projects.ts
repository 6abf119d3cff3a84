import { ok } from '../lib/http/answers.ts';
import { cursorParameter, limitParameter, toCursor } from '../lib/http/parameters.ts';
import { readFunction, requestedMonth } from '../lib/http/read-function.ts';
import { listProjects } from '../lib/operations/reads/read-projects.ts';

/** GET /v1/projects?month=: the projects the token may see. */
export const handler = readFunction(async (read) => {
  const { query } = read.request;
  const page = { limit: limitParameter(query.limit), after: cursorParameter(query.cursor, 1)?.[0] };
  const { next, ...projects } = await listProjects(
    read.context,
    read.grant.projects,
    requestedMonth(read),
    read.now,
    page,
  );
  return ok({ ...projects, ...(next && { next: toCursor([next]) }) });
});
