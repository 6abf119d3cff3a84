import { gzipSync } from 'node:zlib';
import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { accepted, type HttpAnswer, ok } from '../../../lib/http/answers.ts';
import { type HandlerOptions, httpHandler, type Note } from '../../../lib/http/http-handler.ts';
import type { HttpRequest } from '../../../lib/http/http-request.ts';
import { parseEvents } from '../../../lib/http/parse-events.ts';
import { PROBLEM_KINDS } from '../../../lib/http/problem.ts';
import { verifyWebhook } from '../../../lib/http/webhook-signature.ts';
import { beingComputed } from '../../../lib/operations/snapshots/read-charges.ts';
import { Refusal, type RefusalCode } from '../../../lib/refusal.ts';
import { problemSchema } from '../../../lib/shapes/problem.ts';
import { TableUnavailable } from '../../../lib/store/unavailable.ts';
import { eventOf, NOW, SECRET, type Sent, STATUS_EVENT, signatureHeaders } from './requests.ts';

const CONTEXT: Context = {
  awsRequestId: 'request-1',
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'test',
  functionVersion: '1',
  invokedFunctionArn: 'arn',
  logGroupName: 'group',
  logStreamName: 'stream',
  memoryLimitInMB: '128',
  getRemainingTimeInMillis: () => 30_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};

type Handle = (request: HttpRequest, note: Note) => Promise<HttpAnswer>;

/** Calls a handler the way Lambda does and keeps what it logs. */
const call = async (
  handle: Handle,
  sent: Sent = {},
  context = CONTEXT,
  options: Partial<HandlerOptions> = {},
) => {
  const lines: unknown[][] = [];
  const logger = {
    info: (...line: unknown[]) => void lines.push(['info', ...line]),
    error: (...line: unknown[]) => void lines.push(['error', ...line]),
  };
  const handler = httpHandler(handle, { logger, ...options });
  const answer = await handler(eventOf(sent), context);
  return { answer, lines };
};

const [INVALID] = problemSchema('invalid', PROBLEM_KINDS.invalid).pipe;

const bodyOf = ({ body }: HttpAnswer): unknown => JSON.parse(body ?? '');

const failing = (error: unknown) => async (): Promise<HttpAnswer> => {
  throw error;
};

test('an answer goes out with the headers every answer has', async () => {
  const { answer } = await call(async () => ok({ total: '14.40' }));
  expect(answer).toEqual({
    statusCode: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-request-id': 'request-1',
    },
    body: '{"total":"14.40"}',
  });
});

test('errors beyond the hundredth are counted in a member of their own, and the answer is as documented', async () => {
  const answerTo = async (count: number) => {
    const errors = Array.from({ length: count }, (_, index) => ({
      pointer: `/${index}`,
      detail: 'is wrong',
    }));
    const { answer } = await call(failing(new Refusal('invalid', 'see errors', { errors })));
    return bodyOf(answer) as { errors: unknown[]; moreErrors?: number };
  };
  const [fitting, cut] = [await answerTo(100), await answerTo(123)];
  expect(fitting.errors).toHaveLength(100);
  expect(fitting).not.toHaveProperty('moreErrors');
  expect(cut.errors).toEqual(fitting.errors);
  expect(cut.moreErrors).toBe(23);
  for (const body of [fitting, cut]) expect(v.parse(v.strictObject(INVALID.entries), body)).toEqual(body);
});

test('a handler may allow its answer to be cached', async () => {
  const { answer } = await call(async () => ({ ...ok({}), headers: { 'cache-control': 'private' } }));
  expect(answer.headers).toMatchObject({ 'cache-control': 'private', 'x-content-type-options': 'nosniff' });
});

test('one line is logged, without bodies or headers', async () => {
  const { lines } = await call(async () => accepted({ results: [] }), {
    headers: { authorization: 'Bearer token' },
    body: 'content',
  });
  expect(lines).toEqual([
    [
      'info',
      'request',
      {
        requestId: 'request-1',
        method: 'POST',
        route: 'POST /v1/events',
        status: 202,
        ms: expect.any(Number),
      },
    ],
  ]);
});

