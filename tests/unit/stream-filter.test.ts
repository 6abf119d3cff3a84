import { describe, expect, test } from 'vitest';
import { readServerlessFile } from '../../local/serverless-file.ts';
import { createStreamFilter } from '../../local/stream-filter.ts';

const record = (eventName: string, sk: string) => ({
  eventName,
  dynamodb: { Keys: { pk: { S: 'JOB#proj-1#job-1' }, sk: { S: sk } } },
});

describe('the filter of the deployed stream', () => {
  const passes = createStreamFilter(readServerlessFile().stream.filterPatterns);

  test.each(['EVENT#6f1c', 'CUT#2026-11'])('lets a new fact through: %s', (sk) => {
    expect(passes(record('INSERT', sk))).toBe(true);
  });

  test.each(['CHARGE#job-1', 'STATEMENT', 'HEAD', 'BILLED#job-1', 'proj-1#job-1', 'event#1', 'XEVENT#1'])(
    'keeps everything else back: %s',
    (sk) => {
      expect(passes(record('INSERT', sk))).toBe(false);
    },
  );

  test.each(['MODIFY', 'REMOVE'])('keeps back what is not new: %s', (eventName) => {
    expect(passes(record(eventName, 'EVENT#6f1c'))).toBe(false);
  });
});

describe('patterns', () => {
  test('without a pattern everything matches', () => {
    expect(createStreamFilter([])(record('REMOVE', 'x'))).toBe(true);
  });

  test('one matching pattern is enough, but all of its fields must match', () => {
    const passes = createStreamFilter([{ a: ['x'], b: [1, null] }, { a: ['y'] }]);
    expect([
      passes({ a: 'x', b: 1 }),
      passes({ a: 'x', b: null }),
      passes({ a: 'y' }),
      passes({ a: 'x', b: '1' }),
      passes({ a: 'x' }),
      passes('x'),
    ]).toEqual([true, true, true, false, false, false]);
  });

  test('a prefix matches strings only', () => {
    const passes = createStreamFilter([{ a: [{ prefix: '1' }] }]);
    expect([passes({ a: '12' }), passes({ a: 12 }), passes({ a: '21' })]).toEqual([true, false, false]);
  });

  test.each([
    ['an unknown operator', { a: [{ 'anything-but': ['x'] }] }],
    ['a prefix with something beside it', { a: [{ prefix: 'x', suffix: 'y' }] }],
    ['a prefix that is not a string', { a: [{ prefix: 1 }] }],
    ['$or', { $or: [{ a: ['x'] }] }],
    ['a value that is not in a list', { a: 'x' }],
    ['a list in a list', { a: [['x']] }],
    ['an empty list', { a: [] }],
    ['an empty pattern', {}],
  ])('%s is refused', (_name, pattern) => {
    expect(() => createStreamFilter([pattern])).toThrow();
  });
});
