import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './api-error.ts';
import { createBills } from './bills.ts';
import { createCertificate } from './certificate.ts';
import { createFailures, type Failure, fail } from './failures.ts';
import type { BillingRule, Planted } from './positions.ts';
import { createProvider, type Provider } from './provider.ts';
import { findRoute, type RouteName } from './routes.ts';
import type { ScriptedJob } from './scripted-job.ts';
import { type Credentials, checkSignature } from './signature.ts';
import { createUsages } from './usages.ts';

export interface OvhStandInOptions {
  /** The clock of the provider, epoch milliseconds. */
  readonly now: () => number;
  readonly rule: BillingRule;
  readonly credentials: Credentials;
  readonly jobs?: readonly ScriptedJob[];
  /** A free one without it. */
  readonly port?: number;
}

/** A running stand-in of the provider's API. */
export interface OvhStandIn {
  /** The address of the API: `https://localhost:<port>/1.0`. */
  readonly url: string;
  readonly port: number;
  /** For NODE_EXTRA_CA_CERTS. Removed by `close`. */
  readonly caFile: string;
  readonly provider: Provider;
  /** Answered calls, also those that failed on purpose. */
  readonly calls: ReadonlyMap<RouteName, number>;
  failNext(failure: Failure): void;
  /** From now on usage and bills have these mistakes. */
  plant(...mistakes: readonly Planted[]): void;
  close(): Promise<void>;
}

const BASE_PATH = '/1.0';

/** The provider's client signs the address without the port. */
const signedUrl = ({ headers, url = '' }: IncomingMessage) =>
  `https://${(headers.host ?? '').replace(/:\d+$/, '')}${url}`;

/** Serves the provider's documented API on loopback. */
export const startOvhStandIn = async (options: OvhStandInOptions): Promise<OvhStandIn> => {
  const { now, rule, credentials } = options;
  const provider = createProvider(now, options.jobs);
  const planted: Planted[] = [];
  const served = {
    ...{ provider, rule },
    usages: createUsages(provider, rule, planted),
    bills: createBills(provider, rule, planted),
  };
  const failures = createFailures();
  const calls = new Map<RouteName, number>();

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', headers } = request;
    const { pathname, searchParams } = new URL(request.url ?? '', 'https://localhost');
    if (!pathname.startsWith(`${BASE_PATH}/`)) throw new ApiError(404, 'INVALID_URL', 'Got an invalid URL');
    const { name, route, parameters } = findRoute(method, pathname.slice(BASE_PATH.length));
    calls.set(name, (calls.get(name) ?? 0) + 1);
    const body = await text(request);
    const failure = failures.take(name);
    if (failure && fail(failure, response) === 'failed') return;
    if (failure && 'slowMs' in failure) await sleep(failure.slowMs, undefined, { ref: false });
    if (!route.open) checkSignature(credentials, { method, url: signedUrl(request), body, headers }, now());
    const answered = route.answer(served, parameters, searchParams) ?? null;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answered));
  };

  const onRequest: RequestListener = (request, response) => {
    answer(request, response).catch((error: unknown) => {
      const known = error instanceof ApiError ? error : new ApiError(500, 'INTERNAL', String(error));
      response.writeHead(known.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(known.body));
    });
  };
  const { key, cert, caFile, remove } = await createCertificate();
  const server = createServer({ key, cert }, onRequest);
  await once(server.listen(options.port ?? 0, 'localhost'), 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    ...{ url: `https://localhost:${port}${BASE_PATH}`, port, caFile, provider, calls },
    failNext: failures.plan,
    plant: (...mistakes) => void planted.push(...mistakes),
    async close() {
      server.closeAllConnections();
      await once(server.close(), 'close');
      await remove();
    },
  };
};
