import { linkTo, type Route } from '../route.ts';
import { mayOperate } from '../token.ts';

const Mark = () => (
  <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
    <rect width="16" height="16" rx="4" />
    <path d="M4 12V9M8 12V4M12 12V7" />
  </svg>
);

const PageLink = ({
  view,
  name,
  route,
}: {
  readonly view: 'projects' | 'operations';
  readonly name: string;
  readonly route: Route;
}) => (
  <a href={linkTo({ view })} aria-current={route.view === view ? 'page' : undefined}>
    {name}
  </a>
);

/** The top bar: the pages to begin with, and signing out. */
export const Header = ({
  route,
  token,
  onSignOut,
}: {
  readonly route: Route;
  /** Absent while signed out. */
  readonly token: string | undefined;
  readonly onSignOut: () => void;
}) => (
  <header class="topbar">
    <div class="topbar-inner">
      <a class="brand" href={linkTo({ view: 'projects' })}>
        <Mark />
        <span class="brand-name">jobmeter</span>
      </a>
      {token !== undefined && (
        <nav aria-label="Main">
          <PageLink view="projects" name="Projects" route={route} />
          {mayOperate(token) && <PageLink view="operations" name="Operations" route={route} />}
          <button type="button" class="quiet" onClick={onSignOut}>
            Sign out
          </button>
        </nav>
      )}
    </div>
  </header>
);
