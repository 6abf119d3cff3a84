import { describe, expect, test } from 'vitest';
import { csvAnswer, csvPageAnswer } from '../../../lib/http/csv-answer.ts';
import { negotiateFormat, nextLink } from '../../../lib/http/formats.ts';
import { refusalOf } from './refused.ts';
import { requestOf } from './requests.ts';

const FORMATS = { json: 'application/json', html: 'text/html', csv: 'text/csv' };

const asked = (accept?: string, format?: string) =>
  negotiateFormat(
    {
      ...requestOf({ method: 'GET', ...(accept !== undefined && { headers: { Accept: accept } }) }),
      query: { format },
    },
    FORMATS,
  );

describe('the Accept header chooses:', () => {
  test.each<[accept: string | undefined, format: string]>([
    [undefined, 'json'],
    ['', 'json'],
    [' ', 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['text/csv', 'csv'],
    ['TEXT/CSV; charset=utf-8; header=present', 'csv'],
    ['text/*', 'html'],
    // What a browser sends.
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    // The caller's order says nothing, ours does.
    ['text/csv, text/html, application/json', 'json'],
    ['application/json;q=0.5, text/csv;q=0.51', 'csv'],
    ['application/json; q=0.3 , text/html ; q=0.7', 'html'],
    // The most specific range counts, wherever it stands.
    ['*/*, application/json;q=0', 'html'],
    ['text/*;q=0.9, text/html;q=0.1, application/json;q=0.5', 'csv'],
    ['application/*;q=0.2, */*;q=0.1', 'json'],
    ['text/csv;q=1.000', 'csv'],
    // A quality that is none says nothing of its range.
    ['text/csv;q=2, text/html;q=0.1', 'html'],
    ['text/csv;q=high, text/html;q=0.1', 'html'],
    [',,text/csv,', 'csv'],
  ])('%j gives %s', (accept, format) => {
    expect(asked(accept)).toBe(format);
  });

  test.each(['image/png', 'text/plain', 'application/json;q=0', 'text', '*/*;q=0', 'application/jsonx'])(
    '%j is not acceptable, and the answer lists what there is',
    async (accept) => {
      const refusal = await refusalOf(() => asked(accept));
      expect(refusal).toMatchObject({
        code: 'not-acceptable',
        message: 'available as application/json, text/html, text/csv',
      });
    },
  );
});

describe('?format=', () => {
  test.each(['json', 'html', 'csv'])('%s wins over Accept', (format) => {
    expect(asked('text/csv', format)).toBe(format);
    expect(asked('image/png', format)).toBe(format);
  });

  test.each(['', 'CSV', 'text/csv', 'pdf', 'json,csv', 'constructor'])('of %j is invalid', async (format) => {
    const refusal = await refusalOf(() => asked('*/*', format));
    expect(refusal).toMatchObject({
      code: 'invalid',
      errors: [{ pointer: 'format', detail: 'must be one of json, html, csv' }],
    });
  });
});

describe('a page that has no place for its cursor', () => {
  test('links in its headers to the next one, in the same format', () => {
    expect(nextLink({ limit: '2', format: 'ndjson', cursor: 'old', other: undefined }, 'a_b-c')).toEqual({
      link: '<?limit=2&format=ndjson&cursor=a_b-c>; rel="next"',
    });
  });

  test('cannot be left by what a caller sends', () => {
    expect(nextLink({ format: 'x>; rel="evil"\r\n' }, 'c')).toEqual({
      link: '<?format=x%3E%3B+rel%3D%22evil%22%0D%0A&cursor=c>; rel="next"',
    });
  });

  test('has no link at the end', () => {
    expect(nextLink({ limit: '2' }, undefined)).toEqual({});
  });
});

describe('a CSV', () => {
  test('is a file of its name', () => {
    expect(csvAnswer('statement-a:b-2026-10', 'x\r\n')).toEqual({
      statusCode: 200,
      headers: {
        'content-disposition': 'attachment; filename="statement-a_b-2026-10.csv"',
        'content-type': 'text/csv; charset=utf-8; header=present',
      },
      body: 'x\r\n',
    });
  });

  test('that is too large for an answer is refused, and the answer names what to request instead', async () => {
    // With the two quotes around the text in the JSON of a Lambda, in which a backslash is two.
    const most = ['x'.repeat(5_999_998), '\\'.repeat(2_999_999)];
    for (const csv of most) expect(csvAnswer('most', csv).statusCode).toBe(200);
    const [more, escaped] = await Promise.all(
      most.map((csv) => refusalOf(() => csvAnswer('more', `${csv}x`))),
    );
    const cut = await refusalOf(() => csvPageAnswer('cut', {}, { csv: 'x', next: 'y' }));
    for (const refusal of [more, escaped, cut])
      expect(refusal).toMatchObject({ code: 'invalid', errors: [{ pointer: 'limit' }] });
  });

  test('of pages names the next one, and only the first has a header row', () => {
    const headers = (query: object, page: object) => {
      const { headers = {} } = csvPageAnswer('pages', query, { csv: 'x', ...page });
      return [headers['content-type'], headers.link];
    };
    expect(headers({}, {})).toEqual(['text/csv; charset=utf-8; header=present', undefined]);
    expect(headers({ format: 'csv', limit: '2' }, { next: 'y' })).toEqual([
      'text/csv; charset=utf-8; header=present',
      '<?format=csv&limit=2&cursor=y>; rel="next"',
    ]);
    expect(headers({ cursor: 'y' }, { next: 'z' })).toEqual([
      'text/csv; charset=utf-8; header=absent',
      '<?cursor=z>; rel="next"',
    ]);
    expect(headers({ limit: '2', cursor: 'y' }, {})).toEqual([
      'text/csv; charset=utf-8; header=absent',
      undefined,
    ]);
  });
});
