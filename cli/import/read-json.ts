import { getManyValues, isMany, none } from 'stream-chain/core';
import { jsonParser, type Token } from 'stream-json/parser.js';
import { Refusal } from '../../lib/refusal.ts';
import { createRecordFinder, isList } from './json-lists.ts';
import { peek } from './peek.ts';
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

const createTokenizer = (name: string) => {
  const parsePart = jsonParser({ jsonStreaming: true, streamValues: false });
  /** The tokens that a part completes; `none` is the end of the text. */
  return (part: string | typeof none, recordsBefore: number): readonly Token[] => {
    try {
      // Its type leaves out the end that it takes.
      const tokens = parsePart(part as string);
      return isMany(tokens) ? (getManyValues(tokens) as Token[]) : [];
    } catch (error) {
      const detail = `${(error as Error).message} (${recordsBefore} records were read before)`;
      throw new Refusal('not-json', `${name} is not whole JSON: ${detail}`);
    }
  };
};

async function* withEnd(text: AsyncIterable<string>): AsyncIterable<string | typeof none> {
  yield* text;
  yield none;
}

/** One JSON text, or several one after another. */
async function* readWhole(name: string, text: AsyncIterable<string>): AsyncIterable<SourceRecord> {
  const tokensOf = createTokenizer(name);
  const finder = createRecordFinder();
  let position = 0;
  for await (const part of withEnd(text))
    for (const token of tokensOf(part, position)) {
      const record = finder.next(token);
      if (!record) continue;
      position += 1;
      yield { position, of: 'record', ...record };
    }
}

/** Whether a part ends the first line that is not empty, or that line is a long one. */
const createFirstLine = () => {
  let isBegun = false;
  return (part: string, head: string): boolean => {
    const content = isBegun ? part : part.trimStart();
    isBegun ||= content !== '';
    return content.includes('\n') || head.length >= MAX_HEAD;
  };
};

/**
 * The records of a text of JSON: a value a line, an array, an object with a list of `items` or
 * `jobs`, or several of them. A broken line is reported by itself; anything else ends the reading.
 */
export async function* readJson(name: string, text: AsyncIterable<string>): AsyncIterable<SourceRecord> {
  const { head, text: whole } = await peek(text, createFirstLine());
  yield* isRecordPerLine(head) ? readEachLine(name, whole) : readWhole(name, whole);
}
