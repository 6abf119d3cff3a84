import { IF_NONE_MATCH, KEPT_HEADERS, NOT_MODIFIED } from './caching.ts';
import { STATEMENT_PREVIEW } from './draft-examples.ts';
import {
  BEING_COMPUTED,
  JOB,
  LARGE_USAGE,
  NO_TOKEN,
  NOT_FOUND,
  ODD_MONTH,
  PROJECT_JOBS,
  PROJECTS,
  RECONCILIATION,
  STATEMENT,
  STATEMENT_CHARGES,
  STATEMENTS,
  USAGE,
} from './examples.ts';
import {
  EXPORT,
  formatParameter,
  GROUP_BY,
  JOB_FILTERS,
  JOB_ID,
  PAGING,
  PATH_MONTH,
  PREVIEW,
  PROJECT_ID,
  QUERY_MONTH,
  ROWS,
  STATEMENT_PAGING,
  TOTALS,
} from './parameters.ts';
import { GATEWAY_RESPONSES, type Problems, problemResponses, WWW_AUTHENTICATE } from './problems.ts';
import { type SchemaName, schemaRef } from './schemas.ts';
import type { Content, Operation, Parameter, Response } from './types.ts';

/** No valid token, or one without the scope. */
export const UNAUTHENTICATED: Problems = {
  unauthenticated: {
    description: 'No valid token.',
    headers: WWW_AUTHENTICATE,
    examples: { token: { summary: 'No token', value: NO_TOKEN } },
  },
  forbidden: {},
};

/** What the token may not see. */
export const UNSEEN: Problems = {
  'not-found': { examples: { unseen: { summary: 'Not found', value: NOT_FOUND } } },
};

const INVALID: Problems = {
  invalid: {
    description: 'A parameter is invalid, or unknown: see `errors`.',
    examples: { month: { summary: 'Invalid month', value: ODD_MONTH } },
  },
};

/** A large month without a snapshot. */
const BEING_ADDED_UP: Problems = {
  unavailable: {
    examples: { large: { summary: 'A large month without a snapshot', value: BEING_COMPUTED } },
  },
};

const NOT_ACCEPTABLE: Problems = { 'not-acceptable': {} };

/** Problems of a read, by its parameters. */
const problemsOf = (parameters: readonly Parameter[]): Problems => ({
  ...UNAUTHENTICATED,
  ...(parameters.some(({ name }) => name.endsWith('Id')) && UNSEEN),
  // Any unknown parameter is invalid.
  ...INVALID,
});

const DOWNLOAD: Response['headers'] = {
  'content-disposition': {
    description: 'CSV and PDF only: download as a file with this name.',
    required: false,
    schema: { type: 'string' },
  },
};

interface Read extends Pick<Operation, 'operationId' | 'summary' | 'description'> {
  readonly tag: string;
  readonly parameters: readonly Parameter[];
  /** Description of the 200 response. */
  readonly answer: string;
  readonly headers?: Response['headers'];
  readonly content: Content;
  readonly problems?: Problems;
  /** Whether the answer has a tag and may be kept. */
  readonly kept?: true;
}

/** A JSON body with an example. */
export const json = (name: SchemaName, summary: string, value: unknown): Content => ({
  'application/json': { schema: schemaRef(name), examples: { example: { summary, value } } },
});

/** A read with a token, and its answers. */
export const read = ({
  tag,
  answer,
  headers,
  content,
  problems,
  parameters,
  kept,
  ...texts
}: Read): Operation => ({
  ...texts,
  tags: [tag],
  security: [{ bearerToken: [] }],
  parameters: kept ? [...parameters, IF_NONE_MATCH] : parameters,
  responses: {
    '200': {
      description: answer,
      ...((headers ?? kept) && { headers: { ...(kept && KEPT_HEADERS), ...headers } }),
      content,
    },
    ...(kept && { '304': NOT_MODIFIED }),
    ...problemResponses({ ...problemsOf(parameters), ...problems }),
    ...GATEWAY_RESPONSES,
  },
});

