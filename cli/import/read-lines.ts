import { Refusal } from '../../lib/refusal.ts';
import type { SourceRecord } from './records.ts';

/** A longer line is no record. */
const MAX_LINE = 16 * 1024 * 1024;

/**
 * The lines of a text that comes in parts, without their ends. Unlike `node:readline` it ends lines
 * at line feeds only: names of jobs may contain other separators of Unicode.
 */
export async function* splitLines(name: string, text: AsyncIterable<string>): AsyncIterable<string> {
  let rest = '';
  for await (const part of text) {
    // Only the part is searched: a long line comes in many.
    const [first = '', ...others] = part.split('\n');
    rest += first;
    for (const other of others) {
      yield rest.replace(/\r$/, '');
      rest = other;
    }
    if (rest.length > MAX_LINE) throw new Refusal('invalid', `${name} has a line longer than 16 MiB`);
  }
  if (rest !== '') yield rest.replace(/\r$/, '');
}

/** Each line as a record. */
export async function* readLines(name: string, text: AsyncIterable<string>): AsyncIterable<SourceRecord> {
  let position = 0;
  for await (const value of splitLines(name, text)) {
    position += 1;
    yield { position, of: 'line', value };
  }
}
