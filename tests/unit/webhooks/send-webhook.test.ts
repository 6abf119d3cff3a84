import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { sendWebhook, webhookId } from '../../../lib/webhooks/send-webhook.ts';
import { startConsumer, startTalker } from './consumer.ts';

const NOW = Date.now();
const SETTINGS = { stage: 'local', now: () => NOW };
const OLD = 'whsec_b2xkIHNlY3JldCBvZiAzMiBieXRlcyBmb3IgdGVzdHM=';
const NEW = 'whsec_bmV3IHNlY3JldCBvZiAzMiBieXRlcyBmb3IgdGVzdHM=';
const WEBHOOK = { id: 'msg_1', body: '{"a":"ü"}', secrets: [NEW, OLD] };

test('what is sent is verified by the library of Standard Webhooks, by either secret', async () => {
  const { url, received } = await startConsumer();
  expect(await sendWebhook(SETTINGS, { ...WEBHOOK, url })).toEqual({ status: 200, tookMs: 0 });
  const [{ headers, body } = { headers: {}, body: '' }] = received;
  for (const secret of [NEW, OLD]) expect(new Webhook(secret).verify(body, headers)).toEqual({ a: 'ü' });
  expect(() => new Webhook(`${OLD.slice(0, -4)}AAA=`).verify(body, headers)).toThrow();
  expect(() => new Webhook(NEW).verify(body.replace('a', 'b'), headers)).toThrow();
  expect(headers).toMatchObject({ 'content-type': 'application/cloudevents+json; charset=utf-8' });
});

test('the id of a message follows from that of the event and is fit for a signature', () => {
  const ids = ['a', 'a.b/c 2026-11', 'ü'].map(webhookId);
  for (const id of ids) expect(id).toMatch(/^msg_[A-Za-z0-9_-]{43}$/);
  expect(new Set(ids).size).toBe(3);
  expect(webhookId('a')).toBe(ids[0]);
});

test.each([
  [200, undefined],
  [204, undefined],
  [299, undefined],
  [304, 'answered 304: redirects are not followed, add the address that it leads to'],
  [400, 'answered 400'],
  [410, 'answered 410: it wants no more events, remove the endpoint'],
  [429, 'answered 429'],
  [503, 'answered 503'],
])('an answer with status %s: %s', async (status, error) => {
  const { url } = await startConsumer((response) => response.writeHead(status).end('secret text'));
  expect(await sendWebhook(SETTINGS, { ...WEBHOOK, url })).toEqual({
    status,
    ...(error && { error }),
    tookMs: 0,
  });
});

test('a redirect is not followed, to this machine or to metadata', async () => {
  const target = await startConsumer();
  for (const location of [target.url, 'http://169.254.169.254/latest/meta-data/']) {
    const { url } = await startConsumer((response) => response.writeHead(307, { location }).end());
    expect((await sendWebhook(SETTINGS, { ...WEBHOOK, url })).error).toMatch(/^answered 307: redirects/);
  }
  expect(target.received).toEqual([]);
});

const LIMIT = { ...SETTINGS, timeoutMs: 150 };
const LATE = 'did not answer within 0.15 s';

test('a server that never answers is left after the time limit', async () => {
  const { url } = await startTalker(() => {});
  expect((await sendWebhook(LIMIT, { ...WEBHOOK, url })).error).toBe(LATE);
});

test('a server that sends headers for ever is left after the time limit', async () => {
  const { url } = await startTalker((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const timer = setInterval(() => socket.write('x-more: 1\r\n'), 10);
    socket.on('close', () => clearInterval(timer));
  });
  expect((await sendWebhook(LIMIT, { ...WEBHOOK, url })).error).toBe(LATE);
});

test('of a huge answer a little is read, and its status counts', async () => {
  let written = 0;
  const { url, sockets } = await startTalker((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n');
    const pour = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(65_536))) written += 65_536;
    };
    socket.on('drain', pour);
    pour();
  });
  expect(await sendWebhook(SETTINGS, { ...WEBHOOK, url })).toEqual({ status: 200, tookMs: 0 });
  expect(written).toBeLessThan(50_000_000);
  expect(sockets).toHaveLength(1);
});

test('the status counts where the body never ends', async () => {
  const { url } = await startTalker((socket) => socket.write('HTTP/1.1 500 No\r\ncontent-length: 9\r\n\r\n'));
  expect(await sendWebhook(LIMIT, { ...WEBHOOK, url })).toEqual({
    status: 500,
    error: 'answered 500',
    tookMs: 0,
  });
  const fine = await startTalker((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n'));
  expect(await sendWebhook(LIMIT, { ...WEBHOOK, url: fine.url })).toEqual({ status: 200, tookMs: 0 });
});

test('a server that closes, or speaks something else, has not received the event', async () => {
  const closing = await startTalker((socket) => socket.once('data', () => socket.destroy()));
  expect((await sendWebhook(SETTINGS, { ...WEBHOOK, url: closing.url })).error).toMatch(/^closed without/);
  const other = await startTalker((socket) => socket.end('220 mail.example.com ESMTP\r\n'));
  expect((await sendWebhook(SETTINGS, { ...WEBHOOK, url: other.url })).error).toMatch(/^closed without/);
  expect((await sendWebhook(SETTINGS, { ...WEBHOOK, url: 'http://127.0.0.1:1/' })).error).toBe(
    'cannot be reached (ECONNREFUSED)',
  );
});

test('an answer just within the time limit counts, with the time it took', async () => {
  const clock = { now: NOW };
  const { url } = await startConsumer((response) => {
    clock.now += 9_000;
    response.end();
  });
  const settings = { stage: 'local', now: () => clock.now };
  expect(await sendWebhook(settings, { ...WEBHOOK, url })).toEqual({ status: 200, tookMs: 9_000 });
});

test('a name that cannot be resolved is a failure that says so', async () => {
  const lookup = (_: string, __: object, callback: (error: Error, address: string, family: number) => void) =>
    callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), '', 4);
  const { error } = await sendWebhook(
    { ...SETTINGS, lookup },
    { ...WEBHOOK, url: 'https://gone.example.com/' },
  );
  expect(error).toBe('its name cannot be resolved (ENOTFOUND)');
});
