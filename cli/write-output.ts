import { readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Refusal } from '../lib/refusal.ts';

/** Why a file cannot be written, as what is to be done. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist: make it first',
  ENOTDIR: 'what should be its folder is a file',
  EISDIR: 'it is a folder: name a file in it',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'you may not write there',
  ENOSPC: 'the disk is full',
};

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const refuseUnwritable = async (file: string, write: () => Promise<void>): Promise<void> => {
  try {
    await write();
  } catch (error) {
    const reason = REASONS[codeOf(error) ?? ''];
    if (reason === undefined) throw error;
    throw new Refusal('invalid', `${file} cannot be written: ${reason}`);
  }
};

const unlessAbsent = (error: unknown): undefined => {
  if (codeOf(error) !== 'ENOENT') throw error;
};

/** The file that links lead to, which may be absent. */
const followLinks = async (file: string): Promise<string> => {
  const existing = await realpath(file).catch(unlessAbsent);
  if (existing !== undefined) return existing;
  const named = await readlink(file).catch(() => undefined);
  return named === undefined ? file : followLinks(resolve(await realpath(dirname(file)), named));
};

/**
 * Writes a file named on the command line, at once or part by part. It has its name only once it is
 * whole, unless it is a pipe or a device.
 */
export const writeOutput = (
  file: string,
  content: string | Uint8Array | AsyncIterable<string | Uint8Array>,
): Promise<void> =>
  refuseUnwritable(file, async () => {
    const existing = await stat(file).catch(unlessAbsent);
    if (existing && !existing.isFile()) return writeFile(file, content);
    const target = await followLinks(file);
    const partial = `${target}.partial`;
    try {
      await writeFile(partial, content);
      await rename(partial, target);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  });
