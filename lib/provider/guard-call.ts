import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';

/** Why a call has no answer. */
export interface Failure {
  /** What the library gave, or `timeout`. */
  readonly error: unknown;
  /** What it gave beside that. */
  readonly said: unknown;
  /** The last request, without its query; none if there was none. */
  readonly url: string | undefined;
  /** The status of its answer, if one came. */
  readonly status: number | undefined;
  /** Why it has none, or not all of it. */
  readonly cause: Error | undefined;
}

export type Outcome = { readonly answer: unknown } | { readonly failure: Failure };

/** A call in progress. */
interface Call {
  url?: string;
  status?: number | undefined;
  cause?: Error | undefined;
  request?: ClientRequest;
  readonly fail: (error: unknown) => void;
}

const calls = new AsyncLocalStorage<Call>();

// Node publishes each request in the context that makes it, so those of other code are not touched.
subscribe('http.client.request.created', (message) => {
  const call = calls.getStore();
  if (!call) return;
  const { request } = message as { readonly request: ClientRequest };
  const { protocol, path } = request;
  call.url = `${protocol}//${request.getHeader('host')}${path.replace(/\?.*/, '')}`;
  call.status = undefined;
  call.cause = undefined;
  call.request = request;
  const fails = (error: Error) => {
    call.cause = error;
  };
  request.once('error', fails);
  request.once('response', (response: IncomingMessage) => {
    call.status = response.statusCode;
    // The client joins chunks as text, which would break a character that two of them share ...
    response.setEncoding('utf8');
    // ... and waits for ever for the end of an answer that is cut off.
    response.once('error', fails).once('error', call.fail);
  });
});

/**
 * Makes a call of the provider's client. It has an end within `timeoutMs`, with its connection; its
 * answer is read as UTF-8; and what the client does not say of a failure is known.
 */
export const guardCall = (
  timeoutMs: number,
  start: (callback: (error: unknown, answer: unknown) => void) => Promise<unknown>,
): Promise<Outcome> =>
  new Promise((resolve) => {
    const end = (outcome: Outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const fail = (error: unknown, said?: unknown) =>
      end({ failure: { error, said, url: call.url, status: call.status, cause: call.cause } });
    const call: Call = { fail };
    const timer = setTimeout(() => {
      fail('timeout');
      call.request?.destroy();
    }, timeoutMs);
    const callback = (error: unknown, answer: unknown) => (error ? fail(error, answer) : end({ answer }));
    calls.run(call, () => start(callback).catch(fail));
  });
