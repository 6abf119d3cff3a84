import { ApiError } from './api-error.ts';
import type { Bills } from './bills.ts';
import { catalogFor } from './catalog.ts';
import type { BillingRule } from './positions.ts';
import type { Provider } from './provider.ts';
import type { Usages } from './usages.ts';

export interface Served {
  readonly provider: Provider;
  readonly usages: Usages;
  readonly bills: Bills;
  readonly rule: BillingRule;
}

interface Route {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly path: RegExp;
  /** Called without a signature. */
  readonly open?: true;
  readonly answer: (served: Served, parameters: readonly string[], query: URLSearchParams) => unknown;
}

const instant = (query: URLSearchParams, name: string, byDefault: number): number => {
  const text = query.get(name);
  if (text === null) return byDefault;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new ApiError(400, 'INVALID_ARGUMENT', `${name} must be a date`);
  return ms;
};

const JOBS = '/cloud/project/([^/]+)/ai/job';
const USAGE = '/cloud/project/([^/]+)/usage';

/** The documented calls under `/1.0`. */
const ROUTES = {
  time: {
    ...{ method: 'GET', path: /^\/auth\/time$/, open: true },
    answer: ({ provider }) => Math.round(provider.now() / 1000),
  },
  jobs: {
    ...{ method: 'GET', path: new RegExp(`^${JOBS}$`) },
    answer: ({ provider }, [project = ''], query) => provider.list(project, query),
  },
  job: {
    ...{ method: 'GET', path: new RegExp(`^${JOBS}/([^/]+)$`) },
    answer: ({ provider }, [project = '', id = '']) => provider.job(project, id),
  },
  kill: {
    ...{ method: 'PUT', path: new RegExp(`^${JOBS}/([^/]+)/kill$`) },
    answer: ({ provider }, [project = '', id = '']) => provider.kill(project, id),
  },
  delete: {
    ...{ method: 'DELETE', path: new RegExp(`^${JOBS}/([^/]+)$`) },
    answer: ({ provider }, [project = '', id = '']) => provider.delete(project, id),
  },
  'current usage': {
    ...{ method: 'GET', path: new RegExp(`^${USAGE}/current$`) },
    answer: ({ usages }, [project = '']) => usages.current(project),
  },
  'usage history': {
    ...{ method: 'GET', path: new RegExp(`^${USAGE}/history$`) },
    answer: ({ usages }, [project = '']) => usages.history(project),
  },
  'past usage': {
    ...{ method: 'GET', path: new RegExp(`^${USAGE}/history/([^/]+)$`) },
    answer: ({ usages }, [project = '', id = '']) => usages.past(project, id),
  },
  bills: {
    ...{ method: 'GET', path: /^\/me\/bill$/ },
    answer: ({ bills, provider }, _, query) =>
      bills.list(instant(query, 'date.from', 0), instant(query, 'date.to', provider.now())),
  },
  bill: {
    ...{ method: 'GET', path: /^\/me\/bill\/([^/]+)$/ },
    answer: ({ bills }, [id = '']) => bills.bill(id),
  },
  'bill details': {
    ...{ method: 'GET', path: /^\/me\/bill\/([^/]+)\/details$/ },
    answer: ({ bills }, [id = '']) => bills.details(id),
  },
  'bill detail': {
    ...{ method: 'GET', path: /^\/me\/bill\/([^/]+)\/details\/([^/]+)$/ },
    answer: ({ bills }, [id = '', detail = '']) => bills.detail(id, detail),
  },
  catalog: {
    ...{ method: 'GET', path: /^\/order\/catalog\/public\/cloud$/, open: true },
    answer: ({ rule }, _, query) => catalogFor(rule, query.get('ovhSubsidiary')),
  },
} as const satisfies Readonly<Record<string, Route>>;

export type RouteName = keyof typeof ROUTES;

export interface FoundRoute {
  readonly name: RouteName;
  readonly route: Route;
  readonly parameters: readonly string[];
}

/** The call of a path below `/1.0`. */
export const findRoute = (method: string, path: string): FoundRoute => {
  for (const [name, route] of Object.entries(ROUTES)) {
    const matched = route.method === method ? route.path.exec(path) : null;
    if (matched)
      return { name: name as RouteName, route, parameters: matched.slice(1).map(decodeURIComponent) };
  }
  throw new ApiError(404, 'INVALID_URL', 'Got an invalid (or empty) URL');
};
