import { canonicalJson } from '../lib/canonical-json.ts';
import { ndjson, ok, withFittingList } from '../lib/http/answers.ts';
import { frozen, revalidated } from '../lib/http/etags.ts';
import { negotiateFormat, nextLink, varying } from '../lib/http/formats.ts';
import { cursorParameter, limitParameter, toCursor } from '../lib/http/parameters.ts';
import { pathMonth, readFunction, visibleProject } from '../lib/http/read-function.ts';
import { readStatementCharges } from '../lib/operations/reads/read-statements.ts';
import { readStatementRetractions } from '../lib/operations/reads/statement-retractions.ts';

const FORMATS = { json: 'application/json', ndjson: 'application/x-ndjson' };

/** GET /v1/projects/{projectId}/statements/{month}/charges: the billed charges, JSON or NDJSON. */
export const handler = readFunction('getStatementCharges', async (read) => {
  const { query, request, context } = read;
  const most = limitParameter(query.limit);
  const after = cursorParameter(query.cursor, 3);
  const of = [context, visibleProject(read), pathMonth(read)] as const;
  const answers = {
    json: async (limit: number) => {
      const { next, ...content } = await readStatementCharges(...of, { limit, after });
      const retractions = await readStatementRetractions(context, content);
      return ok({
        ...content,
        ...(retractions.length > 0 && { retractions }),
        ...(next && { next: toCursor(next) }),
      });
    },
    ndjson: async (limit: number) => {
      const { next, charges } = await readStatementCharges(...of, { limit, after });
      return ndjson(charges.map(canonicalJson), nextLink(query, next && toCursor(next)));
    },
  };
  const format = negotiateFormat(request, FORMATS);
  const answer = varying(await withFittingList(most, answers[format]));
  // More retractions of the same events may be reported at any time; NDJSON has none.
  return format === 'json' ? revalidated(request, answer) : frozen(request, answer);
});
