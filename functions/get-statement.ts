import { readExportConfig } from '../lib/config.ts';
import { FOCUS_HEADER, focusCsv } from '../lib/export/focus-csv.ts';
import { createFocusPages } from '../lib/export/focus-pages.ts';
import { statementPage } from '../lib/export/statement-html.ts';
import { download, type HttpAnswer, htmlAnswer, ok } from '../lib/http/answers.ts';
import { csvPageAnswer, MAX_CHARGES } from '../lib/http/csv-answer.ts';
import { frozen, revalidated } from '../lib/http/etags.ts';
import { negotiateFormat, varying } from '../lib/http/formats.ts';
import { linesPage, refusePages } from '../lib/http/lines-page.ts';
import {
  cursorParameter,
  invalidCursor,
  limitParameter,
  toCursor,
  wordParameter,
} from '../lib/http/parameters.ts';
import { pathMonth, type Read, readFunction, visibleProject } from '../lib/http/read-function.ts';
import { readJobStatuses } from '../lib/operations/reads/job-statuses.ts';
import { readStatement, readStatementWithCharges } from '../lib/operations/reads/read-statements.ts';
import { previewStatement } from '../lib/operations/statements/preview-statement.ts';

type StatementRead = Read<'getStatement'>;

const parties = readExportConfig();
const focusPage = createFocusPages(parties);

const keyOf = (read: StatementRead) => [read.context, visibleProject(read), pathMonth(read)] as const;

/** A page of the CSV of each kind of rows. Together the pages are the file. */
const ROWS = {
  charges: async (read: StatementRead) => {
    const { query, context } = read;
    const after = cursorParameter(query.cursor, 3);
    const limit = limitParameter(query.limit, MAX_CHARGES, MAX_CHARGES);
    const statement = await readStatementWithCharges(...keyOf(read));
    const { projectId } = statement.statement;
    const page = await focusPage(statement, (charges) => readJobStatuses(context, projectId, charges), {
      after,
      limit,
    });
    if (!page) throw invalidCursor();
    return { csv: page.csv, ...(page.next && { next: toCursor(page.next) }) };
  },
  lines: async (read: StatementRead) => {
    const { next, ...page } = linesPage(await readStatement(...keyOf(read)), read.query);
    const csv = focusCsv(parties, page);
    return {
      csv: read.query.cursor === undefined ? csv : csv.slice(FOCUS_HEADER.length),
      ...(next !== undefined && { next }),
    };
  },
};

const FORMATS = {
  json: 'application/json',
  html: 'text/html',
  csv: 'text/csv',
  pdf: 'application/pdf',
};

/** Most requests need no PDF library. */
const pdfOf = async (read: StatementRead) => {
  const { statementPdf } = await import('../lib/export/statement-pdf.ts');
  return statementPdf(parties.invoiceIssuer, await readStatement(...keyOf(read)));
};

/** It may change at any time, so it has no tag and is not kept. */
const previewAnswer = async (read: StatementRead): Promise<HttpAnswer> => {
  negotiateFormat(read.request, { json: FORMATS.json });
  return ok(linesPage(await previewStatement(...keyOf(read)), read.query));
};

/**
 * GET /v1/projects/{projectId}/statements/{month}: a statement as JSON, HTML, FOCUS CSV or PDF; or
 * what it would be if it was issued now, as JSON.
 */
export const handler = readFunction('getStatement', async (read) => {
  const [, projectId, month] = keyOf(read);
  const { query } = read;
  const name = `statement-${projectId}-${month}`;
  if (wordParameter('preview', query.preview, ['false', 'true']) === 'true') return previewAnswer(read);
  const rows = wordParameter('rows', query.rows, ['charges', 'lines']);
  const format = negotiateFormat(read.request, FORMATS);
  if (format === 'html' || format === 'pdf') refusePages(query, format);
  const answers = {
    json: async () => ok(linesPage(await readStatement(...keyOf(read)), query)),
    html: async () => htmlAnswer(statementPage(parties.invoiceIssuer, await readStatement(...keyOf(read)))),
    csv: async () => csvPageAnswer(name, query, await ROWS[rows](read)),
    pdf: async () => download(`${name}.pdf`, FORMATS.pdf, await pdfOf(read)),
  };
  const answer = varying(await answers[format]());
  // The status of a job can change, all else is frozen.
  return format === 'csv' && rows === 'charges'
    ? revalidated(read.request, answer)
    : frozen(read.request, answer);
});
