import { readExportConfig } from '../lib/config.ts';
import { focusCsv } from '../lib/export/focus-csv.ts';
import { statementPage } from '../lib/export/statement-html.ts';
import { download, type HttpAnswer, htmlAnswer, ok } from '../lib/http/answers.ts';
import { csvAnswer, MAX_CHARGES, wholeOf } from '../lib/http/csv-answer.ts';
import { frozen, revalidated } from '../lib/http/etags.ts';
import { negotiateFormat, varying } from '../lib/http/formats.ts';
import type { HttpRequest } from '../lib/http/http-request.ts';
import { wordParameter } from '../lib/http/parameters.ts';
import { pathMonth, readFunction, visibleProject } from '../lib/http/read-function.ts';
import type { BillingContext } from '../lib/operations/billing-context.ts';
import { readJobStatuses } from '../lib/operations/reads/job-statuses.ts';
import { readStatement, readStatementCharges } from '../lib/operations/reads/read-statements.ts';
import { previewStatement } from '../lib/operations/statements/preview-statement.ts';

type StatementKey = readonly [context: BillingContext, projectId: string, month: string];

const parties = readExportConfig();

const ROWS = {
  charges: async (key: StatementKey) => {
    const { charges } = wholeOf(await readStatementCharges(...key, { limit: MAX_CHARGES }));
    const [context, projectId] = key;
    const statuses = await readJobStatuses(context, projectId, charges);
    return focusCsv(parties, await readStatement(...key), charges, statuses);
  },
  lines: async (key: StatementKey) => focusCsv(parties, await readStatement(...key)),
};

const FORMATS = {
  json: 'application/json',
  html: 'text/html',
  csv: 'text/csv',
  pdf: 'application/pdf',
};

/** Most requests need no PDF library. */
const pdfOf = async (key: StatementKey) => {
  const { statementPdf } = await import('../lib/export/statement-pdf.ts');
  return statementPdf(parties.invoiceIssuer, await readStatement(...key));
};

/** It may change at any time, so it has no tag and is not kept. */
const previewAnswer = async (request: HttpRequest, key: StatementKey): Promise<HttpAnswer> => {
  negotiateFormat(request, { json: FORMATS.json });
  return ok(await previewStatement(...key));
};

/**
 * GET /v1/projects/{projectId}/statements/{month}: a statement as JSON, HTML, FOCUS CSV or PDF; or
 * what it would be if it was issued now, as JSON.
 */
export const handler = readFunction('getStatement', async (read) => {
  const key: StatementKey = [read.context, visibleProject(read), pathMonth(read)];
  const isPreview = wordParameter('preview', read.query.preview, ['false', 'true']) === 'true';
  if (isPreview) return previewAnswer(read.request, key);
  const rows = wordParameter('rows', read.query.rows, ['charges', 'lines']);
  const [, projectId, month] = key;
  const answers = {
    json: async () => ok(await readStatement(...key)),
    html: async () => htmlAnswer(statementPage(parties.invoiceIssuer, await readStatement(...key))),
    csv: async () => csvAnswer(`statement-${projectId}-${month}`, await ROWS[rows](key)),
    pdf: async () => download(`statement-${projectId}-${month}.pdf`, FORMATS.pdf, await pdfOf(key)),
  };
  const format = negotiateFormat(read.request, FORMATS);
  const answer = varying(await answers[format]());
  // The status of a job can change, all else is frozen.
  return format === 'csv' && rows === 'charges'
    ? revalidated(read.request, answer)
    : frozen(read.request, answer);
});
