import * as v from 'valibot';
import { STATUSES } from '../../billing/statuses.ts';
import { JOB_SORTS, ORDERS } from '../../operations/reads/job-order.ts';
import { MAX_TOTALS } from '../../operations/reads/project-totals.ts';
import { RETRACTION_TYPE, STATUS_TYPE } from '../../shapes/event.ts';
import { Id, Month } from '../../shapes/fields.ts';
import { MAX_CHARGES } from '../csv-answer.ts';
import { MAX_LINES } from '../lines-page.ts';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../parameters.ts';
import { ATTRIBUTES, inlineSchema } from './schemas.ts';
import type { Parameter } from './types.ts';

const inPath = (name: string, description: string, schema: v.GenericSchema, example: string): Parameter => ({
  name,
  in: 'path',
  description,
  required: true,
  schema: inlineSchema(schema),
  example,
});

export const PROJECT_ID = inPath('projectId', 'The project.', Id, 'proj-1');
export const JOB_ID = inPath('jobId', 'The job.', Id, 'job-gpu');
export const BUDGET_NAME = inPath('name', 'The name of the budget.', Id, 'monthly');
export const PATH_MONTH = inPath('month', 'The month of the statement, `YYYY-MM`.', Month, '2026-10');

export const QUERY_MONTH: Parameter = {
  name: 'month',
  in: 'query',
  description: 'A month, `YYYY-MM`. Default: the current month in the billing time zone.',
  schema: inlineSchema(Month),
  example: '2026-11',
};

export const IF_MATCH: Parameter = {
  name: 'if-match',
  in: 'header',
  description: 'The `etag` of the content that the caller has read: only that is changed.',
  schema: { type: 'string' },
};

export const IF_NONE_MATCH: Parameter = {
  name: 'if-none-match',
  in: 'header',
  description: '`*`: only makes what does not exist, and changes nothing that does.',
  schema: { type: 'string' },
};

/** Parameters of every paged list. */
export const PAGING: readonly Parameter[] = [
  {
    name: 'limit',
    in: 'query',
    description: 'Maximum number of entries. A page whose entries are very large has fewer, and a `next`.',
    schema: {
      ...inlineSchema(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_LIMIT))),
      default: DEFAULT_LIMIT,
    },
  },
  {
    name: 'cursor',
    in: 'query',
    description: '`next` of the previous page. Default: the first page.',
    schema: { type: 'string' },
  },
];

/** Pages of a statement: of lines as JSON, of charges or lines as CSV. */
export const STATEMENT_PAGING: readonly Parameter[] = [
  {
    name: 'limit',
    in: 'query',
    description: `Maximum number of lines (at most, and by default, ${MAX_LINES.toLocaleString('en')}), or as CSV of charges (at most ${MAX_CHARGES.toLocaleString('en')}). CSV comes in pages only where this is stated.`,
    schema: inlineSchema(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_CHARGES))),
  },
  {
    name: 'cursor',
    in: 'query',
    description: '`next` of the previous page, or the cursor in its Link header. Default: the first page.',
    schema: { type: 'string' },
  },
];

/** The format parameter; the media types of the response are those for `accept`. */
export const formatParameter = (...formats: readonly string[]): Parameter => ({
  name: 'format',
  in: 'query',
  description: 'The format of the response. Takes precedence over `accept`; by default JSON.',
  schema: { type: 'string', enum: formats },
});

export const ROWS: Parameter = {
  name: 'rows',
  in: 'query',
  description:
    'Rows of the CSV: charges, or lines of the statement. What is too large for one response is refused without `limit`.',
  schema: { type: 'string', enum: ['charges', 'lines'], default: 'charges' },
};

export const PREVIEW: Parameter = {
  name: 'preview',
  in: 'query',
  description:
    '`true` reads what would be issued now, as JSON only; nothing is written. Only for the first month that has ended and is not closed.',
  schema: { type: 'string', enum: ['true', 'false'], default: 'false' },
};

const exportMonth = (name: string, description: string): Parameter => ({
  name,
  in: 'query',
  description,
  schema: inlineSchema(Month),
  example: '2026-10',
});

/** Months and format of an export. */
export const EXPORT: readonly Parameter[] = [
  { ...exportMonth('from', 'The first month, `YYYY-MM`.'), required: true },
  exportMonth('to', 'The last month. Default: the first.'),
  {
    name: 'format',
    in: 'query',
    description: '`csv` has columns in plain words; `focus` (CSV) and `parquet` those of FOCUS 1.2.',
    schema: { type: 'string', enum: ['csv', 'focus', 'parquet'], default: 'csv' },
  },
];

const BINARY_MODE = 'Required in binary mode, and only used there; percent-encoded.';

const attribute = (
  name: keyof typeof ATTRIBUTES,
  description: string,
  schema = ATTRIBUTES[name],
): Parameter => ({
  name: `ce-${name}`,
  in: 'header',
  description: `${description} ${BINARY_MODE}`,
  schema: inlineSchema(schema as v.GenericSchema),
});

/** The attributes of an event in binary mode. */
export const EVENT_HEADERS: readonly Parameter[] = [
  attribute('specversion', 'The version of CloudEvents.'),
  {
    ...attribute('type', 'The kind of event.'),
    schema: inlineSchema(v.picklist([STATUS_TYPE, RETRACTION_TYPE])),
  },
  attribute('source', 'The system that reports.'),
  attribute('id', 'The id of the event, unique within its source.'),
  attribute('subject', 'The job.'),
  attribute('time', 'Time of the event.'),
];

const query = (name: string, description: string, schema: Parameter['schema']): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});

export const GROUP_BY = query(
  'groupBy',
  'Adds `groups`, which sum to `total`: `flavor`, `job`, `status` (the latest of each job), or `label:` and the key of a label. At most 10,000 groups and 6 MB, by status at most 10,000 jobs.',
  { type: 'string' },
);

export const TOTALS = query(
  'totals',
  `\`true\` adds \`totals\` of the projects of the page, which has at most ${MAX_TOTALS} then.`,
  { type: 'string', enum: ['true', 'false'], default: 'false' },
);

/** Conditions and order of a list of jobs. All conditions must hold. */
export const JOB_FILTERS: readonly Parameter[] = [
  query(
    'sort',
    'What jobs are sorted by; those of equal cost, start or minutes by id. But by id, what runs is counted up to the time of the first page on all pages.',
    {
      type: 'string',
      enum: JOB_SORTS,
      default: JOB_SORTS[0],
    },
  ),
  query('order', 'Default: `desc` by cost and minutes, `asc` by id and start.', {
    type: 'string',
    enum: ORDERS,
  }),
  query('label', 'Jobs with this label: its key, a colon and its value, like `team:vision`.', {
    type: 'string',
  }),
  query(
    'status',
    `Jobs whose latest status is one of these, separated by commas: ${STATUSES.join(', ')}. At most 1,000 jobs are examined for a page, so a page may be short, or empty, and have a \`next\`.`,
    { type: 'string' },
  ),
  query('flavor', 'Jobs that used this flavor in the month.', inlineSchema(Id)),
  query('q', 'Jobs with this in their id, in upper or lower case.', inlineSchema(Id)),
];
