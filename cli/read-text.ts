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

const notUtf8 = (name: string, what: string): Refusal =>
  new Refusal('not-json', `${name} is ${what}: save it as UTF-8`);

const refuseUtf16 = (name: string, start: Buffer): void => {
  if (isUtf16(start)) throw notUtf8(name, 'UTF-16');
};

/** Decodes UTF-8 without a byte order mark. Other encodings are refused, not replaced. */
export const decodeText = (name: string, bytes: Buffer): string => {
  refuseUtf16(name, bytes);
  if (!isUtf8(bytes)) throw notUtf8(name, 'not UTF-8');
  return new TextDecoder().decode(bytes);
};

/** The same for a text that comes in parts, which may end within a character. */
export const createTextDecoder = (name: string) => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isFirst = true;
  const decode = (part?: Buffer): string => {
    try {
      return decoder.decode(part, { stream: part !== undefined });
    } catch {
      throw notUtf8(name, 'not UTF-8');
    }
  };
  return {
    decode(part: Buffer): string {
      if (isFirst && part.length > 0) refuseUtf16(name, part);
      isFirst &&= part.length === 0;
      return decode(part);
    },
    /** Refuses a text that ends within a character. */
    end: (): string => decode(),
  };
};

/** Throws the error of reading a file, as a refusal where it is one. */
export const asRefusal = (name: string) => (error: NodeJS.ErrnoException) => {
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
