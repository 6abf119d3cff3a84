import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJson } from '../../../../cli/import/read-json.ts';
import { readLines } from '../../../../cli/import/read-lines.ts';
import type { SourceRecord } from '../../../../cli/import/records.ts';
import { refusalOf } from '../../http/refused.ts';

type Read = typeof readJson;

/** The text in parts of these sizes, the rest as one. */
async function* inParts(text: string, sizes: readonly number[]): AsyncIterable<string> {
  let at = 0;
  for (const size of sizes) {
    yield text.slice(at, at + size);
    at += size;
  }
  yield text.slice(at);
}

const recordsOf = (read: Read, text: string, sizes: readonly number[] = []): Promise<SourceRecord[]> =>
  Array.fromAsync(read('jobs', inParts(text, sizes)));

const sizes = fc.array(fc.nat(12), { maxLength: 60 });

describe('lines', () => {
  test('are the same however the text is split, and end at line feeds only', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', '|', '\u2028', 'é', '😀', '\r', ' ') });
    await fc.assert(
      fc.asyncProperty(fc.array(line), sizes, async (lines, parts) => {
        const text = lines.map((one) => `${one}x\n`).join('');
        expect(await recordsOf(readLines, text, parts)).toEqual(
          lines.map((one, index) => ({ position: index + 1, of: 'line', value: `${one}x` })),
        );
      }),
    );
  });

  test('need no line feed at the end, and may end as on Windows', async () => {
    const values = (await recordsOf(readLines, 'a|b\r\n\r\nc')).map(
      (record) => 'value' in record && record.value,
    );
    expect(values).toEqual(['a|b', '', 'c']);
  });

  test('may come in very many parts: each is looked at once', async () => {
    const parts = async function* () {
      for (let count = 0; count < 200_000; count += 1) yield '0123456789';
    };
    const values = (await Array.fromAsync(readLines('jobs.txt', parts()))).map(
      (record) => 'value' in record && String(record.value).length,
    );
    expect(values).toEqual([2_000_000]);
  });

  test('of more than 16 MiB are refused, not kept', async () => {
    const endless = async function* () {
      for (;;) yield 'x'.repeat(1024 * 1024);
    };
    const { message } = await refusalOf(() => Array.fromAsync(readLines('jobs.txt', endless())));
    expect(message).toBe('jobs.txt has a line longer than 16 MiB');
  });
});

describe('JSON', () => {
  /** Records: objects that are no lists themselves, with lists and the like in them. */
  const record = fc.dictionary(
    fc.constantFrom('id', 'status', 'spec', '__proto__', 'é"'),
    fc.oneof(fc.jsonValue(), fc.constant({ items: [{ items: [] }], jobs: [1] })),
  );
  const FORMS: Record<string, (records: readonly unknown[]) => string> = {
    'a value a line': (records) => records.map((one) => `${JSON.stringify(one)}\n`).join('\n'),
    'an array': (records) => JSON.stringify(records),
    'an array, indented': (records) => JSON.stringify(records, null, 2),
    'the items of a list': (records) =>
      JSON.stringify({ apiVersion: 'v1', items: records, metadata: { items: [{ not: 'a record' }] } }),
    'jobs, indented': (records) => JSON.stringify({ before: [1, 2], jobs: records, after: null }, null, 1),
    'indented values one after another': (records) =>
      records.map((one) => `${JSON.stringify({ ...(one as object), id: 1 }, null, 2)}\n`).join(''),
  };

  test.each(Object.keys(FORMS))(
    'in the form of %s gives the same records however it is split',
    async (form) => {
      const toText = FORMS[form] ?? (() => '');
      await fc.assert(
        fc.asyncProperty(fc.array(record, { maxLength: 5 }), sizes, async (records, parts) => {
          const expected = form.includes('one after')
            ? records.map((one) => ({ ...JSON.parse(JSON.stringify(one)), id: 1 }))
            : JSON.parse(JSON.stringify(records));
          const read = await recordsOf(readJson, toText(records), parts);
          expect(read.map((one) => 'value' in one && one.value)).toEqual(expected);
        }),
      );
    },
  );

  test('in a list that names a kind keeps the list around it: items of a PodList have none', async () => {
    const list = { kind: 'PodList', apiVersion: 'v1', items: [{ id: 1 }, { id: 2 }], metadata: {} };
    const read = await recordsOf(readJson, `${JSON.stringify(list)}{"id":3}`, [3, 30]);
    expect(read.map((one) => 'value' in one && one.value)).toEqual([
      { kind: 'PodList', apiVersion: 'v1', items: [{ id: 1 }] },
      { kind: 'PodList', apiVersion: 'v1', items: [{ id: 2 }] },
      { id: 3 },
    ]);
  });

  test('a broken line is reported with its place, and the others are read', async () => {
    expect(await recordsOf(readJson, '{"id":1}\n\n{"id":\n{"id":3}')).toEqual([
      { position: 1, of: 'line', value: { id: 1 } },
      { position: 3, of: 'line', unreadable: 'the line is not JSON' },
      { position: 4, of: 'line', value: { id: 3 } },
    ]);
  });

  test.each(['[{"id":1},{id:2}]', '[{"id":1}', 'jobs', '{"items":[1,2'])(
    'that is broken ends the reading, naming the file: %s',
    async (text) => {
      const { code, message } = await refusalOf(() => recordsOf(readJson, text));
      expect({ code, message }).toEqual({
        code: 'not-json',
        message: expect.stringMatching(/^jobs is not whole JSON: .+ \(\d+ records were read before\)$/),
      });
    },
  );

  test('a list of any length is read a record at a time', async () => {
    let written = 0;
    const endless = async function* () {
      yield '{"items":[\n{"id":0}';
      for (;;) {
        written += 1;
        yield `,{"id":${written}}`;
      }
    };
    let read = 0;
    for await (const _ of readJson('jobs', endless())) {
      read += 1;
      if (read === 5_000) break;
    }
    expect(written).toBeLessThan(read + 10);
  });
});
