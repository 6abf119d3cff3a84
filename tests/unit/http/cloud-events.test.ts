import { expect, test } from 'vitest';
import { sentEvents } from '../../../lib/http/cloud-events.ts';
import { refusalOf } from './refused.ts';
import { batch, binary, requestOf, STATUS_EVENT, structured } from './requests.ts';

const withType = (contentType: string, body = JSON.stringify(STATUS_EVENT)) =>
  requestOf({ headers: { 'content-type': contentType }, body });

test.each([
  'application/cloudevents+json',
  'APPLICATION/CloudEvents+JSON; Charset="UTF-8"',
  'application/json',
  'application/json;charset=utf-8',
])('a body of %s is one structured event', (contentType) => {
  expect(sentEvents(withType(contentType))).toEqual([{ pointer: '', event: STATUS_EVENT }]);
});

test('a batch is a list of events, each with its place', () => {
  expect(sentEvents(batch([STATUS_EVENT, 7]))).toEqual([
    { pointer: '/0', event: STATUS_EVENT },
    { pointer: '/1', event: 7 },
  ]);
});

test('an empty batch is valid', () => {
  expect(sentEvents(batch([]))).toEqual([]);
});

test('a batch holds 100 events and no more', async () => {
  expect(sentEvents(batch(Array(100).fill(STATUS_EVENT)))).toHaveLength(100);
  const refusal = await refusalOf(() => sentEvents(batch(Array(101).fill(STATUS_EVENT))));
  expect(refusal).toMatchObject({ code: 'too-large', message: 'a batch holds at most 100 events' });
});

test('a batch that is no array is invalid at the top', async () => {
  const refusal = await refusalOf(() => sentEvents(batch(STATUS_EVENT)));
  expect(refusal).toMatchObject({
    code: 'invalid',
    errors: [{ pointer: '', detail: 'the batch must be an array of events' }],
  });
});

test('in binary mode the headers are the attributes and the body is the data', () => {
  expect(sentEvents(binary(STATUS_EVENT))).toEqual([{ pointer: '', event: STATUS_EVENT }]);
});

test.each(['application/json', 'application/vnd.training+json'])(
  'data in binary mode may be %s',
  (contentType) => {
    const request = requestOf({
      headers: { 'content-type': contentType, 'ce-specversion': '1.0' },
      body: '{}',
    });
    expect(sentEvents(request)).toEqual([{ pointer: '', event: { specversion: '1.0', data: {} } }]);
  },
);

test('a binary event without its specversion is still a binary event', () => {
  const request = requestOf({ headers: { 'content-type': 'application/json', 'ce-id': '1' }, body: '{}' });
  expect(sentEvents(request)).toEqual([{ pointer: '', event: { id: '1', data: {} } }]);
});

test.each([
  ['a%20b', 'a b'],
  ['"a \\"b\\""', 'a "b"'],
  ['caf%C3%A9', 'caf\u00e9'],
  ['50%25', '50%'],
  ['a+b', 'a+b'],
  ['', ''],
])('the header value %s is the attribute %s', (header, attribute) => {
  const headers = { 'content-type': 'application/json', 'ce-id': header };
  expect(sentEvents(requestOf({ headers, body: '{}' }))).toEqual([
    { pointer: '', event: { id: attribute, data: {} } },
  ]);
});

test('header values that are not percent-encoded are all named', async () => {
  const headers = { 'content-type': 'application/json', 'ce-id': '50%', 'ce-source': '%FF' };
  const refusal = await refusalOf(() => sentEvents(requestOf({ headers, body: '{}' })));
  expect(refusal).toMatchObject({
    code: 'invalid',
    errors: [
      { pointer: '/source', detail: 'source must be percent-encoded UTF-8' },
      { pointer: '/id', detail: 'id must be percent-encoded UTF-8' },
    ],
  });
});

test('no header can pose as the data or the prototype of an event', () => {
  const headers = {
    'content-type': 'application/json',
    'ce-data': 'x',
    'ce-data_base64': 'x',
    'ce-__proto__': 'x',
    'ce-constructor': 'x',
  };
  expect(sentEvents(requestOf({ headers, body: '1' }))).toEqual([{ pointer: '', event: { data: 1 } }]);
});

test.each([
  '',
  'json',
  'text/plain',
  'application/xml',
  'application/cloudevents+xml',
  'application/vnd.training+json',
  'application/json; charset=latin1',
  'application/json,application/json',
])('the media type "%s" is not supported', async (contentType) => {
  expect((await refusalOf(() => sentEvents(withType(contentType)))).code).toBe('unsupported-media-type');
});

test('no media type is not supported either', async () => {
  expect((await refusalOf(() => sentEvents(requestOf({ body: '{}' })))).code).toBe('unsupported-media-type');
});

test.each(['', '{', 'undefined', '{"a":NaN}', '['.repeat(100_000)])(
  'a body that is not JSON is refused (%#)',
  async (body) => {
    expect((await refusalOf(() => sentEvents(withType('application/json', body)))).code).toBe('not-json');
  },
);

test('what a structured body holds is left to the schema', () => {
  expect(sentEvents(structured(null))).toEqual([{ pointer: '', event: null }]);
});
