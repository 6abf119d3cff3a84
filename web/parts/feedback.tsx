import type { ComponentChildren } from 'preact';
import type { Problem } from '../api.ts';
import { linkTo } from '../route.ts';
import type { Answer } from '../use-answer.ts';

const HOME = linkTo({ view: 'projects' });

/** In place of content that is missing: says why, and what to do. */
export const Notice = ({
  title,
  children,
  role,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly role?: 'alert' | 'status';
}) => (
  <section class="notice" role={role}>
    <h2>{title}</h2>
    {children}
  </section>
);

/** Placeholders while content is loading. */
export const Loading = ({ what }: { readonly what: string }) => (
  <div class="loading" role="status">
    <span class="visually-hidden">Loading {what}</span>
    <span class="bone wide" aria-hidden="true" />
    <span class="bone" aria-hidden="true" />
    <span class="bone block" aria-hidden="true" />
  </div>
);

export const UnknownPage = () => (
  <>
    <h1 tabIndex={-1}>No such page</h1>
    <Notice title="This address leads nowhere">
      <p>
        It may be cut off or mistyped. <a href={HOME}>All your projects</a>
      </p>
    </Notice>
  </>
);

export const Fault = ({ detail }: { readonly detail: string }) => (
  <>
    <h1 tabIndex={-1}>Something broke</h1>
    <Notice title="This page could not be shown" role="alert">
      <p>{detail}</p>
      <button type="button" onClick={() => location.reload()}>
        Load it again
      </button>
    </Notice>
  </>
);

const Retry = ({ onRetry }: { readonly onRetry: () => void }) => (
  <button type="button" onClick={onRetry}>
    Try again
  </button>
);

/** What a failed read means to the reader. `what` names the content, e.g. "project proj-1". */
export const Failure = ({
  problem,
  what,
  onRetry,
}: {
  readonly problem: Problem;
  readonly what: string;
  readonly onRetry: () => void;
}) => {
  switch (problem.kind) {
    case 'not-found':
      return (
        <Notice title={`There is no ${what} here`} role="alert">
          <p>
            It does not exist, or your token does not include it; the API does not tell which. Check the
            spelling, or ask whoever gave you the token for one that includes it.
          </p>
          <p>
            <a href={HOME}>All your projects</a>
          </p>
        </Notice>
      );
    case 'no-scope':
      return (
        <Notice title="Your token may not read usage" role="alert">
          <p>
            It is valid but lacks the scope <code>usage:read</code>. Ask whoever gave you the token for one
            with that scope.
          </p>
        </Notice>
      );
    case 'being-computed':
      return (
        <Notice title="The figures are being added up" role="status">
          <p>
            This month has many charges: it takes a minute or two the first time. The page shows them by
            itself.
          </p>
        </Notice>
      );
    case 'unreachable':
      return (
        <Notice title="The API does not answer" role="alert">
          <p>{problem.message}. Check your connection; this usually passes.</p>
          <Retry onRetry={onRetry} />
        </Notice>
      );
    case 'signed-out':
      return null;
    default:
      return (
        <Notice title={`The ${what} could not be read`} role="alert">
          <p>
            {problem.message}
            {problem.requestId && (
              <>
                {' '}
                If you report it, quote request <code>{problem.requestId}</code>.
              </>
            )}
          </p>
          <Retry onRetry={onRetry} />
        </Notice>
      );
  }
};

type Ready<Value> = Extract<Answer<Value>, { state: 'ready' }>;

/** Shows a value once it is loaded, and until then its progress or failure. */
export const Shown = <Value,>({
  answer,
  what,
  children,
}: {
  readonly answer: Answer<Value> & { readonly retry: () => void };
  readonly what: string;
  readonly children: (ready: Ready<Value>) => ComponentChildren;
}) => {
  if (answer.state === 'loading') return <Loading what={what} />;
  if (answer.state === 'failed')
    return <Failure problem={answer.problem} what={what} onRetry={answer.retry} />;
  return (
    <>
      {answer.outdatedBy && (
        <p class="callout warning" role="status">
          The figures below are not up to date: {answer.outdatedBy.message}. Trying again by itself.
        </p>
      )}
      {children(answer)}
    </>
  );
};
