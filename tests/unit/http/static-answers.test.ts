import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../../lib/http/http-request.ts';
import { ORIGIN } from '../../../lib/http/origin.ts';
import { serveStatic } from '../../../lib/http/static-answers.ts';
import { staticFile } from '../../../lib/http/static-file.ts';

const page = serveStatic([
  staticFile({
    path: '/',
    contentType: 'text/html; charset=utf-8',
    headers: { 'cache-control': 'no-cache', 'content-security-policy': "default-src 'none'" },
    text: '<!doctype html>',
  }),
  staticFile({
    path: '/assets/page-X.js',
    contentType: 'text/javascript; charset=utf-8',
    headers: { 'cache-control': 'public' },
    text: 'render()',
  }),
  staticFile({
    path: '/v1/openapi.json',
    contentType: 'application/json',
    headers: {},
    text: JSON.stringify({ servers: [{ url: ORIGIN }] }),
  }),
  staticFile({ path: '/v1/docs', contentType: 'text/html', headers: {}, text: 'Größe: 二重 😀' }),
]);

const request = (
  file?: string,
  headers: Readonly<Record<string, string>> = {},
  route = file === undefined ? 'GET /' : 'GET /assets/{file}',
): HttpRequest => ({
  method: 'GET',
  route,
  path: `/billing${route.replace(/^[A-Z]+ /, '')}`,
  headers: new Map(Object.entries(headers)),
  pathParameters: { file },
  query: {},
  body: Buffer.alloc(0),
});

describe('a static file', () => {
  test('has the headers it was built with, and varies by encoding', async () => {
    expect(await page(request())).toMatchObject({
      statusCode: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'content-security-policy': "default-src 'none'",
        vary: 'accept-encoding',
      },
      body: '<!doctype html>',
    });
  });

  test('is found by its route, with what stands in it', async () => {
    expect(await page(request('page-X.js'))).toMatchObject({ body: 'render()' });
    expect(await page(request(undefined, {}, 'GET /v1/docs'))).toMatchObject({ body: 'Größe: 二重 😀' });
  });

  test('is not sent again to a client that has it', async () => {
    const { headers } = await page(request());
    const etag = String(headers?.etag);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const answer = await page(request(undefined, { 'if-none-match': known }));
      expect(answer).toMatchObject({ statusCode: 304, headers: { etag } });
      expect(answer).not.toHaveProperty('body');
    }
    expect(await page(request('page-X.js', { 'if-none-match': etag }))).toMatchObject({ statusCode: 200 });
  });

  test.each(['gzip', 'br, gzip;q=0.5', 'gzip, deflate', '*', 'GZIP;q=0.001'])(
    'is compressed for a client that accepts %s',
    async (accepted) => {
      const answer = await page(request(undefined, { 'accept-encoding': accepted }));
      expect(answer).toMatchObject({ isBase64Encoded: true, headers: { 'content-encoding': 'gzip' } });
      expect(gunzipSync(Buffer.from(answer.body ?? '', 'base64')).toString()).toBe('<!doctype html>');
    },
  );

  test.each(['', 'br', 'identity', 'gzip;q=0', 'gzip;q=0.0, br', '*, gzip;q=0', 'gzipped'])(
    'is sent uncompressed to a client that accepts %s',
    async (accepted) => {
      const answer = await page(request(undefined, { 'accept-encoding': accepted }));
      expect(answer.headers).not.toHaveProperty('content-encoding');
      expect(answer.body).toBe('<!doctype html>');
    },
  );

  test('names the address that the caller used, compressed or not', async () => {
    const headers = { host: 'usage.example', 'x-forwarded-proto': 'https' };
    const content = '{"servers":[{"url":"https://usage.example/billing"}]}';
    const plain = await page(request(undefined, headers, 'GET /v1/openapi.json'));
    expect(plain.body).toBe(content);
    const accepting = { ...headers, 'accept-encoding': 'gzip' };
    const { body = '' } = await page(request(undefined, accepting, 'GET /v1/openapi.json'));
    expect(gunzipSync(Buffer.from(body, 'base64')).toString()).toBe(content);
    const known = { ...headers, 'if-none-match': String(plain.headers?.etag) };
    expect((await page(request(undefined, known, 'GET /v1/openapi.json'))).statusCode).toBe(304);
  });

  test('has no other files', async () => {
    for (const file of ['other.js', '../package.json', '__proto__', '$&', '{file}', ''])
      await expect(page(request(file))).rejects.toMatchObject({ code: 'not-found' });
  });
});
