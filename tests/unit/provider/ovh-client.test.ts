import createClient from '@ovhcloud/node-ovh';
import { afterEach, describe, expect, test } from 'vitest';
import { endpointAt, type OvhCredentials } from '../../../lib/provider/ovh-access.ts';
import { type OvhApi, ProviderError } from '../../../lib/provider/ovh-api.ts';
import { signatureOf } from '../../../lib/provider/ovh-authorizer.ts';
import { createOvhClient } from '../../../lib/provider/ovh-client.ts';
import { listen, type Received, type Reply } from './loopback.ts';

const KEYS = {
  kind: 'keys',
  applicationKey: 'AppKey7777',
  applicationSecret: 'AppSecret8888',
  consumerKey: 'ConsumerKey9999',
} as const;
const ACCOUNT = { kind: 'oauth2', clientId: 'Client1111', clientSecret: 'ClientSecret2222' } as const;
const SECRETS = [...Object.values(KEYS), ...Object.values(ACCOUNT)].filter((text) => /\d{4}/.test(text));

const NOW = Date.parse('2026-10-01T00:00:00.400Z');
/** The API's clock is an hour ahead. */
const API_TIME = Math.round(NOW / 1000) + 3_600;

let server: Awaited<ReturnType<typeof listen>> | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const TOKEN = { json: { access_token: 'token-1', expires_in: 3_600, token_type: 'Bearer' } };

/** A client of an API that answers so; it has the time and gives tokens by itself. */
const clientOf = async (
  reply: (request: Received) => Reply,
  {
    credentials = KEYS,
    ...options
  }: { credentials?: OvhCredentials; timeoutMs?: number; now?: () => number } = {},
): Promise<OvhApi> => {
  const listening = await listen((request) => {
    if (request.path === '/1.0/auth/time') return { json: API_TIME };
    if (request.path === '/auth/oauth2/token') return TOKEN;
    return reply(request);
  });
  server = listening;
  return createOvhClient({
    endpoint: endpointAt(`${listening.url}/1.0`),
    credentials,
    now: () => NOW,
    ...options,
  });
};

const pathsOf = () => server?.received.map(({ path }) => path);

const failureOf = async (call: Promise<unknown>): Promise<ProviderError> => {
  const error = await call.then(
    () => undefined,
    (rejected: unknown) => rejected,
  );
  expect(error).toBeInstanceOf(ProviderError);
  for (const secret of SECRETS) expect(String((error as Error).stack)).not.toContain(secret);
  return error as ProviderError;
};

const FIRST_PAGE = { page: 1, size: 50 };

describe('a signature', () => {
  const url = 'https://eu.api.ovh.com/1.0/cloud/project/p1/ai/job?page=1&size=50';
  const keys = {
    kind: 'keys',
    applicationKey: 'KKKK',
    applicationSecret: 'AAAA',
    consumerKey: 'CCCC',
  } as const;

  test('is the one worked out by hand', () => {
    expect(signatureOf(keys, new URL(url), 1_764_313_200)).toBe(
      '$1$0205a7cd6a0ef29e024d76804ef15c7e6864f3b2',
    );
  });

  test("is that of the provider's own client", () => {
    const theirs = createClient({ appKey: 'KKKK', appSecret: 'AAAA', consumerKey: 'CCCC' });
    for (const time of [1_764_313_200, 1_800_000_000])
      expect(signatureOf(keys, new URL(url), time)).toBe(theirs.signRequest('GET', url, '', time));
  });
});

