import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { SignJWT } from 'jose';
import { Webhook } from 'standardwebhooks';
import { createDynamoDbTable } from '../../lib/store/dynamodb-table.ts';
import { createStore, type Store } from '../../lib/store/store.ts';
import { localClientConfig } from '../../local/environment.ts';
import { freePorts } from '../../local/free-ports.ts';
import { readLocalSettings } from '../../local/settings.ts';
import { startStack } from '../../local/stack.ts';
import { expectDocumented } from './contract.ts';

/** Two at once, as while one is being rotated. */
export const SECRETS = [
  'whsec_ZW5kLXRvLWVuZC1zZWNyZXQtbnVtYmVyLW9uZQ==',
  'whsec_ZW5kLXRvLWVuZC1zZWNyZXQtbnVtYmVyLXR3bw==',
] as const;
export const TOKEN_SECRET = 'end-to-end-token-secret-0123456789';

export type Body = string | Uint8Array | object;

interface Signing {
  readonly secret?: string;
  readonly at?: Date;
  readonly id?: string;
  /** Signs something else than what is sent. */
  readonly body?: string;
}

export interface PostOptions {
  readonly sign?: Signing;
  /** On top of the usual ones; `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** The projects of a valid token, or a token as it is; `undefined` sends none. */
export type Access = readonly string[] | 'all' | { readonly token: string } | undefined;

export interface Answer<Content = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly body: Content;
}

export interface TestStack {
  readonly url: string;
  /** For what no request writes. */
  readonly store: Store;
  /**
   * Posts to /v1/events: an array as a batch, any other object as a structured event, text and
   * bytes as they are.
   */
  post(body: Body, options?: PostOptions): Promise<Answer>;
  get<Content = unknown>(path: string, access: Access): Promise<Answer<Content>>;
  /** Waits until every fact has been settled. */
  settled(): Promise<void>;
  close(month: string): Promise<unknown>;
  /** Every item of the table. */
  snapshot(): Promise<readonly unknown[]>;
  stop(): Promise<void>;
}

/** The headers of Standard Webhooks, made by a library that is not ours. */
export const signatureHeaders = (
  body: string,
  { secret = SECRETS[0], at = new Date(), id = `msg_${randomUUID()}` }: Signing,
) => {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
};

const mediaTypeOf = (body: Body) =>
  Array.isArray(body) ? 'application/cloudevents-batch+json' : 'application/cloudevents+json';

/** A token as an identity provider makes it. `claims` replace the usual ones. */
export const tokenFor = (
  projects: readonly string[] | 'all',
  { secret = TOKEN_SECRET, expires = '5 minutes', ...claims }: Record<string, string> = {},
): Promise<string> =>
  new SignJWT({ projects: projects === 'all' ? ['*'] : projects, scope: 'usage:read', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret));

const authorization = async (access: Access): Promise<Record<string, string>> => {
  if (access === undefined) return {};
  const token = typeof access === 'object' && 'token' in access ? access.token : await tokenFor(access);
  return { authorization: `Bearer ${token}` };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Every answer must be as the OpenAPI document says. */
export const request = async <Content>(url: string, init: RequestInit): Promise<Answer<Content>> => {
  const response = await fetch(url, init);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const { status, headers } = response;
  expectDocumented(init.method ?? 'GET', url, { status, header: (name) => headers.get(name), text });
  return { status, headers, bytes, text, body: parseJson(text) as Content };
};

/** Posts to the events of the API at `url`, signed unless the options say otherwise. */
export const postEvents = (url: string, body: Body, { sign = {}, headers = {} }: PostOptions = {}) => {
  const content = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const all: Record<string, string | undefined> = {
    'content-type': mediaTypeOf(body),
    ...signatureHeaders(sign.body ?? Buffer.from(content).toString(), sign),
    ...headers,
  };
  const sent = Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined);
  return request(`${url}/v1/events`, { method: 'POST', headers: sent, body: Buffer.from(content) });
};

export const readPath = async <Content>(url: string, path: string, access: Access) =>
  request<Content>(`${url}${path}`, { headers: await authorization(access) });

/** A write with a JSON body, or none. */
export const writePath = <Content>(
  url: string,
  method: 'PUT' | 'DELETE',
  path: string,
  { token, body, headers }: { readonly token: string; readonly body?: Body; readonly headers?: object },
) =>
  request<Content>(`${url}${path}`, {
    method,
    headers: {
      ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

/** The secrets of these tests, on unused ports. */
export const testSettings = async () => {
  const [port, lambdaPort, dynamoDbPort] = (await freePorts(3)).map(String);
  return readLocalSettings({
    PORT: port,
    LAMBDA_PORT: lambdaPort,
    DYNAMODB_PORT: dynamoDbPort,
    WEBHOOK_SECRET: SECRETS.join(' '),
    TOKEN_SECRET,
  });
};

/** A whole stack of its own, in memory. */
export const startTestStack = async (
  environment: Readonly<Record<string, string>> = {},
): Promise<TestStack> => {
  const stack = await startStack({ ...(await testSettings()), environment, onLog: () => {} });
  const { url, tableName } = stack;
  const client = new DynamoDBClient(localClientConfig(stack.endpoint));
  return {
    url,
    store: createStore(createDynamoDbTable(client, tableName, pause)),
    post: (body, options) => postEvents(url, body, options),
    get: (path, access) => readPath(url, path, access),
    settled: () => stack.trigger.idle(),
    close: (month) => stack.invoke('close-month', { month }),
    snapshot: async () => {
      const pages = await Array.fromAsync(
        paginateScan({ client }, { TableName: tableName, ConsistentRead: true }),
      );
      return pages
        .flatMap(({ Items = [] }) => Items)
        .map((item) => unmarshall(item))
        .sort((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1));
    },
    stop: async () => {
      client.destroy();
      await stack.stop();
    },
  };
};
