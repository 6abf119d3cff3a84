import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OvhCredentials } from '../../../lib/provider/ovh-access.ts';
import { type OvhApi, type OvhStops, ProviderError } from '../../../lib/provider/ovh-api.ts';
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
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});
afterEach(async () => {
  vi.useRealTimers();
  await server?.close();
  server = undefined;
});

const TOKEN = { json: { access_token: 'token-1', expires_in: 3_600, token_type: 'Bearer' } };

/** A client of an API that answers so; it has the time and gives tokens by itself. */
const clientOf = async (
  reply: (request: Received) => Reply,
  { credentials = KEYS, ...options }: { credentials?: OvhCredentials; timeoutMs?: number } = {},
): Promise<OvhApi & OvhStops> => {
  const listening = await listen((request) => {
    if (request.path === '/1.0/auth/time') return { json: API_TIME };
    if (request.path === '/auth/oauth2/token') return TOKEN;
    return reply(request);
  });
  server = listening;
  return createOvhClient({ endpoint: { url: `${listening.url}/1.0` }, credentials, ...options });
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

describe('a call that stops a job', () => {
  test.each([
    ['nothing', { status: 204, text: '' }],
    ['the job', { json: { id: 'job-1' } }],
    ['null', { json: null }],
  ])('is a signed PUT, answered with %s', async (_, reply) => {
    const client = await clientOf(() => reply);
    expect(await client.stopJob('p1', 'job-1')).toBe('requested');
    const call = server?.received.at(-1);
    expect([call?.method, call?.path]).toEqual(['PUT', '/1.0/cloud/project/p1/ai/job/job-1/kill']);
    expect(call?.headers['x-ovh-signature']).toMatch(/^\$1\$/);
  });

  test('of a job that is gone is fine, and one that is refused says so', async () => {
    const gone = await clientOf(() => ({ status: 404, json: { message: 'no such job' } }));
    expect(await gone.stopJob('p1', 'job-1')).toBe('gone');
    await server?.close();
    const refusing = await clientOf(() => ({ status: 403, json: { message: 'not granted' } }));
    const error = await failureOf(refusing.stopJob('p1', 'job-1'));
    expect(error).toMatchObject({ kind: 'refused' });
    expect(error.message).toContain('answered 403: not granted');
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
    expect(server?.received[2]?.headers).toMatchObject({
      'x-ovh-application': KEYS.applicationKey,
      'x-ovh-consumer': KEYS.consumerKey,
      'x-ovh-timestamp': String(API_TIME),
      'x-ovh-signature': expect.stringMatching(/^\$1\$[0-9a-f]{40}$/),
    });
    expect(server?.received[0]?.headers).not.toHaveProperty('x-ovh-signature');
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
  test('has a token, which is used until ten seconds before its end', async () => {
    const api = await clientOf(() => ({ json: [] }), { credentials: ACCOUNT });
    await api.jobs('p1', FIRST_PAGE);
    vi.setSystemTime(NOW + 3_589_000);
    await api.jobs('p1', FIRST_PAGE);
    vi.setSystemTime(NOW + 3_590_000);
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

  test.each([
    ['refused', 'answered 401: invalid_client', { status: 401, json: { error: 'invalid_client' } }],
    ['rate limit', 'answered 429', { status: 429, json: {} }],
    ['unavailable', 'answered 403: not JSON', { status: 403, text: '<html>blocked</html>' }],
    ['unavailable', 'cannot be reached (ECONNRESET)', 'reset'],
    ['unavailable', 'did not answer within 0.2 s', 'nothing'],
  ] as const)('is "%s" (%s) where its token is not given', async (kind, message, reply) => {
    server = await listen(() => reply);
    const { url } = server;
    const api = createOvhClient({ endpoint: { url }, credentials: ACCOUNT, timeoutMs: 200 });
    expect(await failureOf(api.jobs('p1', FIRST_PAGE))).toMatchObject({
      ...{ kind, message: expect.stringContaining(`${url}/auth/oauth2/token ${message}`) },
    });
    expect(pathsOf()).toHaveLength(1);
  });
});

describe('a call that fails', () => {
  test.each([
    ['rate limit', { status: 429, json: { message: 'Too many requests' } }],
    ['rate limit', { status: 429, json: { message: { toString: 0 } } }],
    ['unavailable', { status: 408, text: '<html>408 Request Time-out</html>' }],
    ['unavailable', { status: 500, json: { message: 'Internal server error' } }],
    ['unavailable', { status: 503, text: '' }],
    ['unavailable', { status: 200, text: '<html>maintenance</html>' }],
    ['unavailable', { status: 200, json: { items: [] } }],
    ['unavailable', { status: 403, text: '<html>blocked</html>' }],
    ['unavailable', 'reset'],
    ['unavailable', 'half'],
    ['rate limit', { status: 429, text: '<html>Too many requests</html>' }],
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
    expect(failure.message).toContain('/1.0/cloud/project/p1/ai/job answered 403: no *** of *** and so on');
    expect(failure.message.length).toBeLessThan(320);
  });

  test('is unavailable where nothing listens, or nothing is answered in time', async () => {
    const api = await clientOf(() => 'nothing', { timeoutMs: 200 });
    expect(await failureOf(api.jobs('p1', FIRST_PAGE))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('did not answer within 0.2 s'),
    });
    // Nothing is left that would keep a command from its end.
    await server?.received.at(-1)?.closed;
    await server?.close();
    server = undefined;
    expect(await failureOf(api.jobs('p1', FIRST_PAGE))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/^https:.*\/ai\/job cannot be reached \(ECONNREFUSED\)$/),
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

test('many calls over one connection leave no listeners on it', async () => {
  const warned: Error[] = [];
  const onWarning = (warning: Error) => warned.push(warning);
  process.on('warning', onWarning);
  const api = await clientOf(() => ({ json: [] }));
  for (let call = 0; call < 20; call += 1) await api.jobs('p1', FIRST_PAGE);
  process.off('warning', onWarning);
  expect(warned).toEqual([]);
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

test('usages are read by their ids', async () => {
  const api = await clientOf(({ path }) => ({ json: path.endsWith('/history') ? [] : {} }));
  await api.usages('p1');
  await api.usage('p1', 'current');
  await api.usage('p1', 'u-1');
  expect(pathsOf()?.slice(1)).toEqual([
    '/1.0/cloud/project/p1/usage/history',
    '/1.0/cloud/project/p1/usage/current',
    '/1.0/cloud/project/p1/usage/history/u-1',
  ]);
});
