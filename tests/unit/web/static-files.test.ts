import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { staticFiles } from '#static-files';
import { openApiDocument } from '../../../lib/http/openapi/document.ts';
import { referencePage } from '../../../lib/http/openapi/reference/page.ts';
import { staticFile } from '../../../lib/http/static-file.ts';
import { buildPage, PAGE_POLICY } from '../../../web/build/page.ts';

const MAX_BYTES = 64_000;

const textOf = ({ gzip }: (typeof staticFiles)[number]) => gunzipSync(Buffer.from(gzip, 'base64')).toString();
const [index, ...others] = staticFiles;
const assets = others.filter(({ path }) => path.startsWith('/assets/'));
const page = index ? [index, ...assets] : [];
const fileAt = (path: string) => staticFiles.find((file) => file.path === path);

describe('the page', () => {
  test('is small: all of it, compressed', () => {
    const sizes = page.map(({ gzip }) => Buffer.byteLength(gzip, 'base64'));
    expect(sizes).toHaveLength(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_BYTES);
  });

  test('names its script and its style, and has nothing inline', () => {
    expect(index?.path).toBe('/');
    const text = index ? textOf(index) : '';
    expect(assets).toHaveLength(2);
    for (const { path } of assets) expect(text).toContain(`"${path.slice(1)}"`);
    expect(text).not.toMatch(/<style|style=|<script(?![^>]* src=)|\son\w+=|%[A-Z]+%/);
  });

  test('loads nothing from elsewhere', () => {
    const addresses = page.flatMap((file) => [
      ...textOf(file).matchAll(/(?:https?:)?\/\/[\w.-]+\.\w+[^\s"'`)]*/g),
    ]);
    // Names of XML vocabularies, which are never fetched.
    expect(
      addresses.map(([address]) => address).filter((address) => !/^http:\/\/www\.w3\.org\//.test(address)),
    ).toEqual([]);
  });

  test('has no schema library and no rule of the API in it', () => {
    const script = assets.map(textOf).join();
    expect(script).not.toMatch(/valibot|must be an IANA time zone|additionalProperties/);
  });

  test('is revalidated each time, its assets are cached for ever, both under a strict policy', () => {
    expect(index?.headers).toEqual({ 'cache-control': 'no-cache', 'content-security-policy': PAGE_POLICY });
    for (const { headers } of assets)
      expect(headers).toEqual({
        'cache-control': 'public, max-age=31536000, immutable',
        'content-security-policy': PAGE_POLICY,
      });
    expect(PAGE_POLICY).toContain("default-src 'none'");
    expect(PAGE_POLICY).not.toContain('unsafe');
  });
});

describe('the description of the API', () => {
  test('is the OpenAPI document, and the same as a page under its own policy', () => {
    const document = fileAt('/v1/openapi.json');
    expect(JSON.parse(document ? textOf(document) : '')).toEqual(
      JSON.parse(JSON.stringify(openApiDocument())),
    );
    expect(document).toMatchObject({
      contentType: 'application/json',
      headers: { 'cache-control': 'public, max-age=300' },
    });
    const reference = fileAt('/v1/docs');
    const { html, contentSecurityPolicy } = referencePage(openApiDocument());
    expect(reference ? textOf(reference) : '').toBe(html);
    expect(reference).toMatchObject({
      contentType: 'text/html; charset=utf-8',
      headers: { 'cache-control': 'public, max-age=300', 'content-security-policy': contentSecurityPolicy },
    });
  });
});

test('the same sources give the same files, and other content another tag', async () => {
  expect(await buildPage()).toEqual(page);
  const file = { path: '/', contentType: 'text/plain', headers: {} };
  expect(staticFile({ ...file, text: 'a' })).toEqual(staticFile({ ...file, text: 'a' }));
  expect(staticFile({ ...file, text: 'a' }).etag).not.toBe(staticFile({ ...file, text: 'b' }).etag);
});
