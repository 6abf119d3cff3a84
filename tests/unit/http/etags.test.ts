import { describe, expect, test } from 'vitest';
import { htmlAnswer, ndjson, ok } from '../../../lib/http/answers.ts';
import { etagOf, frozen, hasContent, revalidated } from '../../../lib/http/etags.ts';
import { varying } from '../../../lib/http/formats.ts';
import { requestOf } from './requests.ts';

const asking = (known?: string) =>
  requestOf({ method: 'GET', ...(known !== undefined && { headers: { 'If-None-Match': known } }) });

const CONTENT = { total: '14.40' };

describe('an answer that is frozen', () => {
  const first = frozen(asking(), varying(ok(CONTENT)));
  const etag = String(first.headers?.etag);

  test('may be kept by its reader alone, for the same token, format and page', () => {
    expect(first).toEqual({
      ...ok(CONTENT),
      headers: {
        'content-type': 'application/json',
        'cache-control': 'private, max-age=86400, immutable',
        etag: expect.stringMatching(/^"[\w-]{22}"$/),
        vary: 'accept, authorization, origin',
      },
    });
  });

  test('is not sent again to a caller that has it', () => {
    const { 'content-type': _, ...kept } = first.headers ?? {};
    for (const known of [etag, `W/${etag}`, `"other",${etag}`, '*'])
      expect(frozen(asking(known), varying(ok(CONTENT)))).toEqual({ statusCode: 304, headers: kept });
  });

  test('keeps its content security policy where it is not sent again', () => {
    const page = htmlAnswer({ html: '<!doctype html>', contentSecurityPolicy: "default-src 'none'" });
    const known = String(frozen(asking(), page).headers?.etag);
    expect(frozen(asking(known), page)).toMatchObject({
      statusCode: 304,
      headers: { 'content-security-policy': "default-src 'none'" },
    });
  });

  test('is sent to a caller that has other content, or the same in another format', () => {
    const inLines = frozen(asking(etag), ndjson([JSON.stringify(CONTENT)]));
    expect(inLines).toMatchObject({ statusCode: 200, body: '{"total":"14.40"}\n' });
    expect(inLines.headers?.etag).not.toBe(etag);
    for (const answer of [
      ok({ total: '14.41' }),
      { ...ok(CONTENT), headers: { 'content-type': 'text/csv' } },
    ])
      expect(frozen(asking(etag), answer).statusCode).toBe(200);
  });

  test('has the same tag whenever it is computed', () => {
    expect(frozen(asking(), ok({ ...CONTENT })).headers?.etag).toBe(etag);
  });
});

test('an answer that is revalidated is kept too, and asked for each time', () => {
  const first = revalidated(asking(), ok(CONTENT));
  expect(first.headers?.['cache-control']).toBe('private, no-cache');
  const again = revalidated(asking(String(first.headers?.etag)), ok(CONTENT));
  expect(again).toMatchObject({ statusCode: 304, headers: { 'cache-control': 'private, no-cache' } });
});

test.each([
  undefined,
  '',
  '"', // Neither is a tag.
  'other',
  '"other", W/"third"',
])('a caller that names %j has nothing', (known) => {
  expect(hasContent(asking(known), etagOf('content'))).toBe(false);
});
