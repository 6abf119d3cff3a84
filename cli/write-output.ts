import { writeFile } from 'node:fs/promises';
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

/** Writes a file named on the command line. */
export const writeOutput = async (file: string, content: string | Uint8Array): Promise<void> => {
  try {
    await writeFile(file, content);
  } catch (error) {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw error;
    throw new Refusal('invalid', `${file} cannot be written: ${reason}`);
  }
};
