import { ndjson, ok } from '../lib/http/answers.ts';
import { negotiateFormat, nextLink, varying } from '../lib/http/formats.ts';
import { cursorParameter, limitParameter, toCursor } from '../lib/http/parameters.ts';
import { pathMonth, readFunction, visibleProject } from '../lib/http/read-function.ts';
import { readStatementCharges } from '../lib/operations/reads/read-statements.ts';

const FORMATS = { json: 'application/json', ndjson: 'application/x-ndjson' };

/** GET /v1/projects/{projectId}/statements/{month}/charges: the billed charges, JSON or NDJSON. */
export const handler = readFunction('getStatementCharges', async (read) => {
  const { query } = read;
  const page = { limit: limitParameter(query.limit), after: cursorParameter(query.cursor, 3) };
  const projectId = visibleProject(read);
  const month = pathMonth(read);
  const format = negotiateFormat(read.request, FORMATS);
  const { next, ...content } = await readStatementCharges(read.context, projectId, month, page);
  const cursor = next && toCursor(next);
  const answers = {
    json: () => ok({ ...content, ...(cursor !== undefined && { next: cursor }) }),
    ndjson: () => ndjson(content.charges, nextLink(query, cursor)),
  };
  return varying(answers[format]());
});
