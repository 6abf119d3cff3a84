import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cursorParameter,
  idParameter,
  limitParameter,
  monthParameter,
  toCursor,
} from '../../../lib/http/parameters.ts';
import { Refusal } from '../../../lib/refusal.ts';
import { refusalOf } from './refused.ts';

test.each(['2000-01', '2026-12', '9999-12'])('%s is a month', (month) => {
  expect(monthParameter(month)).toBe(month);
});

test.each([
  '',
  '2026',
  '2026-00',
  '2026-13',
  '2026-1',
  '1999-12',
  '12026-01',
  '2026-01-01',
  '2026-01\n',
  '2026-01,2026-02',
])('%j is no month, and the answer names the parameter', async (month) => {
  const refusal = await refusalOf(() => monthParameter(month, 'month'));
  expect(refusal).toMatchObject({ code: 'invalid', errors: [{ pointer: 'month' }] });
});

test('a missing month is invalid', async () => {
  expect((await refusalOf(() => monthParameter(undefined))).code).toBe('invalid');
});

test('a page holds 100 unless the caller asks for 1 to 1000', () => {
  expect([undefined, '1', '1000'].map((limit) => limitParameter(limit))).toEqual([100, 1, 1000]);
});

test.each(['', '0', '1001', '-1', '1.5', '1e2', '0x10', ' 5', '99999999999'])(
  'a page of %j is invalid',
  async (limit) => {
    const refusal = await refusalOf(() => limitParameter(limit));
    expect(refusal).toMatchObject({ code: 'invalid', errors: [{ pointer: 'limit' }] });
  },
);

test('ids of the path', () => {
  const longest = 'x'.repeat(128);
  expect(['job-1', 'a.B_c:d-9', longest].map(idParameter)).toEqual(['job-1', 'a.B_c:d-9', longest]);
});

test.each([undefined, '', 'a b', 'a/b', 'a#b', 'caf\u00e9', 'a\n', 'x'.repeat(129)])(
  'an id such as %j is unknown',
  async (id) => {
    expect((await refusalOf(() => idParameter(id))).code).toBe('not-found');
  },
);

test('a cursor gives back the position it was made of', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[A-Za-z0-9._:-]{1,128}$/), { minLength: 1 }), (position) => {
      const cursor = toCursor(position);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(cursorParameter(cursor, position.length)).toEqual(position);
    }),
  );
  expect(cursorParameter(undefined, 1)).toBeUndefined();
});

test.each([
  '',
  '!',
  'e30',
  'W10',
  'WzFd',
  'bnVsbA',
  'ImEi',
  toCursor(['a', 'b']),
  toCursor(['a#b']),
  toCursor(['x'.repeat(129)]),
])('the cursor %j is invalid', async (cursor) => {
  const refusal = await refusalOf(() => cursorParameter(cursor, 1));
  expect(refusal).toMatchObject({ code: 'invalid', errors: [{ pointer: 'cursor' }] });
});

test('no text as a cursor does anything but be refused or give a list of strings', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        fc.json().map((text) => btoa(encodeURI(text))),
      ),
      (text) => {
        try {
          expect(cursorParameter(text, 1)?.length ?? 1).toBe(1);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
        }
      },
    ),
  );
});
