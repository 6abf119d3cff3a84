import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFileText } from '../../../../cli/import/read-file.ts';
import { refusalOf } from '../../http/refused.ts';

/** Longer than a part of a file, which is 64 KiB, with characters of several bytes. */
const TEXT = 'zwölf€😀'.repeat(20_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobmeter-import-'));
});
afterAll(() => rm(folder, { recursive: true }));

const textOf = async (name: string, content: string | Buffer): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, content);
  return (await Array.fromAsync(readFileText(file))).join('');
};

test('a file is read in parts that may end within a character, with or without a byte order mark', async () => {
  expect(await textOf('plain', TEXT)).toBe(TEXT);
  expect(await textOf('marked', `\uFEFF${TEXT}`)).toBe(TEXT);
  expect(await textOf('empty', '')).toBe('');
});

test('a file that ends in .gz is unpacked; a broken one is refused', async () => {
  const packed = gzipSync(TEXT);
  expect(await textOf('jobs.gz', packed)).toBe(TEXT);
  for (const broken of [packed.subarray(0, 100), Buffer.from(TEXT)]) {
    const { message } = await refusalOf(() => textOf('broken.gz', broken));
    expect(message).toMatch(/broken\.gz cannot be unpacked \(.+\): is it a whole gzip file\?$/);
  }
});

test.each<[what: string, content: Buffer, message: RegExp]>([
  ['UTF-16', Buffer.from(TEXT, 'utf16le'), /is UTF-16: save it as UTF-8$/],
  [
    'Latin-1 far into the file',
    Buffer.concat([Buffer.from(TEXT), Buffer.from('é', 'latin1'), Buffer.from(TEXT)]),
    /is not UTF-8/,
  ],
  ['cut within a character', Buffer.from('€').subarray(0, 2), /is not UTF-8: save it as UTF-8$/],
])('a file is refused with what to do: %s', async (_, content, message) => {
  expect((await refusalOf(() => textOf('other', content))).message).toMatch(message);
});

test('a file that is not there or is a folder is named', async () => {
  const missing = join(folder, 'missing');
  expect((await refusalOf(() => Array.fromAsync(readFileText(missing)))).message).toBe(
    `there is no file ${missing}`,
  );
  expect((await refusalOf(() => Array.fromAsync(readFileText(folder)))).message).toMatch(
    /is a directory, not a file$/,
  );
});
