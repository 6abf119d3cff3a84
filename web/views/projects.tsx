import { useEffect, useState } from 'preact/hooks';
import type { Projects } from '../../lib/shapes/usage.ts';
import { paths } from '../api.ts';
import { monthName } from '../calendar.ts';
import { Notice, Shown } from '../parts/feedback.tsx';
import { monthsUpTo } from '../parts/month-picker.tsx';
import { linkTo } from '../route.ts';
import { isForAllProjects } from '../token.ts';
import { readPages, useAnswer, useRead } from '../use-answer.ts';

const ProjectList = ({
  projects,
  month,
}: {
  readonly projects: readonly string[];
  readonly month?: string;
}) => (
  <ul class="card list">
    {projects.map((projectId) => (
      <li key={projectId}>
        <a
          class="row-link"
          href={linkTo({ view: 'project', projectId, ...(month !== undefined && { month }) })}
        >
          <span class="id">{projectId}</span>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="m6 3 5 5-5 5" />
          </svg>
        </a>
      </li>
    ))}
  </ul>
);

/** For a token that names its projects. A single one is opened at once. */
const NamedProjects = () => {
  const answer = useRead<Projects>(paths.projects());
  const projects = answer.state === 'ready' ? answer.value.projects : [];
  const only = projects.length === 1 ? projects[0] : undefined;
  useEffect(() => {
    if (only !== undefined) location.replace(linkTo({ view: 'project', projectId: only }));
  }, [only]);
  return (
    <Shown answer={answer} what="projects">
      {({ value: { projects } }) =>
        projects.length === 0 ? (
          <Notice title="Your token names no project">
            <p>Ask whoever gave you the token for one that does.</p>
          </Notice>
        ) : (
          <ProjectList projects={projects} />
        )
      }
    </Shown>
  );
};

const openProject = (event: Event) => {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  const projectId = String(form.get('project') ?? '').trim();
  if (projectId !== '') location.hash = linkTo({ view: 'project', projectId });
};

/** For a token of all projects: those with usage in a month, and any other by its id. */
const AllProjects = () => {
  const [month, setMonth] = useState<string>();
  const current = useRead<Projects>(paths.projects());
  const shownMonth = month ?? (current.state === 'ready' ? current.value.month : undefined);
  const answer = useAnswer(shownMonth, (api, signal) =>
    readPages(api, paths.projects(shownMonth), ({ projects }: Projects) => projects, signal),
  );
  return (
    <>
      <div class="toolbar">
        {shownMonth !== undefined && current.state === 'ready' && (
          <label class="inline">
            With usage in
            <select value={shownMonth} onChange={({ currentTarget }) => setMonth(currentTarget.value)}>
              {monthsUpTo(current.value.month, shownMonth).map((id) => (
                <option key={id} value={id}>
                  {monthName(id)}
                </option>
              ))}
            </select>
          </label>
        )}
        <form class="inline" onSubmit={openProject}>
          <label class="visually-hidden" for="project">
            Project id
          </label>
          <input id="project" name="project" placeholder="Project id" autocomplete="off" spellcheck={false} />
          <button type="submit">Open</button>
        </form>
      </div>
      <Shown answer={answer} what="projects">
        {({ value: { items, isTruncated } }) =>
          items.length === 0 ? (
            <Notice title={`No project has usage in ${monthName(shownMonth ?? '')}`}>
              <p>Choose another month, or open a project by its id.</p>
            </Notice>
          ) : (
            <>
              <ProjectList
                projects={[...items].sort()}
                {...(shownMonth !== undefined && { month: shownMonth })}
              />
              {isTruncated && (
                <p class="hint">These are the first {items.length}. Open others by their id.</p>
              )}
            </>
          )
        }
      </Shown>
    </>
  );
};

/** The projects of the token. */
export const ProjectsView = ({ token }: { readonly token: string }) => (
  <>
    <h1 tabIndex={-1}>Projects</h1>
    {isForAllProjects(token) ? <AllProjects /> : <NamedProjects />}
  </>
);
