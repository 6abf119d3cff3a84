/** What the reader chose on a page: search, filters, order. Part of its address, never empty. */
export type Choices = Readonly<Record<string, string>>;

/** What the page shows. Ids are those of the API. */
export type Route =
  | { readonly view: 'projects'; readonly choices?: Choices }
  | { readonly view: 'operations'; readonly choices?: Choices }
  | {
      readonly view: 'project';
      readonly projectId: string;
      readonly month?: string;
      readonly choices?: Choices;
    }
  | { readonly view: 'statement'; readonly projectId: string; readonly month: string }
  | { readonly view: 'reconciliation'; readonly projectId: string; readonly month: string }
  | {
      readonly view: 'job';
      readonly projectId: string;
      readonly jobId: string;
      readonly event?: string;
      readonly charge?: string;
    }
  | { readonly view: 'unknown' };

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

const decoded = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
};

const jobRoute = (projectId: string, parts: readonly string[]): Route => {
  const [jobId, part, id, ...more] = parts;
  if (!jobId) return { view: 'unknown' };
  const job = { view: 'job', projectId, jobId } as const;
  if (part === undefined) return job;
  if (id === undefined || more.length > 0) return { view: 'unknown' };
  if (part === 'event') return { ...job, event: id };
  return part === 'charge' ? { ...job, charge: id } : { view: 'unknown' };
};

const projectRoute = (projectId: string, rest: readonly string[]): Route => {
  const [month, part, ...more] = rest;
  if (month === 'jobs') return jobRoute(projectId, rest.slice(1));
  if (month === undefined) return { view: 'project', projectId };
  if (!MONTH.test(month) || more.length > 0) return { view: 'unknown' };
  if (part === undefined) return { view: 'project', projectId, month };
  return part === 'statement' || part === 'reconciliation'
    ? { view: part, projectId, month }
    : { view: 'unknown' };
};

const pathRoute = (path: string): Route => {
  const parts = path.split('/').map(decoded);
  const [view, id, ...rest] = parts.filter((part) => part !== undefined);
  if (parts.includes(undefined)) return { view: 'unknown' };
  if (view === '' || (view === 'projects' && !id && rest.length === 0)) return { view: 'projects' };
  if (view === 'operations' && !id && rest.length === 0) return { view };
  if (view === 'projects' && id) return projectRoute(id, rest);
  return { view: 'unknown' };
};

/** Choices without empty ones; absent if none is left. */
const given = (choices: Readonly<Record<string, string | undefined>>): { readonly choices?: Choices } => {
  const kept = Object.entries(choices).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return kept.length === 0 ? {} : { choices: Object.fromEntries(kept) };
};

/** Whether a reader can choose what a page shows. */
const hasChoices = (route: Route): route is Extract<Route, { view: 'projects' | 'project' | 'operations' }> =>
  ['projects', 'project', 'operations'].includes(route.view);

/** The route in the hash of a URL. */
export const parseRoute = (hash: string): Route => {
  const [path = '', ...query] = hash.replace(/^#?\/?/, '').split('?');
  const route = pathRoute(path);
  return hasChoices(route)
    ? { ...route, ...given(Object.fromEntries(new URLSearchParams(query.join('?')))) }
    : route;
};

const partsOf = (route: Route): readonly string[] => {
  switch (route.view) {
    case 'operations':
      return ['operations'];
    case 'project':
      return ['projects', route.projectId, ...(route.month === undefined ? [] : [route.month])];
    case 'statement':
    case 'reconciliation':
      return ['projects', route.projectId, route.month, route.view];
    case 'job':
      return [
        ...['projects', route.projectId, 'jobs', route.jobId],
        ...(route.event === undefined ? [] : ['event', route.event]),
        ...(route.charge === undefined ? [] : ['charge', route.charge]),
      ];
    default:
      return [];
  }
};

/** The reverse of {@link parseRoute}: a link to a route. */
export const linkTo = (route: Route): string => {
  const path = `#/${partsOf(route).map(encodeURIComponent).join('/')}`;
  return 'choices' in route && route.choices ? `${path}?${new URLSearchParams(route.choices)}` : path;
};

/** The route with other choices; `undefined` takes one back. */
export const withChoices = (route: Route, change: Readonly<Record<string, string | undefined>>): Route => {
  if (!hasChoices(route)) return route;
  const { choices, ...page } = route;
  return { ...page, ...given({ ...choices, ...change }) };
};

/** The address of a page, whatever was chosen on it and whichever part of it is named. */
const pageOf = (route: Route): string =>
  route.view === 'job'
    ? linkTo({ view: 'job', projectId: route.projectId, jobId: route.jobId })
    : (linkTo(route).split('?')[0] ?? '');

/** Whether two routes are one page. */
export const isSamePage = (a: Route, b: Route): boolean => pageOf(a) === pageOf(b);
