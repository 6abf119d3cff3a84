import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeOutput } from '../../../cli/write-output.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobmeter-output-'));
});

afterAll(() => rm(folder, { recursive: true }));

test('a file is written', async () => {
  await writeOutput(join(folder, 'page.html'), 'text');
  expect(await readFile(join(folder, 'page.html'), 'utf8')).toBe('text');
});

test.each([
  ['missing/page.html', 'its folder does not exist: make it first'],
  ['.', 'it is a folder: name a file in it'],
])('%s cannot be written, and it says why', async (name, reason) => {
  const file = join(folder, name);
  await expect(writeOutput(file, 'text')).rejects.toThrow(`${file} cannot be written: ${reason}`);
});
