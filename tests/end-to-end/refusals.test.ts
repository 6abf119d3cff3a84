import { createHmac } from 'node:crypto';
import { UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localEnvironment } from '../../local/environment.ts';
import { startFunctions } from '../../local/functions.ts';
import {
  type Access,
  type Answer,
  type Body,
  type PostOptions,
  postEvents,
  readPath,
  SECRETS,
  startTestStack,
  type TestStack,
  testSettings,
  tokenFor,
  writePath,
} from './stack.ts';
import { eventsOf, gpu, minutesAgo, sendAll } from './story.ts';

const DAY_MINUTES = 24 * 60;
const ONE_MIB = 1_048_576;

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
  await sendAll(
    stack,
    eventsOf('known', 'proj-1', gpu(1), [
      ['RUNNING', minutesAgo(90)],
      ['DONE', minutesAgo(30)],
    ]),
  );
});

afterAll(async () => {
  await stack?.stop();
});

/** An event that was never sent, with the changes of a test. */
const eventOf = (id: string, { data = {}, ...attributes }: Readonly<Record<string, unknown>> = {}) => ({
  specversion: '1.0',
  type: 'training.job.status',
  source: 'https://gra.training.example',
  id,
  subject: 'refused',
  time: minutesAgo(10),
  data: { projectId: 'proj-1', status: 'RUNNING', resources: gpu(1), ...(data as object) },
  ...attributes,
});

/** The event in binary mode: its attributes as headers, its data as the body. */
const binary = ({
  data,
  ...attributes
}: {
  readonly data: object;
  readonly [attribute: string]: unknown;
}) => ({
  body: JSON.stringify(data),
  headers: {
    'content-type': 'application/json',
    ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)])),
  },
});

const expectProblem = (answer: Answer, status: number, code: string) => {
  expect(answer, answer.text).toMatchObject({
    status,
    body: {
      type: `urn:jobmeter:problem:${code}`,
      status,
      title: expect.any(String),
      detail: expect.any(String),
    },
  });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
};

