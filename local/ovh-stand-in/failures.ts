import type { ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
import type { RouteName } from './routes.ts';

/** What a call gets instead of its answer. */
export type Failure = (
  | { readonly status: number }
  /** A page of a proxy, with 408. */
  | { readonly html: true }
  /** The connection ends without an answer. */
  | { readonly reset: true }
  | { readonly rateLimit: true }
  /** The right answer, so many milliseconds late. */
  | { readonly slowMs: number }
) & {
  /** How many calls; once without it. */
  readonly times?: number;
  /** Without it any call but that of the time. */
  readonly route?: RouteName;
};

/** Failures that are still to happen, the first that fits a call first. */
export const createFailures = () => {
  let planned: { readonly failure: Failure; left: number }[] = [];
  return {
    plan: (failure: Failure): void => void planned.push({ failure, left: failure.times ?? 1 }),
    take(route: RouteName): Failure | undefined {
      const next = planned.find(({ failure }) =>
        failure.route === undefined ? route !== 'time' : failure.route === route,
      );
      if (!next) return undefined;
      next.left -= 1;
      planned = planned.filter(({ left }) => left > 0);
      return next.failure;
    },
  };
};

export const TIMED_OUT_PAGE = '<html><body><h1>408 Request Time-out</h1></body></html>\n';

/** Fails a call, unless it is only slow. */
export const fail = (failure: Failure, response: ServerResponse): 'failed' | 'only slow' => {
  if ('slowMs' in failure) return 'only slow';
  if ('reset' in failure) response.socket?.destroy();
  else if ('html' in failure) response.writeHead(408, { 'content-type': 'text/html' }).end(TIMED_OUT_PAGE);
  else if ('rateLimit' in failure) throw new ApiError(429, 'TOO_MANY_REQUESTS', 'Too many requests');
  else throw new ApiError(failure.status, 'INTERNAL_SERVER_ERROR', 'An error has occurred');
  return 'failed';
};
