import { ok } from '../lib/http/answers.ts';
import { cursorParameter, limitParameter, toCursor } from '../lib/http/parameters.ts';
import { pathMonth, readFunction, visibleProject } from '../lib/http/read-function.ts';
import { readStatementCharges } from '../lib/operations/read-statements.ts';

/** GET /v1/projects/{projectId}/statements/{month}/charges: the billed positions behind a statement's lines. */
export const handler = readFunction(async (read) => {
  const { query } = read.request;
  const page = { limit: limitParameter(query.limit), after: cursorParameter(query.cursor, 3) };
  const { next, ...charges } = await readStatementCharges(
    read.ledger,
    visibleProject(read),
    pathMonth(read),
    page,
  );
  return ok({ ...charges, ...(next && { next: toCursor(next) }) });
});
