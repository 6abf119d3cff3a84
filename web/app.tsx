import { useEffect, useErrorBoundary, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { rememberScroll, restoreScroll } from './address.ts';
import { createApi } from './api.ts';
import { monthName } from './calendar.ts';
import { Fault, UnknownPage } from './parts/feedback.tsx';
import { Header } from './parts/header.tsx';
import { isSamePage, parseRoute, type Route } from './route.ts';
import { takeSignInLink, useSession } from './session.ts';
import { ApiContext } from './use-answer.ts';
import { JobView } from './views/job.tsx';
import { OperationsView } from './views/operations.tsx';
import { ProjectView } from './views/project.tsx';
import { ProjectsView } from './views/projects.tsx';
import { ReconciliationView } from './views/reconciliation.tsx';
import { SignIn } from './views/sign-in.tsx';
import { StatementView } from './views/statement.tsx';
import { ZoneContext } from './zone.ts';

/** The route in the address. `onLink` is called with the token of a sign-in link put there. */
const useRoute = (onLink: (token: string) => void): Route => {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const onChange = () => {
      const link = takeSignInLink();
      if (link !== undefined) onLink(link);
      setHash(location.hash);
    };
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, []);
  return useMemo(() => parseRoute(hash), [hash]);
};

const titleOf = (route: Route): string => {
  switch (route.view) {
    case 'project':
      return route.month === undefined ? route.projectId : `${route.projectId}, ${monthName(route.month)}`;
    case 'statement':
      return `Statement ${monthName(route.month)}, ${route.projectId}`;
    case 'reconciliation':
      return `Provider’s bill ${monthName(route.month)}, ${route.projectId}`;
    case 'operations':
      return 'Operations';
    case 'job':
      return `Job ${route.jobId}`;
    default:
      return 'Projects';
  }
};

/**
 * Sets the title of the tab. After a change of page it moves the focus to its heading or form, and
 * scrolls to the top, or by Back to where the page was left.
 */
const useArrival = (route: Route, isSignedIn: boolean) => {
  const last = useRef<{ route: Route; isSignedIn: boolean }>(undefined);
  const scrolling = useRef(() => {});
  useEffect(() => rememberScroll(), []);
  // Before the page that is left could be saved as scrolled to where this one begins.
  useLayoutEffect(() => {
    document.title = isSignedIn ? `${titleOf(route)} · jobmeter` : 'Sign in · jobmeter';
    const before = last.current;
    last.current = { route, isSignedIn };
    if (before && isSamePage(before.route, route) && before.isSignedIn === isSignedIn) return;
    scrolling.current();
    scrolling.current = restoreScroll();
    if (before && isSignedIn) document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  }, [route, isSignedIn]);
};

const toContent = () => document.querySelector<HTMLElement>('h1')?.focus();

const viewOf = (route: Route, token: string) => {
  switch (route.view) {
    case 'projects':
      return <ProjectsView token={token} route={route} />;
    case 'project':
      return <ProjectView key={route.projectId} token={token} route={route} />;
    case 'statement':
      return <StatementView key={`${route.projectId} ${route.month}`} route={route} />;
    case 'reconciliation':
      return <ReconciliationView key={`${route.projectId} ${route.month}`} route={route} />;
    case 'operations':
      return <OperationsView token={token} route={route} />;
    case 'job':
      return <JobView key={`${route.projectId}/${route.jobId}`} route={route} />;
    case 'unknown':
      return <UnknownPage />;
  }
};

/** The page: signs in, then shows the route in the hash of the URL. `link` is a token to check. */
export const App = ({ link }: { readonly link: string | undefined }) => {
  const session = useSession(link);
  const { token, offered, signOut } = session;
  const route = useRoute(session.offer);
  const [timeZone, setTimeZone] = useState<string>();
  const [error, forgetError] = useErrorBoundary();
  // The fault may be of one page only, so another address is a new attempt.
  useEffect(() => forgetError(), [route]);
  useArrival(route, token !== undefined);

  const api = useMemo(() => (token === undefined ? undefined : createApi(token, signOut)), [token, signOut]);
  const zone = useMemo(() => ({ known: timeZone, learn: setTimeZone }), [timeZone]);

  const content = () => {
    if (error) return <Fault detail={error instanceof Error ? error.message : String(error)} />;
    if (token === undefined) return <SignIn key={offered} {...session} onSignIn={session.signIn} />;
    return viewOf(route, token);
  };
  return (
    <ApiContext.Provider value={api}>
      <ZoneContext.Provider value={zone}>
        <button type="button" class="skip" onClick={toContent}>
          Skip to the content
        </button>
        <Header route={route} token={token} onSignOut={() => signOut()} />
        <main id="content">{content()}</main>
        <footer>
          All figures come from the API. <a href="v1/docs">Read its reference</a>
        </footer>
      </ZoneContext.Provider>
    </ApiContext.Provider>
  );
};
