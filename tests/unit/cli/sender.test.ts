import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sendEvents } from '../../../cli/sender.ts';
import { accepted } from '../../../lib/http/answers.ts';
import { httpHandler } from '../../../lib/http/http-handler.ts';
import { parseEvents } from '../../../lib/http/parse-events.ts';
import { verifyWebhook } from '../../../lib/http/webhook-signature.ts';
import { recordEvents } from '../../../lib/operations/record-events.ts';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';
import { createStore } from '../../../lib/store/store.ts';
import { eventOf, NOW, SECRET, STATUS_EVENT } from '../http/requests.ts';
import { createClock } from './clock.ts';

const URL = 'http://localhost:3000';
const context = { awsRequestId: 'request-1' } as Parameters<ReturnType<typeof httpHandler>>[1];

/**
 * The function that records events, over a table in memory, as `fetch` reaches it. `before` may
 * answer the n-th request in its place. `batches` has the ids of each request.
 */
const createApi = (before: (request: number, body: string) => Response | undefined = () => undefined) => {
  const store = createStore(createMemoryTable());
  const batches: unknown[][] = [];
  const logger = { info: () => {}, error: () => {} };
  const handler = httpHandler(
    async (request) => {
      const events = parseEvents(verifyWebhook(request, [SECRET], NOW), NOW);
      return accepted({ results: await recordEvents(store, events, NOW) });
    },
    { logger },
  );
  const fetch = async (_: unknown, { headers, body }: RequestInit) => {
    const text = String(body);
    batches.push(JSON.parse(text).map((event: { id?: unknown } | null) => event?.id));
    const given = before(batches.length, text);
    if (given) return given;
    const answer = await handler(
      eventOf({ headers: headers as Record<string, string>, body: text }),
      context,
    );
    return new Response(answer.body ?? '', {
      status: answer.statusCode ?? 500,
      headers: answer.headers as Record<string, string>,
    });
  };
  const send = (events: readonly unknown[], secret = SECRET) =>
    sendEvents({ url: URL, secret }, events, { ...createClock(NOW), fetch });
  return { send, batches };
};

const event = (id: string, changes: object = {}) => ({ ...STATUS_EVENT, id, ...changes });
const many = (count: number, prefix = 'e') =>
  Array.from({ length: count }, (_, index) => event(`${prefix}-${index}`));
const outcomes = (results: readonly { index: number; outcome: string }[]) =>
  results.map(({ index, outcome }) => [index, outcome]);

test('events are sent in batches of a hundred, and each has its result in order', async () => {
  const { send, batches } = createApi();
  const { results, refusals, stopped } = await send(many(230));
  expect(batches.map((batch) => batch.length)).toEqual([100, 100, 30]);
  expect(results.map(({ index, id }) => [index, id])).toEqual(many(230).map(({ id }, index) => [index, id]));
  expect({ refusals, stopped }).toEqual({ refusals: [], stopped: undefined });
});

test('a refused event is named with its rule, and all others are recorded', async () => {
  const { send } = createApi();
  const events = many(150);
  events[3] = event('wrong', { specversion: '2' });
  events[140] = { ...event('late'), time: 'now', subject: '' };
  const { results, refusals } = await send(events);
  expect(refusals).toEqual([
    { index: 3, errors: [{ pointer: '/specversion', detail: 'specversion must be "1.0"' }] },
    {
      index: 140,
      errors: [
        { pointer: '/subject', detail: expect.stringContaining('must be 1 to 128') },
        { pointer: '/time', detail: expect.stringContaining('must be an RFC 3339 timestamp') },
      ],
    },
  ]);
  expect(results).toHaveLength(148);
  expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['recorded']));
  expect(results.map(({ index }) => index)).toEqual(results.map(({ index }) => index).sort((a, b) => a - b));
});

test('what is no object is refused as a whole', async () => {
  const { send } = createApi();
  const { results, refusals } = await send([event('1'), 7, null]);
  const errors = [{ pointer: '', detail: 'the event must be an object' }];
  expect(refusals).toEqual([
    { index: 1, errors },
    { index: 2, errors },
  ]);
  expect(outcomes(results)).toEqual([[0, 'recorded']]);
});

test('more errors than an answer lists are all named, each event with every one of its own', async () => {
  const { send, batches } = createApi();
  const events = [...Array(60).fill({}), event('1'), ...Array(39).fill({})];
  const { results, refusals } = await send(events);
  expect(outcomes(results)).toEqual([[60, 'recorded']]);
  expect(refusals.map(({ index }) => index)).toEqual([...events.keys()].filter((index) => index !== 60));
  for (const { errors } of refusals) expect(errors).toHaveLength(6);
  expect(batches.length).toBeLessThan(12);
});

test('where all are refused nothing is sent in their place', async () => {
  const { send, batches } = createApi();
  const { results, refusals } = await send([{ ...event('1'), type: 'x' }]);
  expect(results).toEqual([]);
  expect(refusals).toHaveLength(1);
  expect(batches).toHaveLength(1);
});

test('the same events again give the same answer, with duplicates for what was recorded', async () => {
  const { send } = createApi();
  const events = [event('1'), event('2', { source: '' }), event('1', { subject: 'job-2' }), event('3')];
  const first = await send(events);
  const second = await send(events);
  expect(second.refusals).toEqual(first.refusals);
  expect(outcomes(first.results)).toEqual([
    [0, 'recorded'],
    [2, 'recorded'],
    [3, 'recorded'],
  ]);
  expect(outcomes(second.results)).toEqual([
    [0, 'duplicate'],
    [2, 'duplicate'],
    [3, 'duplicate'],
  ]);
});