describe('a refusal leaves the table as it is:', () => {
  let before: readonly unknown[];

  beforeEach(async () => {
    before = await stack.snapshot();
  });

  afterEach(async () => {
    await stack.settled();
    expect(await stack.snapshot()).toEqual(before);
  });

  const structured = { 'content-type': 'application/cloudevents+json' };

  test.each<[name: string, body: Body]>([
    ['an empty body', ''],
    ['half an object', '{"specversion":'],
    ['two objects', `${JSON.stringify(eventOf('1'))}${JSON.stringify(eventOf('2'))}`],
    ['a byte order mark and nothing else', '\uFEFF'],
  ])('400 for a body that is not JSON: %s', async (_, body) => {
    expectProblem(await stack.post(body, { headers: structured }), 400, 'not-json');
  });

  test('400 for bytes that are not UTF-8, signed as they are', async () => {
    const body = Buffer.from(JSON.stringify(eventOf('latin-1', { data: { note: 'caf\u00e9' } })), 'latin1');
    const timestamp = Math.floor(Date.now() / 1000);
    const key = Buffer.from(SECRETS[0].slice('whsec_'.length), 'base64');
    const digest = createHmac('sha256', key).update(`msg_1.${timestamp}.`).update(body).digest('base64');
    const headers = {
      ...structured,
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': `v1,${digest}`,
    };
    expectProblem(await stack.post(body, { headers }), 400, 'not-json');
  });

  const secondsFromNow = (seconds: number) => new Date(Date.now() + seconds * 1000);

  test.each<[name: string, options: () => PostOptions]>([
    ['no webhook-id', () => ({ headers: { 'webhook-id': undefined } })],
    ['no webhook-timestamp', () => ({ headers: { 'webhook-timestamp': undefined } })],
    ['no webhook-signature', () => ({ headers: { 'webhook-signature': undefined } })],
    ['a forged signature', () => ({ headers: { 'webhook-signature': `v1,${'A'.repeat(43)}=` } })],
    ['a signature of no known version', () => ({ headers: { 'webhook-signature': 'v1a,AAAA' } })],
    ['another id than the signed one', () => ({ headers: { 'webhook-id': 'msg_other' } })],
    ['a timestamp that is no number', () => ({ headers: { 'webhook-timestamp': '2026-10-01T08:00:00Z' } })],
    ['a signature of 5 minutes and 1 second ago', () => ({ sign: { at: secondsFromNow(-301) } })],
    ['a signature more than 5 minutes ahead', () => ({ sign: { at: secondsFromNow(302) } })],
    [
      'a secret nobody knows',
      () => ({ sign: { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` } }),
    ],
    ['a signature of another body', () => ({ sign: { body: JSON.stringify(eventOf('other')) } })],
  ])('401 for %s', async (_, options) => {
    expectProblem(await stack.post(eventOf('unsigned'), options()), 401, 'unauthenticated');
  });

  test('409 for other content under a known identity, which is not changed', async () => {
    const [known] = eventsOf('known', 'proj-1', gpu(1), [['RUNNING', minutesAgo(60)]]);
    const answer = await stack.post(known ?? {});
    expectProblem(answer, 409, 'conflict');
    expect(answer.body).toMatchObject({ results: [{ id: 'known-1', outcome: 'conflict' }] });
  });

  test.each<[name: string, body: () => Body]>([
    ['101 events', () => Array.from({ length: 101 }, (_, index) => eventOf(`many-${index}`))],
    ['a body of 2 MB', () => eventOf('large', { note: 'x'.repeat(2_000_000) })],
    ['one byte over 1 MiB', () => JSON.stringify(eventOf('larger')).padEnd(ONE_MIB + 1)],
  ])('413 for %s', async (_, body) => {
    expectProblem(await stack.post(body()), 413, 'too-large');
  });

  test.each([
    ['text', 'text/plain'],
    ['another kind of CloudEvents', 'application/cloudevents+avro'],
    ['another charset', 'application/cloudevents+json; charset=iso-8859-1'],
  ])('415 for %s', async (_, mediaType) => {
    const answer = await stack.post(eventOf('media-type'), { headers: { 'content-type': mediaType } });
    expectProblem(answer, 415, 'unsupported-media-type');
  });

  test.each<[name: string, body: () => Body, pointers: string[]]>([
    ['an unknown status', () => eventOf('1', { data: { status: 'SLEEPING' } }), ['/data/status']],
    ['a status in lower case', () => eventOf('1', { data: { status: 'running' } }), ['/data/status']],
    ['no project', () => eventOf('1', { data: { projectId: undefined } }), ['/data/projectId']],
    ['no job', () => eventOf('1', { subject: undefined }), ['/subject']],
    ['no time', () => eventOf('1', { time: undefined }), ['/time']],
    ['no data', () => ({ ...eventOf('1'), data: undefined }), ['/data']],
    ['a list as data', () => ({ ...eventOf('1'), data: [] }), ['/data']],
    ['null as an event', () => 'null', ['']],
    ['a number as id', () => ({ ...eventOf('1'), id: 1 }), ['/id']],
    ['an unknown type', () => eventOf('1', { type: 'training.job.paused' }), ['/type']],
    ['another version of CloudEvents', () => eventOf('1', { specversion: '0.3' }), ['/specversion']],
    ['a job id with a slash', () => eventOf('1', { subject: 'a/b' }), ['/subject']],
    ['a job id with #', () => eventOf('1', { subject: 'job#EVENT' }), ['/subject']],
    ['a job id of 129 characters', () => eventOf('1', { subject: 'j'.repeat(129) }), ['/subject']],
    ['an empty project id', () => eventOf('1', { data: { projectId: '' } }), ['/data/projectId']],
    ['an event id that is not ASCII', () => eventOf('\u00e9'), ['/id']],
    ['an event id of 257 characters', () => eventOf('i'.repeat(257)), ['/id']],
    ['a time without an offset', () => eventOf('1', { time: '2026-10-01T08:00:00' }), ['/time']],
    ['a day that does not exist', () => eventOf('1', { time: '2026-02-30T08:00:00Z' }), ['/time']],
    ['a time as a number', () => eventOf('1', { time: 1_790_000_000 }), ['/time']],
    ['a time 6 minutes ahead', () => eventOf('1', { time: minutesAgo(-6) }), ['/time']],
    ['a time 401 days ago', () => eventOf('1', { time: minutesAgo(401 * DAY_MINUTES) }), ['/time']],
    ['no units', () => eventOf('1', { data: { resources: gpu(0) } }), ['/data/resources']],
    [
      'less than a thousandth of a GPU',
      () => eventOf('1', { data: { resources: { flavor: 'ai1-1-gpu', gpu: 0.0005 } } }),
      ['/data/resources/gpu'],
    ],
    [
      'GPUs as text',
      () => eventOf('1', { data: { resources: { flavor: 'ai1-1-gpu', gpu: '2' } } }),
      ['/data/resources/gpu'],
    ],
    [
      'more than 100,000 CPUs',
      () => eventOf('1', { data: { resources: { flavor: 'ai1-1-cpu', cpu: 100_001 } } }),
      ['/data/resources/cpu'],
    ],
    ['labels as a list', () => eventOf('1', { data: { labels: ['vision'] } }), ['/data/labels']],
    ['a label that is no text', () => eventOf('1', { data: { labels: { team: 1 } } }), ['/data/labels/team']],
    [
      '17 labels',
      () =>
        eventOf('1', {
          data: {
            labels: Object.fromEntries(
              Array(17)
                .fill('a')
                .map((a, i) => [a + i, a]),
            ),
          },
        }),
      ['/data/labels'],
    ],
    ['a timeout in months', () => eventOf('1', { data: { timeout: 'P1M' } }), ['/data/timeout']],
    ['data as base64', () => eventOf('1', { data_base64: 'e30=' }), ['/data_base64']],
    [
      'a retraction of nothing',
      () => eventOf('1', { type: 'training.job.retraction' }),
      ['/data/id', '/data/reason', '/data/source'],
    ],
    [
      'two mistakes in the second of two events',
      () => [eventOf('good'), eventOf('1', { time: 'now', data: { status: 'NONE' } })],
      ['/1/data/status', '/1/time'],
    ],
  ])('422 for %s, with a pointer to it', async (_, body, pointers) => {
    const answer = await stack.post(body());
    expectProblem(answer, 422, 'invalid');
    const { errors } = answer.body as { errors: { pointer: string; detail: string }[] };
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(pointers);
    for (const { detail } of errors) expect(detail).toMatch(/^\S.* (must|is missing|is not supported)/);
  });

  test('422 for more errors than are listed, with their number beside the list', async () => {
    const answer = await stack.post(Array(40).fill({}));
    expectProblem(answer, 422, 'invalid');
    expect(answer.body).toMatchObject({ moreErrors: 140 });
    const { errors } = answer.body as { errors: { pointer: string }[] };
    expect(errors).toHaveLength(100);
    for (const { pointer } of errors) expect(pointer).toMatch(/^\/\d+\//);
  });

  test('422 for a batch that is no list', async () => {
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    expectProblem(await stack.post(eventOf('1'), { headers }), 422, 'invalid');
  });

  test('422 in binary mode, with a pointer into the event its headers stand for', async () => {
    const { body, headers } = binary(eventOf('1', { time: 'now' }));
    const answer = await stack.post(body, { headers });
    expectProblem(answer, 422, 'invalid');
    expect(answer.body).toMatchObject({ errors: [{ pointer: '/time' }] });
  });

  test.each<[name: string, access: () => Promise<Access>]>([
    ['no token', async () => undefined],
    ['an expired token', async () => ({ token: await tokenFor('all', { expires: '1 second ago' }) })],
    [
      'a token signed with another secret',
      async () => ({ token: await tokenFor('all', { secret: 'another secret than that of the stack' }) }),
    ],
    [
      'a token nobody signed',
      async () => ({ token: new UnsecuredJWT({ projects: ['*'], scope: 'usage:read' }).encode() }),
    ],
    ['what is no token', async () => ({ token: 'a.b.c' })],
  ])('401 for %s', async (_, access) => {
    const answer = await stack.get('/v1/projects/proj-1/usage', await access());
    expectProblem(answer, 401, 'unauthenticated');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('403 for a token without the scope', async () => {
    const token = await tokenFor('all', { scope: 'usage:write' });
    expectProblem(await stack.get('/v1/projects/proj-1/usage', { token }), 403, 'forbidden');
  });

  test.each(['/v1/operations', '/v1/operations/log'])(
    '403 for %s with a token of usage, or of some projects, and an answer with one of operations',
    async (path) => {
      const scope = 'operations:read';
      for (const token of [await tokenFor('all'), await tokenFor(['proj-1'], { scope })])
        expectProblem(await stack.get(path, { token }), 403, 'forbidden');
      const token = await tokenFor('all', { scope: `usage:read ${scope}` });
      expect(await stack.get(path, { token })).toMatchObject({ status: 200, body: { timeZone: 'UTC' } });
      const withoutUsage = await tokenFor('all', { scope });
      expectProblem(await stack.get('/v1/projects', { token: withoutUsage }), 403, 'forbidden');
    },
  );

  test.each([
    ['month', '?month=11'],
    ['project', '?project=proj-1'],
    ['limit', '/log?limit=0'],
    ['month', '/log?month=2026-13'],
    ['cursor', '/log?cursor=abc'],
    ['cursor', `/log?cursor=${Buffer.from('["yesterday","id"]').toString('base64url')}`],
    ['cursor', `/log?cursor=${Buffer.from('["2026-11-31T00:00:00.000Z","id"]').toString('base64url')}`],
  ])('422 for the parameter %s in operations%s', async (parameter, path) => {
    const token = await tokenFor('all', { scope: 'operations:read' });
    const answer = await stack.get(`/v1/operations${path}`, { token });
    expectProblem(answer, 422, 'invalid');
    expect(answer.body).toMatchObject({ errors: [{ pointer: parameter }] });
  });

  test.each([
    ['a foreign project', '/v1/projects/proj-1/usage'],
    ['a foreign job', '/v1/projects/proj-1/jobs/known'],
    ['an unknown job', '/v1/projects/proj-2/jobs/unheard-of'],
    ['an id that cannot be one', '/v1/projects/proj-2/jobs/%00'],
  ])('404 for %s', async (_, path) => {
    expectProblem(await stack.get(path, ['proj-2']), 404, 'not-found');
  });

  const budget = { amount: '1000.00', thresholds: [{ at: '80%', on: 'spent', action: 'notify' }] };
  const writer = (changed: Record<string, string> = {}) =>
    tokenFor(['proj-1'], { scope: 'budgets:write', sub: 'ana', ...changed });

  describe.each(['PUT', 'DELETE'] as const)('%s of a budget', (method) => {
    test.each<[status: number, name: string, path: string, token: () => Promise<string>]>([
      [403, 'with a token that may only read', 'proj-1/budgets/monthly', () => tokenFor(['proj-1'])],
      [403, 'with a token without a subject', 'proj-1/budgets/monthly', () => writer({ sub: '' })],
      [404, 'of a foreign project', 'proj-2/budgets/monthly', () => writer()],
      [422, 'with a parameter', 'proj-1/budgets/monthly?month=2026-10', () => writer()],
      [412, 'that is not the one named', 'proj-1/budgets/monthly', () => writer()],
    ])('%d %s', async (status, _, path, token) => {
      // There is no budget: a DELETE that may be made finds none.
      const expected = method === 'DELETE' && status === 412 ? 404 : status;
      const headers = { 'if-match': '"none"' };
      const sent = { token: await token(), headers, ...(method === 'PUT' && { body: budget }) };
      expect(await writePath(stack.url, method, `/v1/projects/${path}`, sent)).toMatchObject({
        status: expected,
      });
    });
  });

  test.each<[name: string, body: object, pointers: readonly string[]]>([
    ['an amount with too many digits', { ...budget, amount: '1.005' }, ['/amount']],
    ['another currency', { ...budget, currency: 'USD' }, ['/currency']],
    ['a member that is misspelt', { ...budget, threshold: [] }, ['/threshold']],
    [
      'the same threshold twice',
      { ...budget, thresholds: [budget.thresholds[0], { at: '800', on: 'spent', action: 'notify' }] },
      ['/thresholds/1'],
    ],
  ])('422 for a budget with %s, with a pointer to it', async (_, body, pointers) => {
    const path = '/v1/projects/proj-1/budgets/monthly';
    const answer = await writePath(stack.url, 'PUT', path, { token: await writer(), body });
    expectProblem(answer, 422, 'invalid');
    const { errors } = answer.body as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  test('404 for a route that does not exist', async () => {
    expect(await stack.get('/v1/invoices', 'all')).toMatchObject({ status: 404 });
  });

  test.each([
    ['month', 'usage?month=2026-13'],
    ['month', 'jobs?month=October'],
    ['month', 'statements/2026-00'],
    ['groupby', 'usage?groupby=job'],
    ['statuss', 'jobs?statuss=FAILED'],
    ['month', 'statements?month=2026-10'],
    ['limit', 'jobs?format=csv&limit=10'],
    ['limit', 'jobs?limit=0'],
    ['limit', 'jobs?limit=1001'],
    ['cursor', 'jobs?cursor=abc'],
    ['cursor', `jobs?cursor=${Buffer.from('["known#"]').toString('base64url')}`],
  ])('422 for the parameter %s in %s', async (parameter, path) => {
    const answer = await stack.get(`/v1/projects/proj-1/${path}`, ['proj-1']);
    expectProblem(answer, 422, 'invalid');
    expect(answer.body).toMatchObject({ errors: [{ pointer: parameter }] });
  });
});

test('the good events of a batch with a conflict are recorded', async () => {
  const [first, second] = ['batch-1', 'batch-2'].map((id) => eventOf(id, { subject: 'batch' }));
  expect(await stack.post(first ?? {})).toMatchObject({ status: 202 });
  const changed = { ...first, data: { projectId: 'proj-1', status: 'DONE' } };
  const answer = await stack.post([changed, first, second]);
  expectProblem(answer, 409, 'conflict');
  expect(answer.body).toMatchObject({
    results: [
      { id: 'batch-1', outcome: 'conflict' },
      { id: 'batch-1', outcome: 'duplicate' },
      { id: 'batch-2', outcome: 'recorded' },
    ],
  });
  const { body } = await stack.get<{ transitions: unknown[] }>('/v1/projects/proj-1/jobs/batch', ['proj-1']);
  expect(body.transitions).toMatchObject([
    { id: 'batch-1', status: 'RUNNING' },
    { id: 'batch-2', status: 'RUNNING' },
  ]);
});

describe('202', () => {
  type Sent = Pick<PostOptions, 'headers'> & { readonly body: Body };
  const outcome = (id: string, outcome: string) => ({ status: 202, body: { results: [{ id, outcome }] } });

  test.each<[mode: string, sent: (event: ReturnType<typeof eventOf>) => Sent]>([
    ['structured', (event) => ({ body: event })],
    ['plain JSON', (event) => ({ body: event, headers: { 'content-type': 'application/json' } })],
    ['batch', (event) => ({ body: [event] })],
    ['binary', (event) => binary(event)],
  ])('for an event in %s mode, which is the same event in another', async (mode, sent) => {
    const event = eventOf(`mode of ${mode}`, { subject: 'modes' });
    const { body, ...options } = sent(event);
    expect(await stack.post(body, options)).toMatchObject(outcome(event.id, 'recorded'));
    expect(await stack.post(event)).toMatchObject(outcome(event.id, 'duplicate'));
  });

  test.each(SECRETS)('for a signature with %s, one of two secrets', async (secret) => {
    const answer = await stack.post(eventOf(secret, { subject: 'secrets' }), { sign: { secret } });
    expect(answer).toMatchObject(outcome(secret, 'recorded'));
  });

  test('for 100 events', async () => {
    const events = Array.from({ length: 100 }, (_, index) => eventOf(`full-${index}`, { subject: 'full' }));
    const answer = await stack.post(events);
    expect(answer).toMatchObject({ status: 202 });
    expect((answer.body as { results: unknown[] }).results).toHaveLength(100);
  });

  test('for a body of 1 MiB', async () => {
    const event = eventOf('1 MiB', { subject: 'full' });
    expect(await stack.post(JSON.stringify(event).padEnd(ONE_MIB))).toMatchObject(
      outcome('1 MiB', 'recorded'),
    );
  });

  test('for a time 4 minutes ahead', async () => {
    const event = eventOf('ahead', { subject: 'ahead', time: minutesAgo(-4) });
    expect(await stack.post(event)).toMatchObject(outcome('ahead', 'recorded'));
  });
});

test('503, and when to try again, while the table cannot be reached', async () => {
  const { port, lambdaPort, dynamoDbPort, webhookSecret, tokenSecret, endpointKey } = await testSettings();
  const functions = await startFunctions({
    port,
    lambdaPort,
    // Nothing listens there.
    env: {
      ...localEnvironment(`http://localhost:${dynamoDbPort}`),
      WEBHOOK_SECRET: webhookSecret,
      ENDPOINT_KEY: endpointKey,
      TOKEN_SECRET: tokenSecret,
    },
    onLog: () => {},
  });
  try {
    const answers = await Promise.all([
      postEvents(functions.url, eventOf('nobody-listens')),
      readPath(functions.url, '/v1/projects/proj-1/jobs/known', 'all'),
    ]);
    for (const answer of answers) {
      expectProblem(answer, 503, 'unavailable');
      expect(answer.headers.get('retry-after')).toBe('1');
    }
  } finally {
    await functions.stop();
  }
});
