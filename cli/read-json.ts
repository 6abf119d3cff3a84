import { Refusal } from '../lib/refusal.ts';
import { readTextFile } from './read-text.ts';

/** Reads a JSON file named on the command line. */
export const readJsonFile = async (file: string): Promise<unknown> => {
  const content = await readTextFile(file);
  try {
    return JSON.parse(content);
  } catch {
    throw new Refusal('not-json', `${file} is not JSON`);
  }
};