describe('a call with keys', () => {
  test("is signed by the API's clock, which is asked for once", async () => {
    const api = await clientOf(() => ({ json: [] }));
    await api.jobs('p1', { ...FIRST_PAGE, updatedAfter: '2026-10-01T00:00:00.000Z', states: ['RUNNING'] });
    await api.jobs('p1', FIRST_PAGE);
    expect(pathsOf()).toEqual([
      '/1.0/auth/time',
      '/1.0/cloud/project/p1/ai/job?page=1&size=50&updatedAfter=2026-10-01T00%3A00%3A00.000Z&statusState=RUNNING',
      '/1.0/cloud/project/p1/ai/job?page=1&size=50',
    ]);
    const path = pathsOf()?.[2] ?? '';
    expect(server?.received[2]?.headers).toMatchObject({
      'x-ovh-application': KEYS.applicationKey,
      'x-ovh-consumer': KEYS.consumerKey,
      'x-ovh-timestamp': String(API_TIME),
      'x-ovh-signature': signatureOf(KEYS, new URL(`https://127.0.0.1${path}`), API_TIME),
    });
    expect(server?.received[0]?.headers).not.toHaveProperty('x-ovh-application');
  });

  test('asks for the time again, once, where the clocks have drifted apart', async () => {
    const late = { status: 400, json: { errorCode: 'QUERY_TIME_OUT', message: 'Query out of time' } };
    let answers: Reply[] = [late, { json: ['job'] }];
    const api = await clientOf(() => answers.shift() ?? late);
    expect(await api.jobs('p1', FIRST_PAGE)).toEqual(['job']);
    expect(pathsOf()?.filter((path) => path.endsWith('/time'))).toHaveLength(2);
    answers = [];
    expect(await failureOf(api.jobs('p1', FIRST_PAGE))).toMatchObject({ kind: 'refused' });
    expect(pathsOf()?.filter((path) => path.endsWith('/time'))).toHaveLength(3);
  });
});

describe('a call of a service account', () => {
  test('has a token, which is used until a minute before its end', async () => {
    let now = NOW;
    const api = await clientOf(() => ({ json: [] }), { credentials: ACCOUNT, now: () => now });
    await api.jobs('p1', FIRST_PAGE);
    now += 3_539_000;
    await api.jobs('p1', FIRST_PAGE);
    now += 1_000;
    await api.jobs('p1', FIRST_PAGE);
    expect(pathsOf()?.map((path) => path.includes('token'))).toEqual([true, false, false, true, false]);
    const [token, call] = server?.received ?? [];
    expect(token?.headers.authorization).toBe(`Basic ${btoa(`${ACCOUNT.clientId}:${ACCOUNT.clientSecret}`)}`);
    expect(token?.body).toBe('grant_type=client_credentials&scope=all');
    expect(call?.headers.authorization).toBe('Bearer token-1');
  });

  test('gets another token, once, where the first one is not valid any more', async () => {
    const answers: Reply[] = [{ status: 401, json: { message: 'expired' } }, { json: [] }];
    const api = await clientOf(() => answers.shift() ?? 'nothing', { credentials: ACCOUNT });
    expect(await api.jobs('p1', FIRST_PAGE)).toEqual([]);
    expect(pathsOf()?.filter((path) => path.includes('token'))).toHaveLength(2);
  });

  test('is refused where its secret is', async () => {
    const listening = await listen(() => ({ status: 401, json: { error: 'invalid_client' } }));
    server = listening;
    const api = createOvhClient({
      endpoint: endpointAt(listening.url),
      credentials: ACCOUNT,
      now: () => NOW,
    });
    expect(await failureOf(api.jobs('p1', FIRST_PAGE))).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('answered 401: invalid_client'),
    });
  });
});