test('what a handler notes is part of the line, whatever becomes of the request', async () => {
  const events = [{ jobId: 'job-1', source: 'https://tests.example', id: '1' }];
  const { lines } = await call(async (_, note) => {
    note({ events });
    throw new Refusal('conflict', 'because');
  });
  expect(lines).toMatchObject([['info', 'request', { status: 409, events, problem: 'conflict' }]]);
});

test('a request that went well is logged if it is in the sample, and every other one is logged', async () => {
  const logged = async (handle: Handle, isInSample: boolean) => {
    const { lines } = await call(handle, {}, CONTEXT, { isSampled: () => isInSample });
    return lines.map(([, message]) => message);
  };
  const wellDone: Handle[] = [async () => accepted({ results: [] }), async () => ({ statusCode: 304 })];
  for (const handle of wellDone) {
    expect(await logged(handle, true)).toEqual(['request']);
    expect(await logged(handle, false)).toEqual([]);
  }
  for (const code of Object.keys(STATUS_OF) as RefusalCode[])
    expect(await logged(failing(new Refusal(code, 'because')), false)).toEqual(['request']);
  expect(await logged(failing(new TypeError('inside')), false)).toEqual(['unexpected error', 'request']);
});

test('what is noted of one request is not logged for the next', async () => {
  const lines: unknown[] = [];
  const logger = { info: (...[, line]: unknown[]) => void lines.push(line), error: () => undefined };
  const notes = [{ events: ['1'] }, {}];
  const handler = httpHandler(
    async (_, note) => {
      note(notes.shift() ?? {});
      return ok({});
    },
    { logger },
  );
  await handler(eventOf({}), CONTEXT);
  await handler(eventOf({}), CONTEXT);
  expect(lines[0]).toHaveProperty('events');
  expect(lines[1]).not.toHaveProperty('events');
});

const STATUS_OF: Record<RefusalCode, number> = {
  'not-json': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'not-acceptable': 406,
  conflict: 409,
  'precondition-failed': 412,
  'too-large': 413,
  'unsupported-media-type': 415,
  invalid: 422,
  unavailable: 503,
};

test.each(Object.entries(STATUS_OF))('the refusal %s is answered with %d', async (code, status) => {
  const { answer, lines } = await call(failing(new Refusal(code as RefusalCode, 'because')));
  expect(answer.statusCode).toBe(status);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  });
  expect(bodyOf(answer)).toEqual({
    type: `urn:jobmeter:problem:${code}`,
    title: expect.any(String),
    status,
    detail: 'because',
  });
  expect(lines).toMatchObject([['info', 'request', { status, problem: code }]]);
});

test('errors and members of a refusal are part of the answer, and cannot pose as its status', async () => {
  const errors = [{ pointer: '/data', detail: 'data is missing' }];
  const members = { results: [{ id: '1', outcome: 'conflict' }], status: 200, type: 'x' };
  const { answer } = await call(failing(new Refusal('conflict', 'because', { errors, members })));
  expect(bodyOf(answer)).toMatchObject({
    type: 'urn:jobmeter:problem:conflict',
    status: 409,
    errors,
    results: members.results,
  });
});

test('what is being computed is worth another try in ten seconds', async () => {
  const refusal = beingComputed({ projectId: 'proj-1', usageMonth: '2026-10' });
  const { answer } = await call(failing(refusal), { method: 'GET' });
  expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '10' } });
  expect(bodyOf(answer)).toMatchObject({ type: 'urn:jobmeter:problem:unavailable', beingComputed: true });
});

test('only a read needs a bearer token', async () => {
  const refuse = failing(new Refusal('unauthenticated', 'who are you?'));
  const read = await call(refuse, { method: 'GET' });
  expect(read.answer.headers).toMatchObject({ 'www-authenticate': 'Bearer' });
  expect((await call(refuse)).answer.headers).not.toHaveProperty('www-authenticate');
});

