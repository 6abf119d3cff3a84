import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../../lib/http/http-request.ts';
import { PAGE_POLICY, servePage } from '../../../lib/http/page-answers.ts';

const page = servePage([
  { name: 'index.html', contentType: 'text/html; charset=utf-8', text: '<!doctype html>' },
  { name: 'page-X.js', contentType: 'text/javascript; charset=utf-8', text: 'render()' },
]);

const request = (file?: string, headers: Readonly<Record<string, string>> = {}): HttpRequest => ({
  method: 'GET',
  headers: new Map(Object.entries(headers)),
  pathParameters: { file },
  query: {},
  body: Buffer.alloc(0),
});

describe('the page', () => {
  test('is asked for each time, under a strict policy', async () => {
    expect(await page(request())).toMatchObject({
      statusCode: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'content-security-policy': PAGE_POLICY,
        vary: 'accept-encoding',
      },
      body: '<!doctype html>',
    });
    expect(PAGE_POLICY).toContain("default-src 'none'");
    expect(PAGE_POLICY).not.toContain('unsafe');
  });

  test('names assets that may be kept for ever', async () => {
    expect(await page(request('page-X.js'))).toMatchObject({
      headers: { 'cache-control': 'public, max-age=31536000, immutable' },
      body: 'render()',
    });
  });

  test('is not sent again to who has it', async () => {
    const { headers } = await page(request());
    const etag = String(headers?.etag);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const answer = await page(request(undefined, { 'if-none-match': known }));
      expect(answer).toMatchObject({ statusCode: 304, headers: { etag } });
      expect(answer).not.toHaveProperty('body');
    }
    expect(await page(request('page-X.js', { 'if-none-match': etag }))).toMatchObject({ statusCode: 200 });
  });

  test.each(['gzip', 'br, gzip;q=0.5', 'gzip, deflate'])(
    'is compressed for who accepts %s',
    async (accepted) => {
      const answer = await page(request(undefined, { 'accept-encoding': accepted }));
      expect(answer).toMatchObject({ isBase64Encoded: true, headers: { 'content-encoding': 'gzip' } });
      expect(gunzipSync(Buffer.from(answer.body ?? '', 'base64')).toString()).toBe('<!doctype html>');
    },
  );

  test.each(['br', 'identity', 'gzip;q=0', 'gzip;q=0.0, br'])(
    'is sent as it is to who accepts %s',
    async (accepted) => {
      const answer = await page(request(undefined, { 'accept-encoding': accepted }));
      expect(answer.headers).not.toHaveProperty('content-encoding');
      expect(answer.body).toBe('<!doctype html>');
    },
  );

  test('has no other files', async () => {
    for (const file of ['other.js', '../package.json', '__proto__'])
      await expect(page(request(file))).rejects.toMatchObject({ code: 'not-found' });
  });
});
