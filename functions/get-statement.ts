import { focusCsv } from '../lib/export/focus-csv.ts';
import { statementPage } from '../lib/export/statement-html.ts';
import { htmlAnswer, ok } from '../lib/http/answers.ts';
import { csvAnswer, MAX_CHARGES, wholeOf } from '../lib/http/csv-answer.ts';
import { negotiateFormat, varying } from '../lib/http/formats.ts';
import { wordParameter } from '../lib/http/parameters.ts';
import { pathMonth, readFunction, visibleProject } from '../lib/http/read-function.ts';
import type { BillingContext } from '../lib/operations/billing-context.ts';
import { readStatement, readStatementCharges } from '../lib/operations/reads/read-statements.ts';

type StatementKey = readonly [context: BillingContext, projectId: string, month: string];

const ROWS = {
  charges: async (key: StatementKey) => {
    const { charges } = wholeOf(await readStatementCharges(...key, { limit: MAX_CHARGES }));
    return focusCsv(await readStatement(...key), charges);
  },
  lines: async (key: StatementKey) => focusCsv(await readStatement(...key)),
};

const FORMATS = { json: 'application/json', html: 'text/html', csv: 'text/csv' };

/** GET /v1/projects/{projectId}/statements/{month}: a statement as JSON, HTML or FOCUS CSV. */
export const handler = readFunction('getStatement', async (read) => {
  const key: StatementKey = [read.context, visibleProject(read), pathMonth(read)];
  const rows = wordParameter('rows', read.query.rows, ['charges', 'lines']);
  const [, projectId, month] = key;
  const answers = {
    json: async () => ok(await readStatement(...key)),
    html: async () => htmlAnswer(statementPage(await readStatement(...key))),
    csv: async () => csvAnswer(`statement-${projectId}-${month}`, await ROWS[rows](key)),
  };
  return varying(await answers[negotiateFormat(read.request, FORMATS)]());
});
