import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { Refusal } from '../lib/refusal.ts';

/** By its byte order mark, or a NUL in the first bytes: JSON starts with ASCII (RFC 4627, 3). */
const isUtf16 = (bytes: Buffer): boolean => {
  const start = bytes.subarray(0, 4);
  const mark = start.toString('hex', 0, 2);
  return mark === 'fffe' || mark === 'feff' || start.includes(0);
};

/** Decodes UTF-8 without a byte order mark. Other encodings are refused, not replaced. */
export const decodeText = (name: string, bytes: Buffer): string => {
  if (isUtf16(bytes)) throw new Refusal('not-json', `${name} is UTF-16: save it as UTF-8`);
  if (!isUtf8(bytes)) throw new Refusal('not-json', `${name} is not UTF-8: save it as UTF-8`);
  return new TextDecoder().decode(bytes);
};

const asRefusal = (name: string) => (error: NodeJS.ErrnoException) => {
  if (error.code === 'ENOENT') throw new Refusal('not-found', `there is no file ${name}`);
  if (error.code === 'EISDIR') throw new Refusal('invalid', `${name} is a directory, not a file`);
  throw error;
};

/** Reads a text file named on the command line. */
export const readTextFile = async (file: string): Promise<string> =>
  decodeText(file, await readFile(file).catch(asRefusal(file)));

/** Reads standard input to its end. */
export const readStandardInput = async (): Promise<string> => {
  const name = 'standard input';
  return decodeText(name, await buffer(process.stdin).catch(asRefusal(name)));
};