test('a table that is not available is answered with "try again" and logged with its cause', async () => {
  const error = new TableUnavailable(new Error('inside'));
  const { answer, lines } = await call(failing(error));
  expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
  expect(bodyOf(answer)).toMatchObject({
    type: 'urn:jobmeter:problem:unavailable',
    detail: 'not available at the moment; try again',
  });
  expect(answer.body).not.toContain('inside');
  expect(lines).toMatchObject([
    ['error', 'not available', { requestId: 'request-1', error }],
    ['info', 'request', { status: 503 }],
  ]);
});

/** An error as AWS's client throws it: the store decides which of them are temporary. */
const engineError = Object.assign(new Error('inside'), { name: 'ThrottlingException', $retryable: {} });

test.each([[new TypeError('inside')], [engineError], ['inside'], [undefined], [null]])(
  'the unexpected error %j is answered by an id of the log only',
  async (error) => {
    const { answer, lines } = await call(failing(error));
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('inside');
    expect(bodyOf(answer)).toMatchObject({ type: 'urn:jobmeter:problem:internal', requestId: 'request-1' });
    expect(lines).toMatchObject([
      ['error', 'unexpected error', { requestId: 'request-1', error }],
      ['info', 'request', { status: 500 }],
    ]);
  },
);

test('a handler that would outlive its function is answered for in time', async () => {
  const { answer, lines } = await call(
    () => new Promise(() => undefined),
    {},
    { ...CONTEXT, getRemainingTimeInMillis: () => 6 },
  );
  expect(answer.statusCode).toBe(503);
  expect(lines).toMatchObject([
    ['error', 'not available', { requestId: 'request-1' }],
    ['info', 'request', { status: 503 }],
  ]);
});

test('a body that is too large never reaches the handler', async () => {
  const { answer } = await call(failing(new Error('reached')), { body: 'x'.repeat(1_048_577) });
  expect(answer.statusCode).toBe(413);
});

const record: Handle = async (request) => {
  const events = parseEvents(verifyWebhook(request, [SECRET], NOW), NOW);
  return accepted({ events: events.length });
};

const CONTENT_TYPE = 'application/cloudevents+json';

/** A request to the URL of a function: no routes, lower-case names, some bodies as base64. */
const toUrl = async (sent: Sent, path = '/v1/events') => {
  const event = eventOf(sent);
  const lines: unknown[][] = [];
  const keep = (...line: unknown[]) => void lines.push(line);
  const handler = httpHandler(record, {
    ...{ urlRoute: 'POST /v1/events', logger: { info: keep, error: keep } },
  });
  const answer = await handler({ ...event, routeKey: '$default', rawPath: path }, CONTEXT);
  return { answer, lines };
};

test('events are recorded at the URL of a function like behind the API', async () => {
  const body = JSON.stringify(STATUS_EVENT);
  const headers = { 'content-type': CONTENT_TYPE, ...signatureHeaders(body) };
  for (const sent of [body, Buffer.from(body)]) {
    const { answer, lines } = await toUrl({ headers, body: sent });
    expect(answer).toEqual((await call(record, { headers, body })).answer);
    expect(lines).toMatchObject([['request', { route: 'POST /v1/events', status: 202 }]]);
  }
  const unsigned = await toUrl({ headers: { 'content-type': CONTENT_TYPE }, body });
  expect(unsigned.answer.statusCode).toBe(401);
  expect(unsigned.answer.headers).not.toHaveProperty('www-authenticate');
});

test.each([
  ['GET', '/v1/events'],
  ['OPTIONS', '/v1/events'],
  ['POST', '/'],
  ['POST', '/v1/events/'],
  ['POST', '/v1/links'],
])('%s %s is not found at the URL of a function, and its path is not logged', async (method, path) => {
  const body = JSON.stringify(STATUS_EVENT);
  const headers = { 'content-type': CONTENT_TYPE, ...signatureHeaders(body) };
  const { answer, lines } = await toUrl({ method, headers, body }, path);
  expect(answer.statusCode).toBe(404);
  expect(bodyOf(answer)).toMatchObject({ detail: 'this address takes POST /v1/events only' });
  expect(lines).toMatchObject([['request', { route: '$default', status: 404 }]]);
});