describe('a call that fails', () => {
  test.each([
    ['rate limit', { status: 429, json: { message: 'Too many requests' } }],
    ['unavailable', { status: 408, text: '<html>408 Request Time-out</html>' }],
    ['unavailable', { status: 500, json: { message: 'Internal server error' } }],
    ['unavailable', { status: 503, text: '' }],
    ['unavailable', { status: 200, text: '<html>maintenance</html>' }],
    ['unavailable', { status: 200, json: { items: [] } }],
    ['unavailable', { status: 403, text: '<html>blocked</html>' }],
    ['refused', { status: 401, json: { message: 'You must login first' } }],
    ['refused', { status: 403, json: { errorCode: 'NOT_GRANTED_CALL', message: 'not granted' } }],
    ['refused', { status: 403, json: { errorCode: 'INVALID_CREDENTIAL', message: 'not valid' } }],
    ['refused', { status: 400, json: { errorCode: 'INVALID_SIGNATURE', message: 'Invalid signature' } }],
    ['refused', { status: 404, json: { message: 'This service does not exist' } }],
  ] as const)('is "%s" after the answer %j', async (kind, reply) => {
    const api = await clientOf(() => reply);
    expect(await failureOf(api.jobs('p1', FIRST_PAGE))).toMatchObject({ kind });
  });

  test('says which call it was and what was answered, on one line, and no key', async () => {
    const message = `no ${KEYS.consumerKey} of\n${KEYS.applicationKey} ${'and so on '.repeat(90)}`;
    const api = await clientOf(() => ({ status: 403, json: { errorCode: 'NOT_CREDENTIAL', message } }));
    const failure = await failureOf(api.jobs('p1', FIRST_PAGE));
    expect(failure.message).toContain(
      '/1.0/cloud/project/p1/ai/job answered 403: NOT_CREDENTIAL, no *** of *** and so on',
    );
    expect(failure.message.length).toBeLessThan(320);
  });

  test('is unavailable where nothing listens, or nothing is answered in time', async () => {
    const api = await clientOf(() => 'nothing', { timeoutMs: 50 });
    expect(await failureOf(api.jobs('p1', FIRST_PAGE))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('did not answer within 0.05 s'),
    });
    await server?.close();
    server = undefined;
    expect(await failureOf(api.jobs('p1', FIRST_PAGE))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/cannot be reached \(\w+\)/),
    });
  });

  test('takes its keys to no other address', async () => {
    const elsewhere = await listen(() => ({ json: [] }));
    const api = await clientOf(() => ({ status: 302, text: '', location: elsewhere.url }));
    expect(await failureOf(api.jobs('p1', FIRST_PAGE))).toMatchObject({ kind: 'unavailable' });
    expect(elsewhere.received).toEqual([]);
    await elsewhere.close();
  });
});

describe('one job', () => {
  test('is as answered, also where two parts of the answer share a character', async () => {
    const job = { id: 'job-1', name: '東京é🚂'.repeat(50) };
    const api = await clientOf(() => ({ json: job }));
    expect(await api.job('p1', 'job-1')).toEqual(job);
  });

  test('is nothing where the project has none of its id, or can have none', async () => {
    const api = await clientOf(() => ({ status: 404, json: { message: 'Job not found' } }));
    expect(await api.job('p1', 'job-1')).toBeUndefined();
    expect(await api.job('p1', '../../me')).toBeUndefined();
    expect(pathsOf()).toEqual(['/1.0/auth/time', '/1.0/cloud/project/p1/ai/job/job-1']);
  });

  test('is unavailable where a page says 404: it may exist', async () => {
    const api = await clientOf(() => ({ status: 404, text: '<html>not found</html>' }));
    expect(await failureOf(api.job('p1', 'job-1'))).toMatchObject({ kind: 'unavailable' });
  });
});

test('a project is one part of a path, or refused', async () => {
  const api = await clientOf(() => ({ json: [] }));
  expect(await failureOf(api.jobs('p1/../p2', FIRST_PAGE))).toMatchObject({ kind: 'refused' });
  expect(pathsOf()).toEqual([]);
});

test('usages are read by their ids, and the catalogue without a signature', async () => {
  const api = await clientOf(({ path }) => ({ json: path.endsWith('/history') ? [] : {} }));
  await api.usages('p1');
  await api.usage('p1', 'current');
  await api.usage('p1', 'u-1');
  await api.catalog('FR');
  expect(pathsOf()?.slice(1)).toEqual([
    '/1.0/cloud/project/p1/usage/history',
    '/1.0/cloud/project/p1/usage/current',
    '/1.0/cloud/project/p1/usage/history/u-1',
    '/1.0/order/catalog/public/cloud?ovhSubsidiary=FR',
  ]);
  expect(server?.received.at(-1)?.headers).not.toHaveProperty('x-ovh-application');
});
