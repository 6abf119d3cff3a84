import { execFile } from 'node:child_process';
import { lstat, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeOutput } from '../../../cli/write-output.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobmeter-output-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** Text in two parts. */
async function* parts() {
  yield 'te';
  yield Buffer.from('xt');
}

const WAYS = [
  ['at once', (file: string) => writeOutput(file, 'text')],
  ['part by part', (file: string) => writeOutput(file, parts())],
] as const;

describe.each(WAYS)('what is written %s', (way, write) => {
  const path = (name: string) => join(folder, `${way} ${name}`);

  test('is in a file that was absent, or instead of its old text', async () => {
    for (const _ of ['absent', 'there']) {
      await write(path('file'));
      expect(await readFile(path('file'), 'utf8')).toBe('text');
      await writeFile(path('file'), 'an older and longer text');
    }
  });

  test.each(['old', undefined])('is in the file that a link names, whose text was %s', async (before) => {
    const [file, named, linked] = [path(`${before} file`), path(`${before} link`), path(`${before} link 2`)];
    if (before !== undefined) await writeFile(file, before);
    await symlink(`${way} ${before} file`, named);
    await symlink(named, linked);
    await write(linked);
    expect(await readFile(file, 'utf8')).toBe('text');
    expect((await lstat(linked)).isSymbolicLink()).toBe(true);
  });

  test('is what the reader of a pipe gets', async () => {
    const file = path('pipe');
    await promisify(execFile)('mkfifo', [file]);
    // Open at both ends, so that neither waits for the other.
    const pipe = await open(file, 'r+');
    await write(file);
    expect((await lstat(file)).isFIFO()).toBe(true);
    const { buffer, bytesRead } = await pipe.read();
    expect(buffer.toString('utf8', 0, bytesRead)).toBe('text');
    await pipe.close();
  });

  test.each([
    ['missing/page.html', 'its folder does not exist: make it first'],
    ['.', 'it is a folder: name a file in it'],
  ])('cannot be in %s, and it says why', async (name, reason) => {
    const file = join(folder, name);
    await expect(write(file)).rejects.toThrow(`${file} cannot be written: ${reason}`);
  });
});

test('a file that the disk has no room for keeps its text, too', async () => {
  const own = await mkdtemp(join(folder, 'full-'));
  const file = join(own, 'file');
  await writeFile(file, 'old');
  const source = new URL('../../../cli/write-output.ts', import.meta.url);
  const program = `import { writeOutput } from '${source}'; await writeOutput('${file}', 'x'.repeat(100_000));`;
  const limited = ['-c', 'ulimit -f 8 && exec "$0" --input-type=module -e "$1"', process.execPath, program];
  await expect(promisify(execFile)('sh', limited)).rejects.toThrow('file too large');
  expect([await readFile(file, 'utf8'), await readdir(own)]).toEqual(['old', ['file']]);
});

test('a file that cannot be made whole keeps its text, and nothing is left beside it', async () => {
  const own = await mkdtemp(join(folder, 'whole-'));
  const file = join(own, 'file');
  await writeFile(file, 'old');
  async function* failing() {
    yield* parts();
    throw new Error('the table cannot be read');
  }
  await expect(writeOutput(file, failing())).rejects.toThrow('the table cannot be read');
  expect([await readFile(file, 'utf8'), await readdir(own)]).toEqual(['old', ['file']]);
});
