import { useRef, useState } from 'preact/hooks';
import { STATUSES } from '../../lib/billing/statuses.ts';
import type { ProjectJobs, Usage } from '../../lib/shapes/usage.ts';
import { isId } from '../../lib/validation.ts';
import { type JobQuery, paths } from '../api.ts';
import { useRead } from '../use-answer.ts';
import { Shown } from './feedback.tsx';
import { JobTable } from './job-table.tsx';
import { Printed } from './printed.tsx';
import { counted } from './text.tsx';

/** Jobs on the first page, and on each longer one. */
const PAGE_SIZES = [20, 200, 1000] as const;

type Filter = Omit<JobQuery, 'limit'>;

const Choice = ({
  name,
  value,
  options,
  onChoose,
}: {
  readonly name: string;
  readonly value: string | undefined;
  readonly options: readonly string[];
  readonly onChoose: (value: string | undefined) => void;
}) => (
  <label>
    <span class="visually-hidden">{name}</span>
    <select value={value ?? ''} onChange={({ currentTarget }) => onChoose(currentTarget.value || undefined)}>
      <option value="">{name}: any</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  </label>
);

const Filters = ({
  filter,
  flavors,
  labels,
  onFilter,
}: {
  readonly filter: Filter;
  readonly flavors: readonly string[];
  /** Labels of the jobs that are listed, as `key:value`. */
  readonly labels: readonly string[];
  readonly onFilter: (change: Filter) => void;
}) => (
  <search class="filters" aria-label="Jobs">
    <label class="search">
      <span class="visually-hidden">Find jobs whose id begins so</span>
      <input
        type="search"
        placeholder="Id begins with …"
        value={filter.q ?? ''}
        onInput={({ currentTarget }) => onFilter({ q: currentTarget.value.trim() || undefined })}
      />
    </label>
    <Choice
      name="Status"
      value={filter.status}
      options={STATUSES}
      onChoose={(status) => onFilter({ status })}
    />
    {flavors.length > 1 && (
      <Choice
        name="Flavor"
        value={filter.flavor}
        options={flavors}
        onChoose={(flavor) => onFilter({ flavor })}
      />
    )}
    {labels.length > 0 && (
      <Choice name="Label" value={filter.label} options={labels} onChoose={(label) => onFilter({ label })} />
    )}
    <Choice
      name="Order"
      value={filter.sort === 'id' ? 'by id' : undefined}
      options={['by id']}
      onChoose={(order) => onFilter({ sort: order === undefined ? 'cost' : 'id' })}
    />
  </search>
);

/** The list in words, for paper: its order, what it is narrowed to, and whether it goes on. */
const listText = ({ sort, q, ...narrowed }: Filter, shown: number, hasMore: boolean): string => {
  const order = sort === 'id' ? 'by id' : 'most expensive first';
  const conditions = Object.entries({ ...narrowed, 'ids that begin with': q })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${value}`);
  const only = conditions.length === 0 ? '' : `, only ${conditions.join(', ')}`;
  return hasMore
    ? `The first ${counted(shown, 'job')}, ${order}${only}. There are more: show them before you print, or read all of them from the API.`
    : `All ${counted(shown, 'job')}, ${order}${only}.`;
};

/** Keeps every label that was listed, so that a choice does not take the others away. */
const useLabels = (jobs: ProjectJobs | undefined): readonly string[] => {
  const known = useRef(new Set<string>());
  for (const { labels = {} } of jobs?.jobs ?? [])
    for (const [key, value] of Object.entries(labels)) known.current.add(`${key}:${value}`);
  return [...known.current].sort();
};

/** The jobs of a month: filtered, ordered and paged by the API, however many there are. */
export const JobList = ({
  usage,
  pollMs,
}: {
  readonly usage: Usage;
  readonly pollMs: number | undefined;
}) => {
  const [filter, setFilter] = useState<Filter>({ sort: 'cost' });
  const [page, setPage] = useState(0);
  const limit = PAGE_SIZES[page] ?? 1000;
  const q = isId(filter.q) ? filter.q : undefined;
  const answer = useRead<ProjectJobs>(
    paths.jobs(usage.projectId, usage.month, { ...filter, q, limit: String(limit) }),
    () => pollMs,
  );
  const labels = useLabels(answer.state === 'ready' ? answer.value : undefined);
  const flavors = [...new Set(usage.lines.map(({ flavor }) => flavor))].sort();
  return (
    <>
      <Filters
        filter={filter}
        flavors={flavors}
        labels={labels}
        onFilter={(change) => {
          setFilter((before) => ({ ...before, ...change }));
          setPage(0);
        }}
      />
      <Shown answer={answer} what="jobs">
        {({ value: { jobs, next } }) => (
          <>
            <Printed>{listText(filter, jobs.length, next !== undefined)}</Printed>
            <JobTable projectId={usage.projectId} jobs={jobs} />
            {jobs.length === 0 && (
              <p class="empty">
                {next === undefined ? 'No job of this month fits.' : 'None of the first jobs fits.'}
              </p>
            )}
            {next !== undefined && page + 1 < PAGE_SIZES.length && (
              <button type="button" class="more" onClick={() => setPage(page + 1)}>
                Show more than {counted(jobs.length, 'job')}
              </button>
            )}
            {next !== undefined && page + 1 === PAGE_SIZES.length && (
              <p class="hint">
                There are more: choose a status, a flavor, a label or the beginning of an id.
              </p>
            )}
          </>
        )}
      </Shown>
      <p class="hint">
        Each job’s cost is rounded by itself; what is billed is rounded per flavor and price, so the jobs may
        add up to some cents more or less than the total.
      </p>
    </>
  );
};
