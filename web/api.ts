import type { InputError } from './input-error.ts';

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 400;

export type ProblemKind =
  | 'signed-out'
  | 'no-scope'
  | 'not-found'
  | 'changed'
  | 'refused'
  | 'fault'
  | 'being-computed'
  | 'unreachable';

interface Details {
  readonly detail?: string;
  readonly requestId?: string;
  readonly errors?: readonly InputError[];
  readonly beingComputed?: boolean;
}

/** Why a request failed; the message is the API's detail if it has one. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  /** To quote in a report of the fault. */
  readonly requestId: string | undefined;
  /** Of a refused input. */
  readonly errors: readonly InputError[];

  constructor(kind: ProblemKind, detail: string, { requestId, errors = [] }: Details = {}) {
    super(detail);
    this.kind = kind;
    this.requestId = requestId;
    this.errors = errors;
  }
}

const kindOf = (status: number): ProblemKind => {
  if (status === 401) return 'signed-out';
  if (status === 403) return 'no-scope';
  if (status === 404) return 'not-found';
  if (status === 409 || status === 412) return 'changed';
  if (status < 500) return 'refused';
  return status === 503 ? 'unreachable' : 'fault';
};

const problemOf = async (response: Response): Promise<Problem> => {
  const details = (await response.json().catch(() => ({}))) as Details;
  return new Problem(
    details.beingComputed ? 'being-computed' : kindOf(response.status),
    details.detail ?? `the API answered ${response.status}`,
    details,
  );
};

/** A longer pause is for the page, which says so meanwhile. */
const MAX_RETRY_AFTER_S = 5;

/** Throttled or unavailable for a moment. */
const isTransient = ({ status, headers }: Response): boolean =>
  (status === 503 || status === 429) && Number(headers.get('retry-after') ?? 0) <= MAX_RETRY_AFTER_S;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

const pauseMs = (response: Response | undefined, attempt: number): number => {
  const retryAfter = Number(response?.headers.get('retry-after') ?? 0) * 1000;
  return Math.max(retryAfter, FIRST_PAUSE_MS * 2 ** (attempt - 1));
};

/** Every method here may be sent again: what it sets is the same. */
interface Sent {
  readonly method?: 'GET' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const send = async (
  path: string,
  { headers, ...sent }: Sent,
  token: string,
  signal: AbortSignal,
): Promise<Response> => {
  const request = { ...sent, headers: { ...headers, authorization: `Bearer ${token}` }, signal };
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(path, request).catch((error: unknown) => {
      if (signal.aborted || attempt === ATTEMPTS) throw error;
      return undefined;
    });
    if (response && (!isTransient(response) || attempt === ATTEMPTS)) return response;
    await pause(pauseMs(response, attempt), signal);
  }
};

interface Tagged<Value> {
  readonly value: Value;
  readonly etag: string | undefined;
}

/** The API as one bearer token sees it. */
export interface Api {
  /** The JSON of a path. Rejects with a {@link Problem}, or with the reason of an abort. */
  read<Answer>(path: string, signal: AbortSignal): Promise<Answer>;
  /** The answer of a path as a file; refused if it is not of the media type. */
  download(path: string, mediaType: string, signal: AbortSignal): Promise<Blob>;
  /** The JSON of a path, and the tag of its content where it has one. */
  readTagged<Answer>(path: string, signal: AbortSignal): Promise<Tagged<Answer>>;
  /**
   * Sets what is at a path, or removes it where nothing is given. With the tag of what was read it
   * is refused if that was changed meanwhile.
   */
  write(path: string, content: unknown, signal: AbortSignal, etag?: string): Promise<void>;
}

/** Retries on 429, on 503 and without an answer. Calls `onSignedOut` when the token is refused. */
export const createApi = (token: string, onSignedOut: (problem: Problem) => void): Api => {
  const answer = async (path: string, signal: AbortSignal, sent: Sent = {}): Promise<Response> => {
    const response = await send(path, sent, token, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw new Problem('unreachable', 'the API cannot be reached');
    });
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (problem.kind === 'signed-out') onSignedOut(problem);
    throw problem;
  };
  return {
    read: async (path, signal) => (await answer(path, signal)).json(),
    download: async (path, mediaType, signal) => {
      const response = await answer(path, signal);
      if (!response.headers.get('content-type')?.startsWith(mediaType))
        throw new Problem('refused', `the API does not offer this as ${mediaType}`);
      return response.blob();
    },
    readTagged: async (path, signal) => {
      const response = await answer(path, signal);
      return { value: await response.json(), etag: response.headers.get('etag') ?? undefined };
    },
    write: async (path, content, signal, etag) => {
      const headers = { 'content-type': 'application/json', ...(etag !== undefined && { 'if-match': etag }) };
      await answer(
        path,
        signal,
        content === undefined
          ? { method: 'DELETE' }
          : { method: 'PUT', headers, body: JSON.stringify(content) },
      );
    },
  };
};

const query = (parameters: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
};

const project = (projectId: string) => `v1/projects/${encodeURIComponent(projectId)}`;

/** Conditions, order and size of a list of jobs, as the API takes them. */
export interface JobQuery {
  readonly sort?: string | undefined;
  readonly order?: string | undefined;
  readonly q?: string | undefined;
  readonly status?: string | undefined;
  readonly flavor?: string | undefined;
  readonly label?: string | undefined;
  readonly limit?: string | undefined;
}

/** The paths of the API, relative to the page. */
export const paths = {
  projects: (month?: string, totals?: 'totals') =>
    `v1/projects${query({ month, totals: totals && 'true', limit: totals ? '50' : '200' })}`,
  usage: (projectId: string, month?: string, groupBy?: string) =>
    `${project(projectId)}/usage${query({ month, groupBy })}`,
  jobs: (projectId: string, month: string, jobs: JobQuery) =>
    `${project(projectId)}/jobs${query({ month, ...jobs })}`,
  statements: (projectId: string) => `${project(projectId)}/statements`,
  statement: (projectId: string, month: string, format?: 'csv' | 'html' | 'json' | 'pdf') =>
    `${project(projectId)}/statements/${month}${query({ format })}`,
  statementCharges: (projectId: string, month: string) =>
    `${project(projectId)}/statements/${month}/charges${query({ limit: '1000' })}`,
  preview: (projectId: string, month: string) =>
    `${project(projectId)}/statements/${month}${query({ preview: 'true' })}`,
  approval: (projectId: string, month: string) => `${project(projectId)}/statements/${month}/approval`,
  budget: (projectId: string, name: string) => `${project(projectId)}/budgets/${encodeURIComponent(name)}`,
  operations: 'v1/operations',
  actions: (month?: string) => `v1/operations/log${query({ month, limit: '50' })}`,
  reconciliation: (projectId: string, month: string) => `${project(projectId)}/reconciliations/${month}`,
  export: (projectId: string, range: Readonly<Record<'from' | 'to' | 'format', string>>) =>
    `${project(projectId)}/export${query(range)}`,
  job: (projectId: string, jobId: string) => `${project(projectId)}/jobs/${encodeURIComponent(jobId)}`,
} as const;
