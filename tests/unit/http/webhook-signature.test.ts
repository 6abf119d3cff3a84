import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { LOCAL_WEBHOOK_SECRET } from '../../../lib/config.ts';
import type { HttpRequest } from '../../../lib/http/http-request.ts';
import { verifyWebhook } from '../../../lib/http/webhook-signature.ts';
import { refusalOf } from './refused.ts';
import { NOW, requestOf, SECRET, signatureHeaders } from './requests.ts';

const body = '{"test": 2432232314}';
const MINUTE_MS = 60_000;

const signedRequest = (headers: Record<string, string> = {}) =>
  requestOf({ headers: { ...signatureHeaders(body), ...headers }, body });

test('the example of the Standard Webhooks specification is accepted', () => {
  const request = requestOf({
    headers: {
      'Webhook-Id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'Webhook-Timestamp': '1614265330',
      'Webhook-Signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body,
  });
  expect(verifyWebhook(request, [SECRET], 1_614_265_330_000)).toBe(request);
});

test('what the reference library signs is accepted', () => {
  const signature = new Webhook(SECRET).sign('msg_2', new Date(NOW), 'caf\u00e9');
  const headers = {
    'webhook-id': 'msg_2',
    'webhook-timestamp': String(NOW / 1000),
    'webhook-signature': signature,
  };
  const request = requestOf({ headers, body: 'caf\u00e9' });
  expect(verifyWebhook(request, [SECRET], NOW)).toBe(request);
});

test('the raw bytes are what is signed, also where they are not text', () => {
  const bytes = Uint8Array.of(0xff, 0x00, 0xfe);
  const request = requestOf({ headers: signatureHeaders(bytes), body: bytes });
  expect(verifyWebhook(request, [SECRET], NOW)).toBe(request);
});

test('each of several secrets is accepted, so that one can be rotated', () => {
  const request = signedRequest();
  expect(verifyWebhook(request, [LOCAL_WEBHOOK_SECRET, SECRET], NOW)).toBe(request);
  expect(verifyWebhook(request, [SECRET, LOCAL_WEBHOOK_SECRET], NOW)).toBe(request);
});

test('one matching signature in a list is enough, up to the sixteenth of version 1', () => {
  const { 'webhook-signature': valid = '' } = signatureHeaders(body);
  const listed = (before: number) => [...Array(before).fill('v1,AAAA'), 'v1a,AAAA', valid].join(' ');
  const request = signedRequest({ 'webhook-signature': listed(15) });
  expect(verifyWebhook(request, [SECRET], NOW)).toBe(request);
  expect(() => verifyWebhook(signedRequest({ 'webhook-signature': listed(16) }), [SECRET], NOW)).toThrow(
    'no signature',
  );
});

test.each(['webhook-id', 'webhook-timestamp'])(
  '%s twice, joined by a comma, is not the signed one',
  async (name) => {
    const { [name]: value, ...others } = signatureHeaders(body);
    for (const twice of [`${value},${value}`, `${value}, ${value}`, `${value},0`, `0,${value}`]) {
      const request = requestOf({ headers: { ...others, [name]: twice }, body });
      expect((await refusalOf(() => verifyWebhook(request, [SECRET], NOW))).code).toBe('unauthenticated');
    }
  },
);

test('a timestamp may be exactly 5 minutes old or ahead, and no further', () => {
  const request = signedRequest();
  for (const offset of [-5 * MINUTE_MS, 5 * MINUTE_MS]) {
    expect(verifyWebhook(request, [SECRET], NOW + offset)).toBe(request);
  }
  for (const offset of [-5 * MINUTE_MS - 1, 5 * MINUTE_MS + 1]) {
    expect(() => verifyWebhook(request, [SECRET], NOW + offset)).toThrow('more than 5 minutes away');
  }
});

test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('a missing %s is named', async (name) => {
  const { [name]: _, ...headers } = signatureHeaders(body);
  const refusal = await refusalOf(() => verifyWebhook(requestOf({ headers, body }), [SECRET], NOW));
  expect(refusal).toMatchObject({ code: 'unauthenticated', message: `the ${name} header is missing` });
});

test.each([
  ['another secret', signatureHeaders(body, LOCAL_WEBHOOK_SECRET)],
  ['another body', signatureHeaders(`${body} `)],
  ['another id', { ...signatureHeaders(body), 'webhook-id': 'msg_2' }],
  ['another second', { ...signatureHeaders(body), 'webhook-timestamp': String(NOW / 1000 + 1) }],
  ['another version', { ...signatureHeaders(body), 'webhook-signature': 'v2,AAAA' }],
  ['no signature in the header', { ...signatureHeaders(body), 'webhook-signature': '' }],
  ['a shorter signature', { ...signatureHeaders(body), 'webhook-signature': 'v1,AAAA' }],
])('%s is refused without a hint at the expected signature', async (_, headers) => {
  const refusal = await refusalOf(() => verifyWebhook(requestOf({ headers, body }), [SECRET], NOW));
  expect(refusal).toMatchObject({
    code: 'unauthenticated',
    message: 'no signature in the webhook-signature header matches',
    errors: [],
    members: {},
  });
});

test.each(['', '-1', '1.5', '1e9', ' 1614265330', 'Infinity', '9999999999999999'])(
  'the timestamp "%s" is refused',
  async (timestamp) => {
    const request = signedRequest({ 'webhook-timestamp': timestamp });
    expect(await refusalOf(() => verifyWebhook(request, [SECRET], NOW))).toMatchObject({
      code: 'unauthenticated',
      message: 'the webhook-timestamp header must be whole seconds since 1970',
    });
  },
);

test.each(['', 'm\u00e9', 'x'.repeat(257)])('the id "%s" is refused', async (id) => {
  const request = signedRequest({ 'webhook-id': id });
  expect(await refusalOf(() => verifyWebhook(request, [SECRET], NOW))).toMatchObject({
    code: 'unauthenticated',
    message: 'the webhook-id header must be 1 to 256 printable ASCII characters',
  });
});

test('bytes that a gateway has replaced are refused as such', async () => {
  const headers = signatureHeaders(Uint8Array.of(0x22, 0xff, 0x22));
  const refusal = await refusalOf(() =>
    verifyWebhook(requestOf({ headers, body: '"\uFFFD"' }), [SECRET], NOW),
  );
  expect(refusal).toMatchObject({
    code: 'not-json',
    message: 'no signature matches: the body is not valid UTF-8, or it has U+FFFD and another signature',
  });
});

test('a replacement character that was signed is an ordinary character', () => {
  const request = requestOf({ headers: signatureHeaders('"\uFFFD"'), body: '"\uFFFD"' });
  expect(verifyWebhook(request, [SECRET], NOW)).toBe(request);
});

test('each request that is not signed is counted, whatever it is answered with, and no other', async () => {
  let refused = 0;
  const verify = (request: HttpRequest) =>
    verifyWebhook(request, [SECRET], NOW, () => {
      refused += 1;
    });
  verify(signedRequest());
  expect(refused).toBe(0);
  await refusalOf(() => verify(requestOf({ body })));
  await refusalOf(() => verify(signedRequest({ 'webhook-signature': 'v1,AAAA' })));
  expect(refused).toBe(2);
  const replaced = requestOf({ headers: signatureHeaders(body), body: '"\uFFFD"' });
  expect((await refusalOf(() => verify(replaced))).code).toBe('not-json');
  expect(refused).toBe(3);
});
