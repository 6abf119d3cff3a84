import { expect, test } from 'vitest';
import { readWithLines } from '../../../web/use-statement.ts';

const PAGES: Readonly<Record<string, object>> = {
  'v1/one': { total: '0.10', lines: ['a'] },
  'v1/many': { total: '0.30', lines: ['a'], next: 'to/b' },
  'v1/many?cursor=to%2Fb': { total: '0.30', lines: ['b'], next: 'c' },
  'v1/many?cursor=c': { total: '0.30', lines: ['c'] },
  'v1/many?preview=true': { total: '0.30', lines: ['a'], next: 'b' },
  'v1/many?preview=true&cursor=b': { total: '0.30', lines: ['b'] },
};

const read = async (path: string): Promise<unknown> =>
  readWithLines({ read: async <Answer>(page: string) => PAGES[page] as Answer }, path, AbortSignal.any([]));

test('a statement has the lines of all its pages', async () => {
  expect(await read('v1/one')).toEqual({ total: '0.10', lines: ['a'] });
  expect(await read('v1/many')).toEqual({ total: '0.30', lines: ['a', 'b', 'c'] });
  expect(await read('v1/many?preview=true')).toEqual({ total: '0.30', lines: ['a', 'b'] });
});
