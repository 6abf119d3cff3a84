import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logged } from '../../../../lib/operations/log/logged.ts';
import { at } from '../world.ts';

const context = { now: () => at('2026-11-05T08:00:00Z'), newId: () => 'id-1' };
const ana = { kind: 'local', id: 'ana' } as const;

test('an entry has who, when and what', () => {
  expect(logged(context, ana, 'tariff.published', { target: '2026-12-01#1' })).toEqual({
    id: 'id-1',
    at: at('2026-11-05T08:00:00Z'),
    by: ana,
    action: 'tariff.published',
    target: '2026-12-01#1',
  });
});

test('an entry is one line, however a file is called', () => {
  const target = 'jobs\n\u001b[31m2026-11-06 mallory\u2028approved\u202e.txt';
  expect(logged(context, ana, 'import.begun', { target }).target).toBe(
    'jobs [31m2026-11-06 mallory approved .txt',
  );
});

test('target and detail have a limit, and no control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (text) => {
      const { target, detail = '' } = logged(context, ana, 'import.ended', { target: text, detail: text });
      expect([...target].length).toBeLessThanOrEqual(256);
      expect([...detail].length).toBeLessThanOrEqual(1024);
      expect(target + detail).not.toMatch(/\p{C}/u);
    }),
  );
});
