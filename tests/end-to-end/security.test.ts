import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Answer,
  request,
  SECRETS,
  signatureHeaders,
  startTestStack,
  type TestStack,
  tokenFor,
} from './stack.ts';
import { eventsOf, gpu, type JobEvent, minutesAgo, sendAll } from './story.ts';

const BATCH = 'application/cloudevents-batch+json';
const STRUCTURED = 'application/cloudevents+json';

/** A site whose pages may call the API. */
const PORTAL = 'https://portal.example';

let stack: TestStack;

const KNOWN = eventsOf('known', 'proj-1', gpu(1), [
  ['RUNNING', minutesAgo(90)],
  ['DONE', minutesAgo(30)],
]);

beforeAll(async () => {
  stack = await startTestStack({ CORS_ORIGINS: `${PORTAL}, https://other.example` });
  await sendAll(stack, KNOWN);
});

afterAll(async () => {
  await stack?.stop();
});

const eventOf = (subject: string, projectId = 'proj-1'): JobEvent => {
  const [event] = eventsOf(subject, projectId, gpu(1), [['RUNNING', minutesAgo(10)]]);
  if (!event) throw new Error('there is an event');
  return event;
};

/** The event in binary mode. */
const binary = ({ data, ...attributes }: JobEvent) => ({
  body: JSON.stringify(data),
  headers: {
    'content-type': 'application/json',
    ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)])),
  },
});

describe('what was signed once gives nothing a second time:', () => {
  let before: readonly unknown[];

  beforeEach(async () => {
    before = await stack.snapshot();
  });

  afterEach(async () => {
    await stack.settled();
    expect(await stack.snapshot()).toEqual(before);
  });

  test('a request that is sent again to the byte is a duplicate', async () => {
    const body = JSON.stringify(KNOWN);
    const headers = { 'content-type': BATCH, ...signatureHeaders(body, {}) };
    for (const _ of ['once', 'twice'])
      expect(await stack.post(body, { headers })).toMatchObject({
        status: 202,
        body: { results: [{ outcome: 'duplicate' }, { outcome: 'duplicate' }] },
      });
  });

  test('a body that was signed for one mode is no event in another', async () => {
    const event = eventOf('another-mode');
    const headersOfAnother = binary(eventOf('of-the-forger')).headers;
    const structured = JSON.stringify(event);
    const ofBinary = binary(event).body;
    for (const [body, headers] of [
      [structured, { 'content-type': BATCH }],
      [structured, headersOfAnother],
      [JSON.stringify([event]), { 'content-type': STRUCTURED }],
      [JSON.stringify([event]), headersOfAnother],
      [ofBinary, { 'content-type': STRUCTURED }],
      [ofBinary, { 'content-type': BATCH }],
    ] as const)
      expect(await stack.post(body, { headers })).toMatchObject({ status: 422 });
  });
});

test('an event that is signed with the old and the new secret is recorded once', async () => {
  const event = eventOf('signed-twice');
  const body = JSON.stringify(event);
  const at = new Date();
  const [ours, theirs] = SECRETS.map((secret) => signatureHeaders(body, { secret, at, id: 'msg_both' }));
  const signature = `${theirs?.['webhook-signature']} ${ours?.['webhook-signature']}`;
  const headers = { ...ours, 'webhook-signature': signature };
  expect(await stack.post(body, { headers })).toMatchObject({
    status: 202,
    body: { results: [{ id: event.id, outcome: 'recorded' }] },
  });
});

