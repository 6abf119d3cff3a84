import { linkTo, type Route } from '../route.ts';

const Mark = () => (
  <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
    <rect width="16" height="16" rx="4" />
    <path d="M4 12V9M8 12V4M12 12V7" />
  </svg>
);

/** The top bar: the start page and signing out. */
export const Header = ({
  route,
  onSignOut,
}: {
  readonly route: Route;
  readonly onSignOut: (() => void) | undefined;
}) => (
  <header class="topbar">
    <div class="topbar-inner">
      <a class="brand" href={linkTo({ view: 'projects' })}>
        <Mark />
        jobmeter
      </a>
      {onSignOut && (
        <nav aria-label="Main">
          <a
            href={linkTo({ view: 'projects' })}
            aria-current={route.view === 'projects' ? 'page' : undefined}
          >
            Projects
          </a>
          <button type="button" class="quiet" onClick={onSignOut}>
            Sign out
          </button>
        </nav>
      )}
    </div>
  </header>
);
