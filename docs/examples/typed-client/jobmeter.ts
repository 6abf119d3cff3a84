import { setTimeout } from 'node:timers/promises';
import createClient from 'openapi-fetch';
import type { paths } from './jobmeter-api.d.ts';

const ATTEMPTS = 5;

/** Too many requests at once, or not available at the moment. */
const isTransient = ({ status }: Response): boolean => status === 429 || status === 503;

/** Waits as long as the answer says, else for a second, and twice as long after each attempt. */
const pauseMs = ({ headers }: Response, attempt: number): number =>
  Number(headers.get('retry-after') ?? 2 ** (attempt - 1)) * 1000;

/** A read may be repeated at any time. */
const patientFetch = async (request: Request): Promise<Response> => {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(request.clone());
    if (!isTransient(response) || attempt === ATTEMPTS) return response;
    await setTimeout(pauseMs(response, attempt));
  }
};

/** A statement is JSON unless a request says otherwise. */
type Json = 'application/json' | 'application/problem+json';

/** The API as one token sees it: paths, parameters and answers have the types of its document. */
export const createJobmeter = (url: string, token: string) =>
  createClient<paths, Json>({
    baseUrl: url,
    headers: { authorization: `Bearer ${token}` },
    fetch: patientFetch,
  });

/** Problem details (RFC 9457), or what the gateway says. */
type Refused = { readonly detail?: string; readonly message?: string };

type Answer<Data> =
  | { readonly data: Data; readonly error?: never; readonly response: Response }
  | { readonly data?: never; readonly error: Refused; readonly response: Response };

/** The content of an answer, or an error that says what the API says. */
export const contentOf = async <Data>(answer: Promise<Answer<Data>>): Promise<Data> => {
  const { data, error, response } = await answer;
  if (error === undefined) return data;
  throw new Error(`${response.status} ${error.detail ?? error.message ?? response.statusText}`);
};
