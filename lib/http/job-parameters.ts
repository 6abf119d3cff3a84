import { STATUSES, type Status } from '../billing/statuses.ts';
import type { JobsPage } from '../operations/reads/read-project-jobs.ts';
import { GROUPING_RULE, type Grouping, parseGrouping } from '../operations/reads/usage-groups.ts';
import { ID, ID_RULE, isLabelKey } from '../validation.ts';
import { cursorParameter, invalid, invalidCursor, limitParameter, wordParameter } from './parameters.ts';

type Query = Readonly<Record<string, string | undefined>>;

/** What to group usage by, if anything. */
export const groupingParameter = (value: string | undefined): Grouping | undefined => {
  if (value === undefined) return undefined;
  const grouping = parseGrouping(value);
  if (!grouping) throw invalid('groupBy', GROUPING_RULE);
  return grouping;
};

const labelParameter = (value: string | undefined): JobsPage['label'] => {
  if (value === undefined) return undefined;
  const colon = value.indexOf(':');
  const key = value.slice(0, colon);
  if (colon === -1 || !isLabelKey(key))
    throw invalid('label', 'must be the key of a label, a colon and its value');
  return { key, value: value.slice(colon + 1) };
};

const statusParameter = (value: string | undefined): Status | undefined => {
  if (value === undefined) return undefined;
  const status = STATUSES.find((known) => known === value);
  if (status === undefined) throw invalid('status', `must be one of ${STATUSES.join(', ')}`);
  return status;
};

const idPart = (name: string, value: string | undefined): string | undefined => {
  if (value !== undefined && !ID.test(value)) throw invalid(name, ID_RULE);
  return value;
};

/** The position after which a page begins: a job, or by cost a time, a cost and a job. */
const afterParameter = (value: string | undefined, sort: JobsPage['sort']): JobsPage['after'] => {
  const after = cursorParameter(value, sort === 'cost' ? 3 : 1);
  if (after?.slice(0, -1).some((number) => !/^\d+$/.test(number))) throw invalidCursor();
  return after;
};

/** Which jobs are listed, in which order, and which page of them. */
export const jobsParameters = (query: Query): JobsPage => {
  const sort = wordParameter('sort', query.sort, ['id', 'cost']);
  return {
    sort,
    limit: limitParameter(query.limit),
    after: afterParameter(query.cursor, sort),
    idPrefix: idPart('q', query.q),
    flavor: idPart('flavor', query.flavor),
    label: labelParameter(query.label),
    status: statusParameter(query.status),
  };
};