test('a signed event is accepted; the same bytes without a signature are not', async () => {
  const body = JSON.stringify(STATUS_EVENT);
  const headers = { 'Content-Type': CONTENT_TYPE, ...signatureHeaders(body) };
  expect((await call(record, { headers, body })).answer.statusCode).toBe(202);
  const unsigned = { 'Content-Type': CONTENT_TYPE };
  expect((await call(record, { headers: unsigned, body })).answer.statusCode).toBe(401);
});

test('a signed id or time that is moved into the body makes no event of it', async () => {
  const body = JSON.stringify(STATUS_EVENT);
  const timestamp = String(NOW / 1000);
  const { 'webhook-signature': signature = '' } = signatureHeaders(`${timestamp}.${body}`);
  const signed = {
    'content-type': CONTENT_TYPE,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
  };
  // Both have the same signature: what is signed is id, time and body with points between them.
  const whole = { headers: { ...signed, 'webhook-id': `msg_1.${timestamp}` }, body };
  const shifted = { headers: { ...signed, 'webhook-id': 'msg_1' }, body: `${timestamp}.${body}` };
  expect((await call(record, whole)).answer.statusCode).toBe(202);
  expect((await call(record, shifted)).answer.statusCode).toBe(400);
});

test('a compressed body is not unpacked, whatever its header', async () => {
  const body = gzipSync(JSON.stringify(STATUS_EVENT));
  const headers = { 'content-type': CONTENT_TYPE, 'content-encoding': 'gzip', ...signatureHeaders(body) };
  expect((await call(record, { headers, body })).answer.statusCode).toBe(400);
});

test('headers of a megabyte, ten thousand of them and none at all are answered like any others', async () => {
  const body = JSON.stringify(STATUS_EVENT);
  const signed = { 'content-type': CONTENT_TYPE, ...signatureHeaders(body) };
  const megabyte = 'v1,A '.repeat(200_000);
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`x-${index}`, 'x']));
  const statusOf = async (headers: Readonly<Record<string, string>>) =>
    (await call(record, { headers, body })).answer.statusCode;
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'])
    expect(await statusOf({ ...signed, [name]: megabyte })).toBe(401);
  expect(await statusOf({ ...signed, 'content-type': megabyte })).toBe(415);
  expect(await statusOf({ ...signed, 'content-type': 'application/json', 'ce-id': megabyte })).toBe(422);
  expect(await statusOf({ ...many, ...signed })).toBe(202);
  expect(await statusOf({})).toBe(401);
});

test('whatever is sent with a valid signature gives an answer, never a fault', async () => {
  const anyJson = fc.oneof(
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify({ ...STATUS_EVENT, data: value })),
    fc
      .object({ key: fc.constantFrom(...Object.keys(STATUS_EVENT), '__proto__', 'constructor') })
      .map((value) => JSON.stringify([{ ...STATUS_EVENT, ...value }])),
  );
  const anyBody = fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.string({ unit: 'binary' }), anyJson);
  const anyHeaders = fc.dictionary(
    fc.constantFrom('Ce-Id', 'ce-id', 'ce-time', 'ce-data', 'ce-__proto__', '__proto__', 'constructor', 'x'),
    fc.string({ unit: 'binary' }),
  );
  const anyContentType = fc.oneof(
    fc.constantFrom(CONTENT_TYPE, 'application/cloudevents-batch+json', 'application/json'),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(anyBody, anyHeaders, anyContentType, async (body, headers, contentType) => {
      const sent = {
        headers: { ...headers, 'content-type': contentType, ...signatureHeaders(body) },
        body,
      };
      const { answer } = await call(record, sent);
      expect([202, 400, 415, 422]).toContain(answer.statusCode);
    }),
    { numRuns: 500 },
  );
});
