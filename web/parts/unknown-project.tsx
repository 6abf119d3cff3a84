import type { Projects } from '../../lib/shapes/usage.ts';
import { paths } from '../api.ts';
import { closestNames } from '../closest.ts';
import { linkTo } from '../route.ts';
import { readPages, useAnswer } from '../use-answer.ts';
import { Notice } from './feedback.tsx';

/** For a project of which nothing was ever charged: says so, with names like the one given. */
export const UnknownProject = ({ projectId }: { readonly projectId: string }) => {
  const path = paths.projects();
  const answer = useAnswer(`all of ${path}`, (api, signal) =>
    readPages(api, path, ({ projects }: Projects) => projects, signal),
  );
  const names = answer.state === 'ready' ? answer.value.items.filter((name) => name !== projectId) : [];
  const close = closestNames(projectId, names);
  return (
    <Notice title={`No project ${projectId} is known`}>
      <p>
        Nothing was ever charged for it. If it is new, its first job shows here seconds after it reports that
        it runs. If not, check how it is spelled.
      </p>
      {close.length > 0 && (
        <p>
          Did you mean{' '}
          {close.map((name, index) => (
            <span key={name}>
              {index > 0 && (index === close.length - 1 ? ' or ' : ', ')}
              <a class="id" href={linkTo({ view: 'project', projectId: name })}>
                {name}
              </a>
            </span>
          ))}
          ?
        </p>
      )}
      <p>
        <a href={linkTo({ view: 'projects' })}>All your projects</a>
      </p>
    </Notice>
  );
};
