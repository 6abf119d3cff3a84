import { expect, test } from 'vitest';
import { createApiClient } from '../../../cli/api-client.ts';
import { refusalOf } from '../http/refused.ts';
import { createClock } from './clock.ts';

const URL = 'http://localhost:3000';
type Reply = Response | Error;

const reply = (status: number, body = '{}', headers: Record<string, string> = {}) =>
  new Response(body, { status, headers: { 'content-type': 'application/json', ...headers } });
/** As `fetch` fails. */
const failure = (code: string, message = code) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });

/** A client whose attempts get these replies, the last one for ever. */
const clientOf = (first: () => Reply, ...others: readonly (() => Reply)[]) => {
  const clock = createClock();
  const sent: RequestInit[] = [];
  const replies = [first, ...others];
  const fetch = async (_: unknown, init: RequestInit) => {
    const next = replies[Math.min(sent.length, replies.length - 1)] ?? first;
    sent.push(init);
    const given = next();
    if (given instanceof Error) throw given;
    return given;
  };
  return { client: createApiClient(URL, { ...clock, fetch }), clock, sent };
};

const init = () => ({});

test.each([200, 202, 400, 401, 404, 409, 413, 422])('the answer %s is final', async (status) => {
  const { client, clock } = clientOf(() => reply(status, '{"a":1}'));
  expect(await client.call('/v1', init)).toEqual({
    status,
    mediaType: 'application/json',
    body: { a: 1 },
  });
  expect(clock.pauses).toEqual([]);
});

test('an answer that is not JSON is reported by its media type', async () => {
  const { client } = clientOf(() => reply(200, '<html>', { 'content-type': 'text/html; charset=utf-8' }));
  expect(await client.call('/v1', init)).toEqual({ status: 200, mediaType: 'text/html', body: undefined });
});

test.each([429, 500, 502, 503, 504])('after %s the same is called again', async (status) => {
  const { client } = clientOf(
    () => reply(status),
    () => reply(202),
  );
  expect(await client.call('/v1', init)).toMatchObject({ status: 202 });
});

test.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_SOCKET'])(
  'after %s the same is called again',
  async (code) => {
    const { client } = clientOf(
      () => failure(code),
      () => reply(202),
    );
    expect(await client.call('/v1', init)).toMatchObject({ status: 202 });
  },
);

test('after no answer in time the same is called again', async () => {
  const { client } = clientOf(
    () => new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
    () => reply(202),
  );
  expect(await client.call('/v1', init)).toMatchObject({ status: 202 });
});

test('a call whose answer breaks off is repeated', async () => {
  const broken = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.error(failure('UND_ERR_SOCKET')),
      }),
      { status: 202 },
    );
  const { client } = clientOf(broken, () => reply(202, '{"a":1}'));
  expect(await client.call('/v1', init)).toMatchObject({ status: 202, body: { a: 1 } });
});

test('each attempt has a request of its own, so that its signature is fresh', async () => {
  const { client, clock, sent } = clientOf(
    () => reply(503),
    () => reply(202),
  );
  await client.call('/v1', () => ({ body: String(clock.now()) }));
  expect(sent).toHaveLength(2);
  expect(Number(sent[1]?.body) - Number(sent[0]?.body)).toBe(100);
});

test('an outage that lasts a minute is reported with its status', async () => {
  const { client } = clientOf(() => reply(503));
  const { message } = await refusalOf(() => client.call('/v1', init));
  expect(message).toBe(
    `${URL} answered 503 after 60 s of trying: try again later, nothing is recorded twice`,
  );
});

test.each([
  ['in seconds', '7'],
  ['as a date', 'Thu, 01 Oct 2026 08:00:07 GMT'],
])('retry-after is honoured %s', async (_, value) => {
  const { client, clock } = clientOf(
    () => reply(503, '{}', { 'retry-after': value }),
    () => reply(202),
  );
  await client.call('/v1', init);
  expect(clock.pauses).toEqual([7_000]);
});

test.each(['', 'soon', '-1', '1e9', 'Thu, 01 Oct 2026 07:00:00 GMT'])(
  'a retry-after of %j is ignored',
  async (value) => {
    const { client, clock } = clientOf(
      () => reply(503, '{}', { 'retry-after': value }),
      () => reply(202),
    );
    await client.call('/v1', init);
    expect(clock.pauses).toEqual([100]);
  },
);

test('an address that refuses connections from the start is given up after three seconds', async () => {
  const { client, clock } = clientOf(() => failure('ECONNREFUSED', 'connect ECONNREFUSED ::1:3000'));
  const startedAt = clock.now();
  const { message } = await refusalOf(() => client.call('/v1', init));
  expect(message).toBe(
    `${URL} cannot be reached (connect ECONNREFUSED ::1:3000) after 3 s of trying: is it running? \`npm start\` runs it locally`,
  );
  expect(clock.now() - startedAt).toBe(3_000);
});

test('once there was an answer, a refused connection is a restart and waited for', async () => {
  const { client, clock } = clientOf(
    () => reply(202),
    ...Array(10).fill(() => failure('ECONNREFUSED')),
    () => reply(202),
  );
  await client.call('/v1', init);
  const startedAt = clock.now();
  expect(await client.call('/v1', init)).toMatchObject({ status: 202 });
  expect(clock.now() - startedAt).toBeGreaterThan(20_000);
});

test('a permanent failure is reported at once', async () => {
  const { client, clock } = clientOf(() => failure('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'));
  const { message } = await refusalOf(() => client.call('/v1', init));
  expect(message).toContain(`${URL} cannot be reached (self-signed certificate): is it running?`);
  expect(clock.pauses).toEqual([]);
});

test('an invalid address is reported at once', async () => {
  const clock = createClock();
  const fetch = async () => reply(202);
  const client = createApiClient('localhost', { ...clock, fetch });
  const { message } = await refusalOf(() => client.call('/v1', init));
  expect(message).toContain('localhost cannot be reached (Invalid URL)');
  expect(clock.pauses).toEqual([]);
});
