import { expect, test } from 'vitest';
import { linesPage } from '../../../lib/http/lines-page.ts';
import { refusalOf } from './refused.ts';

const contentOf = (digest: string) => ({ digest, lines: ['a', 'b', 'c'] });

test('a cursor of another statement, or of a preview that has changed, is refused as either', async () => {
  const { next: cursor } = linesPage(contentOf('sha256:1'), { limit: '2' });
  expect(linesPage(contentOf('sha256:1'), { cursor }).lines).toEqual(['c']);
  expect(await refusalOf(async () => linesPage(contentOf('sha256:2'), { cursor }))).toMatchObject({
    code: 'invalid',
    errors: [
      {
        pointer: 'cursor',
        detail: 'is of another statement, or of a preview that has changed since: begin with the first page',
      },
    ],
  });
});

test('a statement without lines, of time without a price only, is one page', () => {
  const content = { digest: 'sha256:1', lines: [], unrated: { count: 1 } };
  expect(linesPage(content, {})).toBe(content);
});
