import { Readable } from 'node:stream';
import parser, { type Token } from 'stream-json/parser.js';
import { Refusal } from '../../lib/refusal.ts';
import { createRecordFinder, isList } from './json-lists.ts';
import { splitLines } from './read-lines.ts';
import type { SourceRecord } from './records.ts';

/** Longer first lines are not looked at: the text is then read as one JSON text. */
const MAX_HEAD = 1024 * 1024;

const parse = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
};

/** Whether the first line that is not empty is a record by itself. */
const isRecordPerLine = (head: string): boolean => {
  const first = parse(head.trimStart().split('\n', 1)[0] ?? '');
  return first !== undefined && !isList(first.value);
};

async function* readEachLine(name: string, text: AsyncIterable<string>): AsyncIterable<SourceRecord> {
  let position = 0;
  for await (const line of splitLines(name, text)) {
    position += 1;
    if (line.trim() === '') continue;
    const at = { position, of: 'line' as const };
    yield { ...at, ...(parse(line) ?? { unreadable: 'the line is not JSON' }) };
  }
}

/** One JSON text, or several one after another. */
async function* readWhole(name: string, text: AsyncIterable<string>): AsyncIterable<SourceRecord> {
  let position = 0;
  const finder = createRecordFinder();
  const tokens = Readable.from(text).compose(parser.asStream({ jsonStreaming: true, streamValues: false }));
  try {
    for await (const token of tokens as AsyncIterable<Token>) {
      const record = finder.next(token);
      if (!record) continue;
      position += 1;
      yield { position, of: 'record', ...record };
    }
  } catch (error) {
    if (error instanceof Refusal || (error as NodeJS.ErrnoException).code !== undefined) throw error;
    const detail = `${(error as Error).message} (${position} records were read before)`;
    throw new Refusal('not-json', `${name} is not whole JSON: ${detail}`);
  }
}

async function* joined(head: string, rest: AsyncIterator<string>): AsyncIterable<string> {
  yield head;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/**
 * The records of a text of JSON: a value a line, an array, an object with a list of `items` or
 * `jobs`, or several of them. A broken line is reported by itself; anything else ends the reading.
 */
export async function* readJson(name: string, text: AsyncIterable<string>): AsyncIterable<SourceRecord> {
  const parts = text[Symbol.asyncIterator]();
  let head = '';
  while (!head.trimStart().includes('\n') && head.length < MAX_HEAD) {
    const { done, value } = await parts.next();
    if (done) break;
    head += value;
  }
  const whole = joined(head, parts);
  yield* isRecordPerLine(head) ? readEachLine(name, whole) : readWhole(name, whole);
}