test('a conflict has its place, and the others of its batch are recorded', async () => {
  const { send } = createApi();
  await send([event('1')]);
  const other = event('1', { time: '2026-10-01T07:00:00Z' });
  const { results, refusals } = await send([{}, event('0'), other, event('2')]);
  expect(outcomes(results)).toEqual([
    [1, 'recorded'],
    [2, 'conflict'],
    [3, 'recorded'],
  ]);
  expect(refusals.map(({ index }) => index)).toEqual([0]);
});

test('a batch that is too large is sent in parts, and an event that alone is too large is refused', async () => {
  const { send } = createApi();
  const note = 'x'.repeat(60_000);
  const events: object[] = many(40).map((each) => ({ ...each, note }));
  events[17] = event('huge', { note: 'x'.repeat(1_100_000) });
  const { results, refusals } = await send(events);
  expect(refusals).toEqual([
    { index: 17, errors: [{ pointer: '', detail: 'the body is larger than 1048576 bytes' }] },
  ]);
  const others = [...events.keys()].filter((index) => index !== 17);
  expect(outcomes(results)).toEqual(others.map((index) => [index, 'recorded']));
});

test('whatever is wrong with some of the events, each is answered once and the right ones are recorded', async () => {
  const kinds = fc.constantFrom('right', 'wrong', 'empty', 'text', 'large');
  await fc.assert(
    fc.asyncProperty(fc.array(kinds, { maxLength: 130 }), async (drawn) => {
      const { send } = createApi();
      const toEvent = (kind: string, index: number) =>
        ({
          right: event(`e-${index}`),
          wrong: event(`e-${index}`, { data: { projectId: 'p', status: 'SLEEPING' } }),
          empty: {},
          text: 'text',
          large: event(`e-${index}`, { note: 'x'.repeat(100_000) }),
        })[kind];
      const { results, refusals, stopped } = await send(drawn.map(toEvent));
      expect(stopped).toBeUndefined();
      const placesOf = (...wanted: string[]) =>
        [...drawn.keys()].filter((index) => wanted.includes(drawn[index] ?? ''));
      expect(outcomes(results)).toEqual(placesOf('right', 'large').map((index) => [index, 'recorded']));
      expect(refusals.map(({ index }) => index)).toEqual(placesOf('wrong', 'empty', 'text'));
    }),
    { numRuns: 40 },
  );
});

test('a signature that is not accepted ends the sending, which reports how far it came', async () => {
  const { send } = createApi();
  const { results, stopped } = await send(many(3), 'whsec_c29tZSBvdGhlciBzZWNyZXQgb2YgMzIgYnl0ZXM=');
  expect(results).toEqual([]);
  expect(stopped?.index).toBe(0);
  expect(stopped?.why.message).toBe('401: no signature in the webhook-signature header matches');
});

test.each<[name: string, answer: () => Response, message: RegExp]>([
  ['no permission', () => Response.json({ message: 'Forbidden' }, { status: 403 }), /^403: Forbidden$/],
  ['a media type', () => Response.json({ detail: 'not JSON' }, { status: 415 }), /^415: not JSON$/],
  [
    'an error that names no event',
    () =>
      Response.json(
        { detail: 'see errors', errors: [{ pointer: '', detail: 'must be an array' }] },
        { status: 422 },
      ),
    /^422: see errors$/,
  ],
  [
    'an error beyond the batch',
    () => Response.json({ detail: 'x', errors: [{ pointer: '/100/id', detail: 'x' }] }, { status: 422 }),
    /^422: x$/,
  ],
  [
    'a page',
    () => new Response('<html>', { status: 200, headers: { 'content-type': 'text/html' } }),
    /^http:\/\/localhost:3000 answered 200 with text\/html, and not as jobmeter does: check the address$/,
  ],
  [
    'a page for an error',
    () => new Response('<html>', { status: 404 }),
    / answered 404 with text\/plain, and/,
  ],
  ['another JSON', () => Response.json({ hello: 1 }), / answered 200 with application\/json, and not as/],
  ['too few results', () => Response.json({ results: [] }, { status: 202 }), / answered 202 with /],
])(
  'an answer that would be the same for all ends the sending after the recorded events: %s',
  async (_, answer, message) => {
    const { send, batches } = createApi((request) => (request === 2 ? answer() : undefined));
    const { results, stopped } = await send(many(250));
    expect(results).toHaveLength(100);
    expect(stopped?.index).toBe(100);
    expect(stopped?.why.message).toMatch(message);
    expect(batches).toHaveLength(2);
  },
);

test('after an outage in the middle only the batch that met it is sent again', async () => {
  const { send, batches } = createApi((request) =>
    request === 2 ? Response.json({}, { status: 503 }) : undefined,
  );
  const { results, stopped } = await send(many(250));
  expect(stopped).toBeUndefined();
  expect(results).toHaveLength(250);
  expect(batches.map(([id]) => id)).toEqual(['e-0', 'e-100', 'e-100', 'e-200']);
});

test('an outage that lasts ends the sending with what was recorded before', async () => {
  const { send } = createApi((request) => (request > 1 ? Response.json({}, { status: 503 }) : undefined));
  const { results, stopped } = await send(many(250));
  expect(results).toHaveLength(100);
  expect(stopped).toMatchObject({ index: 100, why: { code: 'unavailable' } });
  expect(stopped?.why.message).toContain('answered 503 after 60 s of trying');
});