describe('I7: what a token does not name', () => {
  const month = new Date().toISOString().slice(0, 7);

  test.each([
    ['jobs', '/v1/projects/proj-1/jobs/known', '/v1/projects/unheard-of/jobs/known'],
    ...['usage', 'jobs', 'statements', `statements/${month}`, `statements/${month}/charges`].map((rest) => [
      rest.replace(month, 'a month'),
      `/v1/projects/proj-1/${rest}`,
      `/v1/projects/unheard-of/${rest}`,
    ]),
  ])('answers like what does not exist, to the byte: %s', async (_, foreign = '', unknown = '') => {
    const [one, other] = [await stack.get(foreign, ['proj-2']), await stack.get(unknown, ['proj-2'])];
    expect(one.status).toBe(404);
    expect(one.text).toBe(other.text);
    expect([...one.headers.keys()]).toEqual([...other.headers.keys()]);
  });

  test('is not listed', async () => {
    const listed = await stack.get('/v1/projects', ['proj-2']);
    expect(listed.status).toBe(200);
    expect(listed.text).not.toContain('proj-1');
  });
});

test('ids that look like keys or members of objects are ids like any others', async () => {
  const before = await stack.snapshot();
  const ids = [
    '__proto__',
    'constructor',
    'HEAD',
    'STATEMENT',
    'JOB',
    'PROJECT',
    'SETTINGS',
    'a:b',
    '-',
    '_',
  ];
  await sendAll(
    stack,
    ids.map((id) => eventOf(id, id)),
  );
  for (const id of ids) {
    const job = await stack.get(`/v1/projects/${id}/jobs/${id}`, [id]);
    expect(job).toMatchObject({ status: 200, body: { jobId: id, projectId: id } });
    expect(
      (
        await stack.get(
          `/v1/projects/${id}/jobs/${id}`,
          ids.filter((other) => other !== id),
        )
      ).status,
    ).toBe(404);
    const usage = await stack.get(`/v1/projects/${id}/usage`, [id]);
    expect(usage).toMatchObject({ status: 200, body: { projectId: id, running: { count: 1 } } });
  }
  // Nothing that was there before has changed.
  expect(await stack.snapshot()).toEqual(expect.arrayContaining([...before]));
});

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};

test.each<[name: string, status: number, answer: () => Promise<Answer>]>([
  ['a read', 200, () => stack.get('/v1/projects/proj-1/jobs/known', ['proj-1'])],
  ['recorded events', 202, () => stack.post(KNOWN)],
  ['what is not JSON', 400, () => stack.post('{')],
  ['a read without a token', 401, () => stack.get('/v1/projects/proj-1/jobs/known', undefined)],
  ['a signature that is none', 401, () => stack.post(KNOWN, { headers: { 'webhook-signature': 'v1,' } })],
  [
    'a token without the scope',
    403,
    async () => stack.get('/v1/projects', { token: await tokenFor([], { scope: '' }) }),
  ],
  ['what does not exist', 404, () => stack.get('/v1/projects/proj-1/jobs/unheard-of', 'all')],
  ['too many events', 413, () => stack.post(Array(101).fill(KNOWN[0]))],
  ['an unknown media type', 415, () => stack.post('', { headers: { 'content-type': 'text/plain' } })],
  ['an invalid event', 422, () => stack.post({})],
])('the answer to %s has the headers that keep browsers and caches out', async (_, status, answer) => {
  const given = await answer();
  expect(given.status).toBe(status);
  expect(Object.fromEntries(given.headers)).toMatchObject(HEADERS);
});

