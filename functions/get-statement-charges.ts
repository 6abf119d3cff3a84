import { ndjson, ok } from '../lib/http/answers.ts';
import { frozen, revalidated } from '../lib/http/etags.ts';
import { negotiateFormat, nextLink, varying } from '../lib/http/formats.ts';
import { cursorParameter, limitParameter, toCursor } from '../lib/http/parameters.ts';
import { pathMonth, readFunction, visibleProject } from '../lib/http/read-function.ts';
import { readStatementCharges } from '../lib/operations/reads/read-statements.ts';
import { readStatementRetractions } from '../lib/operations/reads/statement-retractions.ts';

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
  const { request, context } = read;
  const answers = {
    json: async () => {
      const retractions = await readStatementRetractions(context, content);
      const charges = ok({
        ...content,
        ...(retractions.length > 0 && { retractions }),
        ...(cursor !== undefined && { next: cursor }),
      });
      // More retractions of the same events may be reported at any time.
      return revalidated(request, varying(charges));
    },
    ndjson: async () => frozen(request, varying(ndjson(content.charges, nextLink(query, cursor)))),
  };
  return answers[format]();
});
