import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { buildPage } from '../../../lib/page/build.ts';
import { pageFiles } from '../../../lib/page/bundle.ts';

const MAX_BYTES = 40_000;
const [index, ...assets] = pageFiles;

test('the page is small: all of it, compressed', () => {
  const sizes = pageFiles.map(({ text }) => gzipSync(text).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_BYTES);
});

test('it names its script and its style, and has nothing inline', () => {
  expect(assets).toHaveLength(2);
  for (const { name } of assets) expect(index?.text).toContain(`"assets/${name}"`);
  expect(index?.text).not.toMatch(/<style|style=|<script(?![^>]* src=)|\son\w+=|%[A-Z]+%/);
});

test('it asks nobody else for anything', () => {
  const addresses = pageFiles.flatMap(({ text }) => [
    ...text.matchAll(/(?:https?:)?\/\/[\w.-]+\.\w+[^\s"'`)]*/g),
  ]);
  // Names of XML vocabularies, which nobody fetches.
  expect(
    addresses.map(([address]) => address).filter((address) => !/^http:\/\/www\.w3\.org\//.test(address)),
  ).toEqual([]);
});

test('the same sources give the same files', async () => {
  expect(await buildPage()).toEqual(pageFiles);
});
