import { setTimeout as pause } from 'node:timers/promises';
import { type Attempt, type Patience, type Setback, tryPatiently } from './patience.ts';

/** Longer than the 29 s that the gateway waits for a function. */
const ANSWER_LIMIT_MS = 35_000;
/** Patience with a refused connection before the first response: probably nothing is running. */
const NOT_RUNNING_MS = 3_000;

const TRY_LATER = 'try again later, nothing is recorded twice';

/** Transient network failures; all others are permanent, like an invalid certificate. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'TimeoutError',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);
const NOT_RUNNING: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND']);

export interface ApiClientOptions extends Patience {
  readonly fetch: (url: URL, init: RequestInit) => Promise<Response>;
}

/** Network, clock and pauses of a real process. */
export const REAL_TIME: ApiClientOptions = {
  fetch: (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }),
  now: Date.now,
  pause,
};

/** A response that a retry would not change. */
export interface ApiAnswer {
  readonly status: number;
  readonly mediaType: string;
  /** Absent if it is not JSON. */
  readonly body: unknown;
}

export interface ApiClient {
  /** Calls `path`; `init` is made anew for each attempt. */
  call(path: string, init: () => RequestInit): Promise<ApiAnswer>;
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** `retry-after` in either form, seconds or a date (RFC 9110, 10.2.3). */
const retryAfterMs = (response: Response, now: number): number | undefined => {
  const value = response.headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
};

const mediaTypeOf = (response: Response): string =>
  response.headers.get('content-type')?.split(';')[0]?.trim() || 'no media type';

/** `fetch` wraps the reason as the cause of a general error. */
const causeOf = (error: Error): Error & { readonly code?: unknown } =>
  error.cause instanceof Error ? error.cause : error;

/** A client of the API at `url` that retries outages: 429, 5xx and network failures. */
export const createApiClient = (url: string, { fetch, ...patience }: ApiClientOptions): ApiClient => {
  let hasAnswered = false;

  const unreachable = (error: Error): Setback => {
    const cause = causeOf(error);
    // The code of a timeout is a number; its name is clearer.
    const code = typeof cause.code === 'string' ? cause.code : cause.name;
    const patienceMs = NOT_RUNNING.has(code) && !hasAnswered ? NOT_RUNNING_MS : undefined;
    return {
      failed: `${url} cannot be reached (${cause.message || code})`,
      advice: 'is it running? `npm start` runs it locally',
      patienceMs: TRANSIENT.has(code) ? patienceMs : 0,
    };
  };

  const attempt = async (path: string, init: RequestInit): Promise<Attempt<ApiAnswer>> => {
    try {
      const response = await fetch(new URL(path, url), init);
      hasAnswered = true;
      const text = await response.text();
      const { status } = response;
      if (status < 500 && status !== 429)
        return { done: { status, mediaType: mediaTypeOf(response), body: parseJson(text) } };
      const pauseMs = retryAfterMs(response, patience.now());
      return { setback: { failed: `${url} answered ${status}`, advice: TRY_LATER, pauseMs } };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { setback: unreachable(error) };
    }
  };

  return { call: (path, init) => tryPatiently(() => attempt(path, init()), patience) };
};
