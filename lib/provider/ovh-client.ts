import { type Failure, guardCall, type Outcome } from './guard-call.ts';
import type { OvhCredentials, OvhEndpoint } from './ovh-access.ts';
import { type OvhApi, type OvhStops, ProviderError, type ProviderErrorKind } from './ovh-api.ts';

export interface OvhClientOptions {
  readonly endpoint: OvhEndpoint;
  readonly credentials: OvhCredentials;
  /** For one call and its answer, with the token or the time that it may need first. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

/** The provider's own client, loaded when something is called. */
const createTheirClient = async ({ endpoint, credentials }: OvhClientOptions) => {
  const { default: createClient } = await import('@ovhcloud/node-ovh');
  return createClient({ ...addressOf(endpoint), ...keysOf(credentials) });
};

const addressOf = (endpoint: OvhEndpoint) => {
  if ('name' in endpoint) return { endpoint: endpoint.name };
  const { origin, hostname, port, pathname } = new URL(endpoint.url);
  return {
    ...{ host: hostname, port: Number(port) || 443, basePath: pathname.replace(/\/$/, '') },
    tokenURL: `${origin}/auth/`,
  };
};

const keysOf = (credentials: OvhCredentials) => {
  if (credentials.kind === 'oauth2')
    return { clientID: credentials.clientId, clientSecret: credentials.clientSecret };
  const { applicationKey: appKey, applicationSecret: appSecret, consumerKey } = credentials;
  return { appKey, appSecret, consumerKey };
};

/** What no message may contain. */
const secretsOf = (credentials: OvhCredentials): readonly string[] =>
  credentials.kind === 'keys'
    ? [credentials.applicationSecret, credentials.consumerKey, credentials.applicationKey]
    : [credentials.clientSecret];

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** What is said about a token, as RFC 6749 has it. */
const tokenErrorOf = (error: unknown): unknown => memberOf(memberOf(error, 'message'), 'error');

/** Whether the API itself has answered, or its tokens, not a gateway with a page. */
const isAnswered = ({ error }: Failure): boolean =>
  (typeof error === 'number' && error > 0) || typeof tokenErrorOf(error) === 'string';

const kindOf = (failure: Failure): ProviderErrorKind => {
  const { status = 0 } = failure;
  if (status === 429) return 'rate limit';
  return status < 400 || status === 408 || status >= 500 || !isAnswered(failure) ? 'unavailable' : 'refused';
};

const codeOf = (error: unknown): string =>
  String(memberOf(error, 'code') ?? memberOf(error, 'name') ?? error);

/** What is said beside the status. */
const reasonOf = (failure: Failure): string => {
  const { error, said, cause } = failure;
  if (cause) return codeOf(cause);
  if (typeof error === 'string') return error;
  if (!isAnswered(failure)) return 'not JSON';
  return [said, tokenErrorOf(error)].find((text) => typeof text === 'string') ?? '';
};

/** Longest text of the provider in a message. */
const QUOTED = 200;

/** A failure as an error, whose message is one line without secrets. */
const createErrors = ({ credentials, timeoutMs = TIMEOUT_MS }: OvhClientOptions) => {
  const shown = (text: string) =>
    secretsOf(credentials)
      .reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
      .replace(/\p{Cc}+/gu, ' ')
      .slice(0, QUOTED);

  const saidOf = (failure: Failure): string => {
    if (failure.error === 'timeout') return `did not answer within ${timeoutMs / 1000} s`;
    if (failure.status === undefined)
      return `cannot be reached (${shown(codeOf(failure.cause ?? failure.error))})`;
    const reason = shown(reasonOf(failure));
    return `answered ${failure.status}${reason === '' ? '' : `: ${reason}`}`;
  };
  return (failure: Failure): ProviderError =>
    new ProviderError(kindOf(failure), `${failure.url ?? "OVHcloud's API"} ${saidOf(failure)}`);
};

/** Whether a new client may do: the clocks differ, or a token has expired. */
const isStale = ({ error, said }: Failure, { kind }: OvhCredentials): boolean =>
  kind === 'keys' ? said === 'Query out of time' : error === 401;

/** Calls paths of the API for their JSON. */
const createRequest = (options: OvhClientOptions) => {
  const { credentials, timeoutMs = TIMEOUT_MS } = options;
  const errorOf = createErrors(options);
  let client: ReturnType<typeof createTheirClient> | undefined;

  const call = async (
    method: 'GET' | 'PUT',
    path: string,
    query: Readonly<Record<string, unknown>>,
  ): Promise<Outcome> => {
    client ??= createTheirClient(options);
    const { request } = await client.then((theirs) => ({ request: theirs.request.bind(theirs) }));
    const outcome = await guardCall(timeoutMs, (callback) => request(method, path, { ...query }, callback));
    // It keeps the time of the API and its token for ever: where it is refused it is not kept.
    if ('failure' in outcome && kindOf(outcome.failure) === 'refused') client = undefined;
    return outcome;
  };

  /** Undefined if there is nothing. */
  return async (
    method: 'GET' | 'PUT',
    path: string,
    query: Readonly<Record<string, unknown>> = {},
  ): Promise<unknown> => {
    let outcome = await call(method, path, query);
    if ('failure' in outcome && isStale(outcome.failure, credentials))
      outcome = await call(method, path, query);
    if ('answer' in outcome) return outcome.answer;
    if (outcome.failure.error === 404) return undefined;
    throw errorOf(outcome.failure);
  };
};

/** Ids of the provider: nothing that a path would read in another way. */
const isProviderId = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(text);

const pathOf = (project: string, rest: string): string => {
  if (isProviderId(project)) return `/cloud/project/${project}/${rest}`;
  throw new ProviderError('refused', `${JSON.stringify(project)} is not the id of a project`);
};

/**
 * OVHcloud's API, by its own client. It calls once: whether a failed call is made again, and when, is
 * for the caller to say.
 */
export const createOvhClient = (options: OvhClientOptions): OvhApi & OvhStops => {
  const request = createRequest(options);
  const get = (path: string, query?: Readonly<Record<string, unknown>>) => request('GET', path, query);

  const existing = async (path: string, query?: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const value = await get(path, query);
    if (value !== undefined) return value;
    throw new ProviderError('refused', `there is no ${path}, or the credentials do not allow to see it`);
  };

  const list = async (
    path: string,
    query?: Readonly<Record<string, unknown>>,
  ): Promise<readonly unknown[]> => {
    const value = await existing(path, query);
    if (Array.isArray(value)) return value;
    throw new ProviderError('unavailable', `${path} did not answer with a list`);
  };

  return {
    async jobs(project, { page, size, updatedAfter, states }) {
      return list(pathOf(project, 'ai/job'), { page, size, updatedAfter, statusState: states });
    },
    async job(project, id) {
      const path = pathOf(project, 'ai/job/');
      return isProviderId(id) ? get(`${path}${id}`) : undefined;
    },
    async stopJob(project, id) {
      const path = pathOf(project, 'ai/job/');
      if (!isProviderId(id)) return 'gone';
      // Answered with nothing, or with the job.
      return (await request('PUT', `${path}${id}/kill`)) === undefined ? 'gone' : 'requested';
    },
    usages: async (project) => list(pathOf(project, 'usage/history')),
    async usage(project, id) {
      if (id === 'current') return existing(pathOf(project, 'usage/current'));
      if (isProviderId(id)) return existing(pathOf(project, `usage/history/${id}`));
      throw new ProviderError('refused', `${JSON.stringify(id)} is not the id of a usage`);
    },
  };
};
