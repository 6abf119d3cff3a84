import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readMarkdown } from './markdown.ts';

const PAGES = globSync(['*.md', 'docs/**/*.md', 'lib/**/*.md', 'bench/*.md', 'simulation/**/*.md'], {
  exclude: ['**/node_modules/**'],
});

const read = (page: string) => readMarkdown(readFileSync(page, 'utf8'));

const isBroken = (page: string, link: string): boolean => {
  if (/^(https?|mailto):/.test(link)) return false;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(target)) return true;
  return anchor !== undefined && target.endsWith('.md') && !read(target).anchors.has(anchor);
};

test('every link of every page leads to a file and a heading that exist', () => {
  expect(PAGES).toContain('docs/sources.md');
  const broken = PAGES.flatMap((page) =>
    read(page)
      .links.filter((link) => isBroken(page, link))
      .map((link) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
});
