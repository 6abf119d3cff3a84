import { ApiError } from './api-error.ts';
import { JOB_STATES, type Job, type JobState } from './api-model.ts';
import { microsOf } from './scripted-job.ts';

/** Jobs of a page where the call names no size. The provider's own default is not documented. */
const DEFAULT_SIZE = 100;

const invalid = (name: string, rule: string) => new ApiError(400, 'INVALID_ARGUMENT', `${name} ${rule}`);

const wholeNumber = (query: URLSearchParams, name: string, byDefault: number): number => {
  const text = query.get(name);
  if (text === null) return byDefault;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw invalid(name, 'must be a whole number from 1');
  return Number(text);
};

const date = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text))
    throw invalid(name, 'must be a datetime');
  return microsOf(text);
};

const states = (query: URLSearchParams): readonly JobState[] =>
  query
    .getAll('statusState')
    .flatMap((text) => text.split(','))
    .map((text) => {
      const state = JOB_STATES.find((known) => known === text);
      if (!state) throw invalid('statusState', `must be one of ${JOB_STATES.join(', ')}`);
      return state;
    });

/** `key=value`, `key!=value` or `key`, separated by commas. */
const hasLabels = (selector: string, labels: Readonly<Record<string, string>>): boolean =>
  selector.split(',').every((term) => {
    const [, key = '', operator, value] = /^([^=!]+?)(?:(!=|==?)(.*))?$/.exec(term.trim()) ?? [];
    if (key === '') throw invalid('labelSelector', 'must be like team=vision');
    if (operator === undefined) return key in labels;
    return (labels[key] === value) === (operator !== '!=');
  });

const SORTED_BY = {
  id: (job: Job) => job.id,
  name: (job: Job) => job.spec.name,
  state: (job: Job) => job.status.state ?? '',
  createdAt: (job: Job) => microsOf(job.createdAt),
  updatedAt: (job: Job) => microsOf(job.updatedAt),
} as const;

const isSortable = (name: string): name is keyof typeof SORTED_BY => name in SORTED_BY;

const comparison = (query: URLSearchParams) => {
  const sort = query.get('sort') ?? 'createdAt';
  const order = query.get('order') ?? 'asc';
  if (!isSortable(sort)) throw invalid('sort', `must be one of ${Object.keys(SORTED_BY).join(', ')}`);
  if (!['asc', 'desc'].includes(order)) throw invalid('order', 'must be asc or desc');
  const of = SORTED_BY[sort];
  const sign = order === 'asc' ? 1 : -1;
  return (a: Job, b: Job) => {
    const [x, y] = of(a) === of(b) ? [a.id, b.id] : [of(a), of(b)];
    return x === y ? 0 : x < y ? -sign : sign;
  };
};

/** A page of the jobs that a query selects. Both `updated…` are strict. Pages count from 1. */
export const listJobs = (jobs: readonly Job[], query: URLSearchParams): readonly Job[] => {
  const [page, size] = [wholeNumber(query, 'page', 1), wholeNumber(query, 'size', DEFAULT_SIZE)];
  const [after, before] = [date(query, 'updatedAfter'), date(query, 'updatedBefore')];
  const [wanted, user, selector] = [states(query), query.get('userName'), query.get('labelSelector')];
  return jobs
    .filter(
      ({ updatedAt, user: owner, spec, status }) =>
        (after === undefined || microsOf(updatedAt) > after) &&
        (before === undefined || microsOf(updatedAt) < before) &&
        (wanted.length === 0 || (status.state !== null && wanted.includes(status.state))) &&
        (user === null || owner === user) &&
        (selector === null || hasLabels(selector, spec.labels ?? {})),
    )
    .sort(comparison(query))
    .slice((page - 1) * size, page * size);
};
