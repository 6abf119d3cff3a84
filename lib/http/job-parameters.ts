import { STATUSES, type Status } from '../billing/statuses.ts';
import { JOB_SORTS, type JobOrder, ORDERS, USUAL_ORDER } from '../operations/reads/job-order.ts';
import { isStoredOrder, type JobsPage } from '../operations/reads/read-project-jobs.ts';
import { GROUPING_RULE, type Grouping, parseGrouping } from '../operations/reads/usage-groups.ts';
import type { Refusal } from '../refusal.ts';
import { ID, ID_RULE, isLabelKey } from '../validation.ts';
import { cursorParameter, invalid, invalidCursor, limitParameter, wordParameter } from './parameters.ts';
import type { QueryOf } from './read-queries.ts';

/** What to group usage by, if anything. */
export const groupingParameter = (value: string | undefined): Grouping | undefined => {
  if (value === undefined) return undefined;
  const grouping = parseGrouping(value);
  if (!grouping) throw invalid('groupBy', GROUPING_RULE);
  return grouping;
};

/** Fewer groups than the most there may be, with long values. */
export const tooLargeGroups = (): Refusal =>
  invalid('groupBy', 'must make fewer groups: these are too large for one response. Read the jobs instead');

const labelParameter = (value: string | undefined): JobsPage['label'] => {
  if (value === undefined) return undefined;
  const colon = value.indexOf(':');
  const key = value.slice(0, colon);
  if (colon === -1 || !isLabelKey(key))
    throw invalid('label', 'must be the key of a label, a colon and its value');
  return { key, value: value.slice(colon + 1) };
};

/** Statuses, separated by commas. */
const statusesParameter = (value: string | undefined): Status[] | undefined =>
  value?.split(',').map((text) => {
    const status = STATUSES.find((known) => known === text);
    if (status === undefined)
      throw invalid('status', `must be of ${STATUSES.join(', ')}, separated by commas`);
    return status;
  });

const idPart = (name: string, value: string | undefined): string | undefined => {
  if (value !== undefined && !ID.test(value)) throw invalid(name, ID_RULE);
  return value;
};

/** The position after which a page begins: a job, or a time, what is sorted by, and a job. */
const afterParameter = (value: string | undefined, order: JobOrder): JobsPage['after'] => {
  const after = cursorParameter(value, isStoredOrder(order) ? 1 : 3);
  if (after?.slice(0, -1).some((number) => !/^\d+$/.test(number))) throw invalidCursor();
  return after;
};

type Query = QueryOf<'getProjectJobs'>;

/** Which jobs are listed, and in which order. */
const listParameters = (query: Query) => {
  const sort = wordParameter('sort', query.sort, JOB_SORTS);
  return {
    sort,
    order: wordParameter('order', query.order ?? USUAL_ORDER[sort], ORDERS),
    idPart: idPart('q', query.q),
    flavor: idPart('flavor', query.flavor),
    label: labelParameter(query.label),
    statuses: statusesParameter(query.status),
  };
};

/** The same, and which page of them. */
export const jobsParameters = (query: Query): JobsPage => {
  const list = listParameters(query);
  return { ...list, limit: limitParameter(query.limit), after: afterParameter(query.cursor, list) };
};

/** The same as one document without pages. */
export const allJobsParameters = (query: Query): ReturnType<typeof listParameters> => {
  for (const name of ['limit', 'cursor'] as const)
    if (query[name] !== undefined) throw invalid(name, 'is for JSON: a CSV has all jobs of the list');
  return listParameters(query);
};

/** Jobs of one CSV, also those in other statuses than its own: the facts of each are read. */
export const MAX_CSV_JOBS = 10_000;

export const tooManyJobs = (): Refusal =>
  invalid(
    'format',
    `must be json for more than ${MAX_CSV_JOBS} jobs in any status or 6 MB, or the list shorter by q, label or flavor`,
  );
