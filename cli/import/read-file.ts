import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Refusal } from '../../lib/refusal.ts';
import { asRefusal, createTextDecoder } from '../read-text.ts';

/** A file as it is named in messages. */
export const nameOfFile = (file: string): string => (file === '-' ? 'standard input' : file);

const bytesOf = (file: string): Readable => {
  const bytes = file === '-' ? process.stdin : createReadStream(file);
  // An error of either ends the other, and is met by the reader of the last one.
  return file.endsWith('.gz') ? pipeline(bytes, createGunzip(), () => {}) : bytes;
};

const fromGzip = (name: string, error: NodeJS.ErrnoException): NodeJS.ErrnoException =>
  /^Z_/.test(error.code ?? '')
    ? new Refusal('invalid', `${name} cannot be unpacked (${error.message}): is it a whole gzip file?`)
    : error;

/** The text of a file in parts, unpacked if its name ends in `.gz`. `-` is standard input. */
export async function* readFileText(file: string): AsyncIterable<string> {
  const name = nameOfFile(file);
  const decoder = createTextDecoder(name);
  try {
    for await (const part of bytesOf(file)) yield decoder.decode(part);
  } catch (error) {
    asRefusal(name)(fromGzip(name, error as NodeJS.ErrnoException));
  }
  yield decoder.end();
}