export const GET_PROJECTS = read({
  operationId: 'getProjects',
  tag: 'Usage',
  summary: 'List projects',
  description:
    'The projects the token may see, page by page. For a token of all projects those with usage in the month, running jobs that began earlier included.',
  parameters: [QUERY_MONTH, TOTALS, ...PAGING],
  answer: 'One page of projects.',
  content: json('Projects', 'A token of one project', PROJECTS),
});

export const GET_USAGE = read({
  operationId: 'getUsage',
  tag: 'Usage',
  summary: 'Read usage',
  description:
    'Usage of a project in a month so far, with running jobs up to `asOf`, a forecast of the current month, and what is due for closed months. A month without usage returns an empty usage. Amounts are final only in the statement of the month.',
  parameters: [PROJECT_ID, QUERY_MONTH, GROUP_BY],
  answer: 'The usage of the month.',
  content: {
    'application/json': {
      schema: schemaRef('Usage'),
      examples: {
        example: { summary: 'A job that has run for ten seconds', value: USAGE },
        large: { summary: 'A month with many charges, from its last snapshot', value: LARGE_USAGE },
      },
    },
  },
  problems: BEING_ADDED_UP,
});

export const GET_PROJECT_JOBS = read({
  operationId: 'getProjectJobs',
  tag: 'Jobs',
  summary: 'List jobs',
  description: 'The jobs with charges in a month, page by page, with their usage in that month.',
  parameters: [PROJECT_ID, QUERY_MONTH, ...JOB_FILTERS, ...PAGING, formatParameter('json', 'csv')],
  answer: 'One page of jobs, or all of them as CSV.',
  headers: DOWNLOAD,
  content: {
    ...json('ProjectJobs', 'One job', PROJECT_JOBS),
    'text/csv': {
      schema: {
        type: 'string',
        description:
          'All jobs of the list, at most 10,000 before `status` and 6 MB, in which quotes, backslashes and line ends count twice, with a header row. Takes no `limit` and no `cursor`.',
      },
    },
  },
  problems: { ...NOT_ACCEPTABLE, ...BEING_ADDED_UP },
});

export const GET_JOB = read({
  operationId: 'getJob',
  tag: 'Jobs',
  summary: 'Read a job',
  description:
    'A job with its lifecycle, its billable time, each charge with the events that opened and ended it, and its cost so far. Of each list the latest 1,000 entries are listed, fewer where their texts are so long that they would not fit, and members like `moreTransitions` say how many others there are; cost, status and all other figures are of all of them. `jobmeter job` lists all.',
  parameters: [PROJECT_ID, JOB_ID],
  answer: 'The job.',
  content: json('Job', 'A job that ran over a month end', JOB),
});

export const GET_STATEMENTS = read({
  operationId: 'getStatements',
  tag: 'Statements',
  summary: 'List statements',
  description: 'The statements of a project, latest first.',
  parameters: [PROJECT_ID],
  answer: 'All statements.',
  content: json('Statements', 'Two months', STATEMENTS),
});

