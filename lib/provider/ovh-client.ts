import type { OvhCredentials, OvhEndpoint } from './ovh-access.ts';
import { type OvhApi, ProviderError, type ProviderErrorKind } from './ovh-api.ts';
import { createAuthorizer, secretsOf } from './ovh-authorizer.ts';

export interface OvhClientOptions {
  readonly endpoint: OvhEndpoint;
  readonly credentials: OvhCredentials;
  now(): number;
  /** For one request and its answer. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

/** An answer of the API, with its JSON; none if it is no JSON, like the page of a gateway. */
interface Answer {
  readonly status: number;
  readonly json: { readonly value: unknown } | undefined;
}

const parse = (text: string): Answer['json'] => {
  try {
    return { value: text === '' ? null : JSON.parse(text) };
  } catch {
    return undefined;
  }
};

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const textOf = (value: unknown, name: string): string => {
  const member = memberOf(value, name);
  return typeof member === 'string' ? member : '';
};

const isSuccess = ({ status, json }: Answer): boolean => status >= 200 && status < 300 && json !== undefined;

const errorCodeOf = ({ json }: Answer): string => textOf(json?.value, 'errorCode');

const kindOf = ({ status, json }: Answer): ProviderErrorKind => {
  if (status === 429) return 'rate limit';
  // A page instead of JSON comes from a gateway, whatever its status.
  return status === 408 || status >= 500 || json === undefined ? 'unavailable' : 'refused';
};

/** Longest text of the provider in a message. */
const QUOTED = 200;

/** What the API says for itself. */
const reasonOf = (answer: Answer): string => {
  if (!answer.json) return 'not JSON';
  const { value } = answer.json;
  const said = [textOf(value, 'errorCode') || textOf(value, 'error'), textOf(value, 'message')];
  return said.filter((text) => text !== '').join(', ');
};

/** Sends requests; every failure becomes a `ProviderError` without secrets. */
const createSender = ({ timeoutMs = TIMEOUT_MS, credentials }: OvhClientOptions) => {
  const secrets = secretsOf(credentials);
  /** On one line. */
  const shown = (text: string) =>
    secrets
      .reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
      .replace(/\p{Cc}+/gu, ' ')
      .slice(0, QUOTED);

  const unreachable = (url: URL, error: unknown): ProviderError => {
    const { name, cause } = error as Error;
    const why =
      name === 'TimeoutError'
        ? `did not answer within ${timeoutMs / 1000} s`
        : `cannot be reached (${textOf(cause, 'code') || name})`;
    return new ProviderError('unavailable', `${url.origin} ${why}`);
  };

  return {
    async send(url: URL, init: RequestInit = {}): Promise<Answer> {
      try {
        // Headers are for this address only.
        const answer = await fetch(url, {
          ...init,
          redirect: 'error',
          signal: AbortSignal.timeout(timeoutMs),
        });
        return { status: answer.status, json: parse(await answer.text()) };
      } catch (error) {
        throw unreachable(url, error);
      }
    },

    failed(url: URL, answer: Answer): ProviderError {
      const said = shown(reasonOf(answer));
      const call = `${url.origin}${url.pathname} answered ${answer.status}`;
      return new ProviderError(kindOf(answer), said === '' ? call : `${call}: ${said}`);
    },
  };
};

/** Whether other credentials of the same kind may do: the clocks differ, or a token has expired. */
const isStale = (answer: Answer, { kind }: OvhCredentials): boolean =>
  kind === 'keys' ? errorCodeOf(answer) === 'QUERY_TIME_OUT' : answer.status === 401;

/** Gets the JSON at paths of the API. */
const createGet = (options: OvhClientOptions) => {
  const { endpoint, credentials, now } = options;
  const { send, failed } = createSender(options);
  const at = (path: string) => new URL(`${endpoint.api}${path}`);
  const readAnswer = (url: URL, answer: Answer): unknown => {
    if (!isSuccess(answer)) throw failed(url, answer);
    return answer.json?.value;
  };
  const unsigned = async (path: string) => readAnswer(at(path), await send(at(path)));

  const authorizer = createAuthorizer(
    credentials,
    {
      async time() {
        const seconds = await unsigned('/auth/time');
        if (typeof seconds === 'number') return seconds;
        throw new ProviderError('unavailable', `${endpoint.api}/auth/time did not answer with a time`);
      },
      async token(headers, form) {
        const url = new URL(endpoint.token);
        const value = readAnswer(url, await send(url, { method: 'POST', headers, body: form }));
        const [token, seconds] = [textOf(value, 'access_token'), memberOf(value, 'expires_in')];
        if (token !== '') return { token, seconds: Number(seconds) || 0 };
        throw new ProviderError('unavailable', `${endpoint.token} did not answer with a token`);
      },
    },
    now,
  );
  const signed = async (url: URL) => send(url, { headers: await authorizer.headersFor(url) });

  return {
    unsigned,
    /** Undefined if there is nothing. */
    async signed(path: string): Promise<unknown> {
      const url = at(path);
      let answer = await signed(url);
      if (isStale(answer, credentials)) {
        authorizer.renew();
        answer = await signed(url);
      }
      return answer.status === 404 && answer.json ? undefined : readAnswer(url, answer);
    },
  };
};

/** Ids of the provider: nothing that a path would read in another way. */
const isProviderId = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(text);

const pathOf = (project: string, rest: string): string => {
  if (isProviderId(project)) return `/cloud/project/${project}/${rest}`;
  throw new ProviderError('refused', `${JSON.stringify(project)} is not the id of a project`);
};

/**
 * OVHcloud's API over HTTPS, signed by either kind of credentials. It calls once: whether a failed
 * call is made again, and when, is for the caller to say.
 */
export const createOvhClient = (options: OvhClientOptions): OvhApi => {
  const { signed, unsigned } = createGet(options);

  const existing = async (path: string): Promise<unknown> => {
    const value = await signed(path);
    if (value !== undefined) return value;
    throw new ProviderError('refused', `there is no ${path}, or the credentials do not allow to see it`);
  };

  const list = async (path: string): Promise<readonly unknown[]> => {
    const value = await existing(path);
    if (Array.isArray(value)) return value;
    throw new ProviderError('unavailable', `${path.replace(/\?.*/, '')} did not answer with a list`);
  };

  return {
    async jobs(project, { page, size, updatedAfter, states = [] }) {
      const query = new URLSearchParams({ page: String(page), size: String(size) });
      if (updatedAfter !== undefined) query.set('updatedAfter', updatedAfter);
      for (const state of states) query.append('statusState', state);
      return list(`${pathOf(project, 'ai/job')}?${query}`);
    },
    async job(project, id) {
      const path = pathOf(project, 'ai/job/');
      return isProviderId(id) ? signed(`${path}${id}`) : undefined;
    },
    usages: async (project) => list(pathOf(project, 'usage/history')),
    async usage(project, id) {
      if (id === 'current') return existing(pathOf(project, 'usage/current'));
      if (isProviderId(id)) return existing(pathOf(project, `usage/history/${id}`));
      throw new ProviderError('refused', `${JSON.stringify(id)} is not the id of a usage`);
    },
    catalog: (subsidiary) =>
      unsigned(`/order/catalog/public/cloud?${new URLSearchParams({ ovhSubsidiary: subsidiary })}`),
  };
};
