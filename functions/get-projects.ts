import { ok } from '../lib/http/answers.ts';
import { cursorParameter, limitParameter, toCursor, wordParameter } from '../lib/http/parameters.ts';
import { readFunction, requestedMonth } from '../lib/http/read-function.ts';
import { readProjects } from '../lib/operations/reads/project-totals.ts';

/** GET /v1/projects?month=: the projects the token may see. */
export const handler = readFunction('getProjects', async (read) => {
  const { query } = read;
  const page = {
    totals: wordParameter('totals', query.totals, ['false', 'true']) === 'true',
    limit: limitParameter(query.limit),
    after: cursorParameter(query.cursor, 1)?.[0],
  };
  const { next, ...projects } = await readProjects(
    read.context,
    read.grant.projects,
    requestedMonth(read),
    read.now,
    page,
  );
  return ok({ ...projects, ...(next && { next: toCursor([next]) }) });
});
