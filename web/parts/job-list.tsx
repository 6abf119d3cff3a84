import { useRef } from 'preact/hooks';
import { STATUSES } from '../../lib/billing/statuses.ts';
import type { ProjectJobs, Usage } from '../../lib/shapes/usage.ts';
import { isId } from '../../lib/validation.ts';
import { choose } from '../address.ts';
import { paths } from '../api.ts';
import type { Choices } from '../route.ts';
import { type Answer, useLast, useRead } from '../use-answer.ts';
import { Shown } from './feedback.tsx';
import { Choice, JobFilters } from './job-filters.tsx';
import { JOB_COLUMNS, JobTable } from './job-table.tsx';
import { Printed } from './printed.tsx';
import { SortChoice, type Sorting, sortingOf } from './sortable-head.tsx';
import { StatusFilter } from './status-filter.tsx';
import { counted } from './text.tsx';

/** Jobs that are listed at first, and each time that more are wanted. */
const SIZES = ['20', '200', '1000'] as const;

/** What the API sorts jobs by, as it is called here. */
const SORT_NAMES: Readonly<Record<string, string>> = {
  cost: 'cost',
  start: 'start',
  minutes: 'minutes',
  id: 'name',
};

/** The list in words, for paper: its order, what it is narrowed to, and whether it goes on. */
const listText = (
  { q, status, flavor, label }: Choices,
  { sort, order }: Sorting,
  shown: number,
  hasMore: boolean,
): string => {
  const conditions = Object.entries({ status, flavor, label, 'names with': q })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${value?.split(',').join(' or ')}`);
  const only = conditions.length === 0 ? '' : `, only ${conditions.join(', ')}`;
  const sorted = `sorted by ${SORT_NAMES[sort]}, ${order === 'asc' ? 'ascending' : 'descending'}${only}.`;
  return hasMore
    ? `The first ${counted(shown, 'job')}, ${sorted} There are more: list them before you print, or read them from the API.`
    : `All ${counted(shown, 'job')}, ${sorted}`;
};

/** Keeps every label that was listed, so that a choice does not take the others away. */
const useLabels = (jobs: ProjectJobs | undefined): readonly string[] => {
  const known = useRef(new Set<string>());
  for (const { labels = {} } of jobs?.jobs ?? [])
    for (const [key, value] of Object.entries(labels)) known.current.add(`${key}:${value}`);
  return [...known.current].sort();
};

const More = ({ listed, size }: { readonly listed: number; readonly size: number }) => {
  const next = SIZES[size + 1];
  return next === undefined ? (
    <p class="hint">There are more. Choose a status, a flavor or a label, or search for a name.</p>
  ) : (
    <button type="button" class="more" onClick={() => choose({ shown: next })}>
      Show more than {counted(listed, 'job')}
    </button>
  );
};

const useJobs = (usage: Usage, choices: Choices, size: number, freshMs: number) => {
  const { q, status, flavor, label } = choices;
  const { sort, order } = sortingOf(choices, JOB_COLUMNS);
  const query = { q, status, flavor, label, sort, order, limit: SIZES[size] };
  const isPossible = q === undefined || isId(q);
  return useRead<ProjectJobs>(
    isPossible ? paths.jobs(usage.projectId, usage.month, query) : undefined,
    () => freshMs,
  );
};

interface JobListProps {
  readonly usage: Usage;
  /** The same month grouped by status. */
  readonly byStatus: Answer<Usage>;
  readonly choices: Choices;
  readonly freshMs: number;
  readonly zone: string;
}

/** The jobs of a month: found, filtered, ordered and paged by the API, however many there are. */
export const JobList = ({ usage, byStatus, choices, freshMs, zone }: JobListProps) => {
  const { projectId } = usage;
  const size = Math.max(0, (SIZES as readonly (string | undefined)[]).indexOf(choices.shown));
  const { answer, isOutdated } = useLast(useJobs(usage, choices, size, freshMs));
  const labels = useLabels(answer.state === 'ready' ? answer.value : undefined);
  const flavors = [...new Set(usage.lines.map(({ flavor }) => flavor))].sort();
  const sorting = sortingOf(choices, JOB_COLUMNS);
  const isPossible = choices.q === undefined || isId(choices.q);
  return (
    <>
      <search class="filters" aria-label="Jobs">
        {byStatus.state !== 'failed' && (
          <StatusFilter usage={byStatus.state === 'ready' ? byStatus.value : usage} chosen={choices.status} />
        )}
        {byStatus.state === 'failed' && (
          <Choice
            name="Status"
            value={choices.status}
            options={STATUSES}
            onChoose={(status) => choose({ status, shown: undefined })}
          />
        )}
        <JobFilters choices={choices} flavors={flavors} labels={labels} />
        <SortChoice names={SORT_NAMES} columns={JOB_COLUMNS} sorting={sorting} />
      </search>
      {isPossible ? (
        <Shown answer={answer} what="jobs">
          {({ value: { jobs, next } }) => (
            <div class="listed" aria-busy={isOutdated}>
              <Printed>{listText(choices, sorting, jobs.length, next !== undefined)}</Printed>
              <JobTable projectId={projectId} jobs={jobs} sorting={sorting} zone={zone} />
              {jobs.length === 0 && (
                <p class="empty">
                  {next === undefined
                    ? 'No job of this month is like that.'
                    : 'None of the first jobs is like that.'}
                </p>
              )}
              {next !== undefined && <More listed={jobs.length} size={size} />}
            </div>
          )}
        </Shown>
      ) : (
        <p class="empty">No job has such a name: names are made of A-Z a-z 0-9 . _ : and -.</p>
      )}
      <p class="hint">
        The cost of a job is rounded by itself, and a bill by flavor and price: so the jobs may add up to some
        cents more or less than the total.
      </p>
    </>
  );
};
