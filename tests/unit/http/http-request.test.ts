import { expect, test } from 'vitest';
import { bodyText, MAX_BODY_BYTES } from '../../../lib/http/http-request.ts';
import { refusalOf } from './refused.ts';
import { requestOf } from './requests.ts';

test('header names are lower case, and names that differ in case only are one header', () => {
  const { headers } = requestOf({
    headers: { 'CE-Id': '1', 'ce-id': '2', __proto__: 'x', constructor: 'y' },
  });
  expect(headers.get('ce-id')).toBe('1,2');
  expect(headers.get('constructor')).toBe('y');
});

test('text and base64 give the same bytes', () => {
  const text = '{"name":"caf\u00e9"}';
  const fromText = requestOf({ body: text });
  const fromBytes = requestOf({ body: new TextEncoder().encode(text) });
  expect(fromBytes.body.equals(fromText.body)).toBe(true);
  expect(bodyText(fromText.body)).toBe(text);
});

test('a request without a body has an empty one', () => {
  expect(requestOf({}).body).toHaveLength(0);
});

test('a body of exactly 1 MiB is read, one byte more is not', async () => {
  for (const full of ['x'.repeat(MAX_BODY_BYTES), new Uint8Array(MAX_BODY_BYTES)]) {
    expect(requestOf({ body: full }).body).toHaveLength(MAX_BODY_BYTES);
  }
  for (const over of ['x'.repeat(MAX_BODY_BYTES + 1), new Uint8Array(MAX_BODY_BYTES + 1)]) {
    expect((await refusalOf(() => requestOf({ body: over }))).code).toBe('too-large');
  }
});

test('the limit counts bytes, not characters', async () => {
  const refusal = await refusalOf(() => requestOf({ body: '\u20ac'.repeat(MAX_BODY_BYTES / 2) }));
  expect(refusal.code).toBe('too-large');
});

test('bytes that are not UTF-8 are refused', async () => {
  const refusal = await refusalOf(() => bodyText(Buffer.from([0x22, 0xc3, 0x28, 0x22])));
  expect(refusal).toMatchObject({ code: 'not-json', message: 'the body is not valid UTF-8' });
});
