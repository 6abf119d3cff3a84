import { expect, test } from 'vitest';
import { decodeText } from '../../../cli/read-text.ts';
import { refusalOf } from '../http/refused.ts';

const TEXT = '{"name":"Zürich 😀"}\n';
const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const utf16 = (text: string) => Buffer.from(text, 'utf16le');

test('UTF-8 is read with or without a byte order mark, and the mark is no part of the text', () => {
  expect(decodeText('file', Buffer.from(TEXT))).toBe(TEXT);
  expect(decodeText('file', Buffer.concat([bytesOf('ef bb bf'), Buffer.from(TEXT)]))).toBe(TEXT);
  expect(decodeText('file', bytesOf('ef bb bf'))).toBe('');
  expect(decodeText('file', bytesOf(''))).toBe('');
});

test('a NUL far into a file does not make it UTF-16', () => {
  expect(decodeText('file', Buffer.from('{}\n{}\n\0\0\0'))).toBe('{}\n{}\n\0\0\0');
});

test.each<[name: string, bytes: Buffer]>([
  ['little-endian with a mark', Buffer.concat([bytesOf('ff fe'), utf16(TEXT)])],
  ['big-endian with a mark', Buffer.concat([bytesOf('fe ff'), utf16(TEXT).swap16()])],
  ['little-endian without a mark', utf16(TEXT)],
  ['big-endian without a mark', utf16(TEXT).swap16()],
  ['of a mark alone', bytesOf('ff fe')],
])('UTF-16 is refused with what to do: %s', async (_, bytes) => {
  const { code, message } = await refusalOf(() => decodeText('events.jsonl', bytes));
  expect({ code, message }).toEqual({
    code: 'not-json',
    message: 'events.jsonl is UTF-16: save it as UTF-8',
  });
});

test.each(['63 61 66 e9', 'c3', 'ed a0 80', '7b 7d ff fe'])(
  'bytes that are not UTF-8 are refused, never replaced: %s',
  async (hex) => {
    const { message } = await refusalOf(() => decodeText('events.jsonl', bytesOf(hex)));
    expect(message).toBe('events.jsonl is not UTF-8: save it as UTF-8');
  },
);
