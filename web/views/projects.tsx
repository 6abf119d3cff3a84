import { useEffect } from 'preact/hooks';
import type { Projects } from '../../lib/shapes/usage.ts';
import { choose } from '../address.ts';
import { paths } from '../api.ts';
import { monthName } from '../calendar.ts';
import { Notice, Shown } from '../parts/feedback.tsx';
import { monthsUpTo } from '../parts/month-picker.tsx';
import { ProjectTable } from '../parts/project-table.tsx';
import { TotalsProgress } from '../parts/totals-progress.tsx';
import { linkTo, type Route } from '../route.ts';
import { isForAllProjects } from '../token.ts';
import { useRead } from '../use-answer.ts';
import { useTotals } from '../use-totals.ts';

/** Totals of all projects are read again after so long. */
const TOTALS_MS = 60_000;

const openProject = (event: Event) => {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  const projectId = String(form.get('project') ?? '').trim();
  if (projectId !== '') location.hash = linkTo({ view: 'project', projectId });
};

const Toolbar = ({
  month,
  current,
  isForAll,
}: {
  readonly month: string;
  readonly current: string;
  readonly isForAll: boolean;
}) => (
  <div class="toolbar">
    <label class="inline">
      {isForAll ? 'With usage in' : 'Usage of'}
      <select value={month} onChange={({ currentTarget }) => choose({ month: currentTarget.value })}>
        {monthsUpTo(current, month).map((id) => (
          <option key={id} value={id}>
            {monthName(id)}
          </option>
        ))}
      </select>
    </label>
    {isForAll && (
      <form class="inline" onSubmit={openProject}>
        <label class="visually-hidden" for="project">
          Project id
        </label>
        <input id="project" name="project" placeholder="Project id" autocomplete="off" spellcheck={false} />
        <button type="submit">Open</button>
      </form>
    )}
  </div>
);

const Missing = ({ month, isForAll }: { readonly month: string; readonly isForAll: boolean }) =>
  isForAll ? (
    <Notice title={`No project has usage in ${monthName(month)}`}>
      <p>Choose another month, or open a project by its id.</p>
    </Notice>
  ) : (
    <Notice title="Your token names no project">
      <p>Ask for a token that does, where you got this one.</p>
    </Notice>
  );

/** The projects of the token with what each cost in a month. */
export const ProjectsView = ({
  token,
  route: { choices = {} },
}: {
  readonly token: string;
  readonly route: Extract<Route, { view: 'projects' }>;
}) => {
  const isForAll = isForAllProjects(token);
  const current = useRead<Projects>(paths.projects(), () => TOTALS_MS);
  const now = current.state === 'ready' ? current.value : undefined;
  const only = !isForAll && now?.projects.length === 1 ? now.projects[0] : undefined;
  useEffect(() => {
    if (only !== undefined) location.replace(linkTo({ view: 'project', projectId: only }));
  }, [only]);
  const month = choices.month ?? now?.month;
  const { answer, readSoFar } = useTotals(only === undefined ? month : undefined, TOTALS_MS);
  return (
    <>
      <h1 tabIndex={-1}>Projects</h1>
      <Shown answer={current} what="projects">
        {({ value }) => (
          <>
            <Toolbar month={month ?? value.month} current={value.month} isForAll={isForAll} />
            {answer.state === 'loading' && <TotalsProgress readSoFar={readSoFar} />}
            <Shown answer={answer} what="totals of the projects">
              {({ value: { items, isTruncated } }) =>
                items.length === 0 ? (
                  <Missing month={month ?? value.month} isForAll={isForAll} />
                ) : (
                  <ProjectTable
                    rows={items}
                    isTruncated={isTruncated}
                    month={month ?? value.month}
                    isCurrent={month === value.month}
                    choices={choices}
                  />
                )
              }
            </Shown>
          </>
        )}
      </Shown>
    </>
  );
};
