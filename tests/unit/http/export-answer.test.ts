import { describe, expect, test } from 'vitest';
import { fileAnswer, monthsParameter, upToLimit } from '../../../lib/http/export-answer.ts';
import { refusalOf } from './refused.ts';

const MONTHS_OF_A_YEAR = 12;

describe('the months of an export', () => {
  test('are from one to another, or one alone', () => {
    expect(monthsParameter({ from: '2026-08', to: '2026-10' })).toEqual({ from: '2026-08', to: '2026-10' });
    expect(monthsParameter({ from: '2026-08' })).toEqual({ from: '2026-08', to: '2026-08' });
  });

  test.each([
    [{}, 'from'],
    [{ from: 'October' }, 'from'],
    [{ from: '2026-10', to: '2026-13' }, 'to'],
    [{ from: '2026-10', to: '2026-09' }, 'to'],
  ])('%j is refused for %s', async (query, pointer) => {
    expect(await refusalOf(() => monthsParameter(query))).toMatchObject({ errors: [{ pointer }] });
  });
});

/** Statements with so many charges each, in pages of a thousand. */
async function* statementsWith(...counts: readonly number[]) {
  for (const count of counts)
    yield {
      charges: async function* () {
        for (let left = count; left > 0; left -= 1000) yield Array.from({ length: Math.min(left, 1000) });
      },
    };
}

/** Reads all charges twice, as an export does. */
const readTwice = async (statements: ReturnType<typeof statementsWith>) => {
  let read = 0;
  for await (const { charges } of upToLimit(statements))
    for (const _ of [1, 2]) for await (const page of charges()) read += page.length;
  return read / 2;
};

describe('one response', () => {
  test('holds 10,000 charges, of one statement or of several', async () => {
    expect(await readTwice(statementsWith(10_000))).toBe(10_000);
    expect(await readTwice(statementsWith(...Array.from({ length: MONTHS_OF_A_YEAR }, () => 800)))).toBe(
      9600,
    );
  });

  test('is refused with more, and names what has no limit', async () => {
    for (const counts of [[10_001], [9_999, 2]])
      expect(await refusalOf(() => readTwice(statementsWith(...counts)))).toMatchObject({
        errors: [{ pointer: 'to', detail: expect.stringContaining('`jobmeter export`') }],
      });
  });

  async function* parts(...of: readonly (string | Uint8Array)[]) {
    yield* of;
  }

  test('is a file of text or bytes', async () => {
    const answer = await fileAnswer(
      'charges-a:b-2026-10.csv',
      'text/csv',
      parts('é,', Buffer.from([0, 255])),
    );
    expect(answer).toEqual({
      statusCode: 200,
      headers: {
        'content-type': 'text/csv',
        'content-disposition': 'attachment; filename="charges-a_b-2026-10.csv"',
      },
      isBase64Encoded: true,
      body: Buffer.from([...Buffer.from('é,'), 0, 255]).toString('base64'),
    });
  });

  test('is refused beyond four million bytes', async () => {
    const half = 'x'.repeat(2_000_000);
    await fileAnswer('a.csv', 'text/csv', parts(half, half));
    expect(await refusalOf(() => fileAnswer('a.csv', 'text/csv', parts(half, half, 'x')))).toMatchObject({
      errors: [{ pointer: 'to' }],
    });
  });
});