export const GET_STATEMENT = read({
  operationId: 'getStatement',
  tag: 'Statements',
  summary: 'Read a statement',
  description:
    'One statement, which never changes. Facts reported after the close become a `correction` on the next statement. `404` if there is none; `detail` gives the reason: the month is not closed yet, there was nothing to bill, nothing was used up to that month, or nothing of the project was ever charged. With `preview=true` what would be issued now, with its differences to the draft, if there is one. A statement of more lines than an answer has comes in pages: each has all other members, and `next` where lines follow. As HTML and PDF the first 2,000 lines are listed.',
  parameters: [
    ...[PROJECT_ID, PATH_MONTH, formatParameter('json', 'html', 'csv', 'pdf'), ROWS, PREVIEW],
    ...STATEMENT_PAGING,
  ],
  answer: 'The statement, in the requested format, or a preview, which has no tag.',
  headers: {
    ...DOWNLOAD,
    etag: { ...KEPT_HEADERS.etag, description: 'Absent of a preview.', required: false },
    link: {
      description: 'CSV only, if there is another page: its address, `rel="next"` (RFC 8288).',
      required: false,
      schema: { type: 'string' },
    },
  },
  content: {
    'application/json': {
      schema: { oneOf: [schemaRef('Statement'), schemaRef('StatementPreview')] },
      examples: {
        example: { summary: 'With a correction of the previous month', value: STATEMENT },
        preview: { summary: 'A preview, and its draft', value: STATEMENT_PREVIEW },
      },
    },
    'text/html': { schema: { type: 'string', description: 'A printable page.' } },
    'text/csv': { schema: { type: 'string', description: 'FOCUS 1.2. The first page has a header row.' } },
    'application/pdf': { schema: { description: 'The printable page as a tagged PDF.' } },
  },
  problems: {
    ...NOT_ACCEPTABLE,
    conflict: {
      description:
        'A preview of a statement that is issued: `statementId` names it. Or one that cannot be issued since the table is damaged: `detail` says what is missing, and what repairs it. Do not retry before.',
    },
  },
  kept: true,
});

export const GET_STATEMENT_CHARGES = read({
  operationId: 'getStatementCharges',
  tag: 'Statements',
  summary: 'Read the charges behind a statement',
  description:
    'The billed charges of a statement, page by page. If an earlier statement billed the same charge, `replaces` is what that one billed; the minutes of a line are those of its charges minus those they replace. `jobmeter verify` checks a statement against its charges. `retractions` are not part of the statement, and not in NDJSON.',
  parameters: [PROJECT_ID, PATH_MONTH, ...PAGING, formatParameter('json', 'ndjson')],
  answer: 'One page of billed charges, in the requested format.',
  headers: {
    link: {
      description: 'NDJSON only, if there is another page: its address, `rel="next"` (RFC 8288).',
      required: false,
      schema: { type: 'string' },
    },
  },
  content: {
    ...json('StatementCharges', 'One withdrawn, one new', STATEMENT_CHARGES),
    'application/x-ndjson': {
      schema: { ...schemaRef('BilledChargeRecord'), description: 'One billed charge per line.' },
    },
  },
  problems: NOT_ACCEPTABLE,
  kept: true,
});

export const GET_RECONCILIATION = read({
  operationId: 'getReconciliation',
  tag: 'Statements',
  summary: "Read a month compared with the provider's bill",
  description:
    "The provider's minutes and money beside those of jobmeter, by region and flavor, with what explains each difference down to jobs. `jobmeter reconcile --save` compares and saves it; the last comparison of the month is read. `404` if the month was not compared.",
  parameters: [PROJECT_ID, PATH_MONTH],
  answer: 'The comparison.',
  content: json('ProjectReconciliation', 'A stop that did not arrive', RECONCILIATION),
  kept: true,
});

export const GET_EXPORT = read({
  operationId: 'getExport',
  tag: 'Statements',
  summary: 'Export billed charges of several months',
  description:
    'The charges of all statements of a project within a range of months as one file, by month, job and start. A charge that corrects an earlier one is two rows: its reversal and itself. Their amounts sum to the totals of the statements. A month without a statement has no rows. At most 10,000 charges and 4 MB; `jobmeter export` writes any number.',
  parameters: [PROJECT_ID, ...EXPORT],
  answer: 'The file.',
  headers: {
    'content-disposition': {
      description: 'Download as a file with this name.',
      required: true,
      schema: { type: 'string' },
    },
  },
  content: {
    'text/csv': { schema: { type: 'string', description: 'One charge a line, after a header.' } },
    'application/vnd.apache.parquet': {
      schema: { description: 'FOCUS 1.2: amounts are decimals, times are timestamps.' },
    },
  },
});