test('the gateway lets pages of the origins of the stage call the API, and no others', async () => {
  const preflight = async (origin: string) => {
    const headers = {
      origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    };
    const response = await fetch(`${stack.url}/v1/projects`, { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    return (name: string) => response.headers.get(`access-control-${name}`);
  };
  const allowed = await preflight(PORTAL);
  expect(allowed('allow-origin')).toBe(PORTAL);
  expect(allowed('allow-headers')).toBe('authorization,content-type,if-match,if-none-match');
  expect(allowed('expose-headers')).toMatch(/\betag\b.*\bretry-after\b.*\bx-request-id\b/);
  expect(allowed('allow-credentials')).toBeNull();
  for (const foreign of ['https://portal.example.evil.example', 'http://portal.example', 'null'])
    expect((await preflight(foreign))('allow-origin')).toBeNull();
});

describe('a sign-in link', () => {
  const ask = async (access: readonly string[] | 'all' | undefined, body: object, expires = '5 minutes') => {
    const token = access && (await tokenFor(access, { expires }));
    return request<{ readonly url: string; readonly expiresAt: string }>(`${stack.url}/v1/links`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
  };
  const fragmentOf = (url: string) => new URLSearchParams(new URL(url).hash.slice(1));

  test.each(['all', ['proj-1', 'proj-2']] as const)(
    'made with a token for %j opens the page with one for its project alone',
    async (access) => {
      const { status, body, headers } = await ask(access, { projectId: 'proj-1' });
      expect(status).toBe(201);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(new URL(body.url).origin).toBe(stack.url);
      const fragment = fragmentOf(body.url);
      expect(fragment.get('to')).toBe('/projects/proj-1');
      const token = fragment.get('token') ?? '';
      expect(await stack.get('/v1/projects', { token })).toMatchObject({
        status: 200,
        body: { projects: ['proj-1'] },
      });
      expect(await stack.get('/v1/projects/proj-2/usage', { token })).toMatchObject({ status: 404 });
    },
  );

  test('never outlives the token that it was made with, not even by another link', async () => {
    const { body } = await ask(['proj-1'], { projectId: 'proj-1', expiresIn: 'PT1H' }, '2 minutes');
    expect(Date.parse(body.expiresAt)).toBeLessThanOrEqual(Date.now() + 120_000);
    const again = await request<typeof body>(`${stack.url}/v1/links`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${fragmentOf(body.url).get('token')}`,
      },
      body: JSON.stringify({ projectId: 'proj-1', expiresIn: 'PT1H' }),
    });
    expect(again.body.expiresAt).toBe(body.expiresAt);
  });

  test('is not made for a project that the token does not name, nor without a token', async () => {
    const refused = await ask(['proj-2'], { projectId: 'proj-1' });
    const unheardOf = await ask(['proj-2'], { projectId: 'unheard-of' });
    expect(refused.status).toBe(404);
    expect(refused.text).toBe(unheardOf.text);
    const without = await ask(undefined, {});
    expect(without.status).toBe(401);
    expect(without.headers.get('www-authenticate')).toBe('Bearer');
    expect(await ask('all', { projectId: '*' })).toMatchObject({ status: 422 });
  });
});

describe('what is too large', () => {
  /** Sends a request as it is written and gives the status. */
  const statusOf = async (head: readonly string[]): Promise<number> => {
    const { hostname, port } = new URL(stack.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.end([...head, 'Host: localhost', 'Connection: close', '', ''].join('\r\n'));
    return Number((await text(socket)).split(' ')[1]);
  };

  test.each([
    ['one header of 100,000 bytes', [`X-Long: ${'x'.repeat(100_000)}`]],
    ['5,000 headers', Array.from({ length: 5_000 }, (_, index) => `X-${index}: x`)],
    ['a token of 100,000 bytes', [`Authorization: Bearer ${'x'.repeat(100_000)}`]],
  ])('among headers is refused at the door: %s', async (_, headers) => {
    const line = 'GET /v1/projects/proj-1/jobs/known HTTP/1.1';
    expect([400, 431]).toContain(await statusOf([line, ...headers]));
    // Without them it reaches the function, which misses a token.
    expect(await statusOf([line])).toBe(401);
  });

  test('in depth is read to its end and refused: 1 MiB of nested lists and objects', async () => {
    const depth = 500_000;
    const lists = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const objects = `${'{"a":'.repeat(depth / 4)}1${'}'.repeat(depth / 4)}`;
    for (const body of [lists, objects]) expect(await stack.post(body)).toMatchObject({ status: 422 });
    expect(await stack.post(lists, { headers: { 'content-type': BATCH } })).toMatchObject({ status: 422 });
  });
});
