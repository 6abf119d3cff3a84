import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packRows, unpackRows } from '../../../lib/store/columns.ts';

/** Names that objects have, or that JavaScript orders by number, among them. */
const name = fc.oneof(
  fc.constantFrom('a', 'b', 'constructor', '__proto__', 'toString', '10', '9', 'length'),
  fc.string({ maxLength: 5 }),
);

const scalar = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.maxSafeInteger(), fc.boolean());

const { row } = fc.letrec<{ row: Record<string, unknown>; value: unknown }>((tie) => ({
  row: fc.dictionary(name, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    tie('row'),
  ),
}));

const rows = fc.array(
  row.filter((one) => Object.keys(one).length > 0),
  { maxLength: 20 },
);

const id = fc.oneof(
  { weight: 50, arbitrary: fc.uuid() },
  fc.string({ unit: 'binary', minLength: 36, maxLength: 36 }),
);

/** Rows whose columns are mostly UUIDs, or mostly the same in all rows. */
const ofOneShape = fc.array(
  fc.record(
    {
      id,
      by: fc.record({ id: fc.uuid(), name: fc.constantFrom('a', 'b') }, { noNullPrototype: true }),
      flavor: fc.oneof({ weight: 50, arbitrary: fc.constant('gpu') }, scalar, fc.uuid()),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 20 },
);

/** Rows some of whose columns are equal, and that may have other members than the row before. */
const withEqualColumns = fc.uniqueArray(name, { minLength: 1, maxLength: 6 }).chain((names) =>
  fc.array(
    fc.tuple(fc.subarray(names, { minLength: 1 }), id, scalar).map(([some, uuid, other]) => {
      const values = [uuid, other, { b: uuid, '9': other }, 'constant'];
      return Object.fromEntries(some.map((one) => [one, values[names.indexOf(one) % values.length]]));
    }),
    { maxLength: 20 },
  ),
);

describe('rows packed by column', () => {
  test('are given back as they were, whatever their members are', () => {
    fc.assert(
      fc.property(fc.oneof(rows, ofOneShape, withEqualColumns), (given) => {
        // The matchers of the framework take a member `constructor` for the type.
        expect(isDeepStrictEqual(unpackRows(packRows(given)), given)).toBe(true);
      }),
    );
  });

  test.each([
    ['in upper case', '0415055F-8F81-5307-BFB0-EF90791CE3DA'],
    ['with a hyphen elsewhere', '041505-5f8f81-5307-bfb0-ef90791ce3da'],
    ['with the second hyphen elsewhere', '0415055f-8f-815307-bfb0-ef90791ce3da'],
    ['with the third hyphen elsewhere', '0415055f-8f81-53-07bfb0-ef90791ce3da'],
    ['with the last hyphen elsewhere', '0415055f-8f81-5307-bf-b0ef90791ce3da'],
    ['with a hyphen more', '0415055f-8f81-5307-bfb0-ef90791ce3d-'],
    ['and another, shorter and longer', '0415055f-8f81-5307-bfb0-ef90791ce3d', `${randomUUID()}0`],
  ])('give back a text like a UUID, %s', (_, ...texts) => {
    const given = [randomUUID(), ...texts].map((id) => ({ id }));
    expect(unpackRows(packRows(given))).toStrictEqual(given);
  });

  test('have a constant once, UUIDs without hyphens as one text, and a repeated column by its number', () => {
    const ids = ['0415055f-8f81-5307-bfb0-ef90791ce3da', 'eb945ce0-e0a7-d6fc-f22c-036f6ca1d80f'];
    const packed = packRows(
      ids.map((id, index) => ({ flavor: 'gpu', id, index, unit: 'gpu', of: { id, index } })),
    );
    expect(JSON.parse(zstdDecompressSync(packed).toString())).toStrictEqual({
      count: 2,
      columns: {
        flavor: ['gpu'],
        id: '0415055f8f815307bfb0ef90791ce3daeb945ce0e0a7d6fcf22c036f6ca1d80f',
        index: [0, 1],
        unit: ['gpu'],
        of: { id: 0, index: 1 },
      },
    });
  });

  test('with a cell for each row, as an earlier version packed them, are read', () => {
    const ids = ['0415055f-8f81-5307-bfb0-ef90791ce3da', 'eb945ce0-e0a7-d6fc-f22c-036f6ca1d80f'];
    const packed = zstdCompressSync(JSON.stringify({ count: 2, columns: { ids, flavor: ['gpu', 'gpu'] } }));
    expect(unpackRows(packed)).toStrictEqual(ids.map((id) => ({ ids: id, flavor: 'gpu' })));
  });

  test('lose members that are undefined, and have bigints as texts', () => {
    expect(unpackRows(packRows([{ id: 'a', of: undefined, amount: 5n }]))).toStrictEqual([
      { id: 'a', amount: '5' },
    ]);
  });

  test('take few bytes where columns are equal, or constant', () => {
    const given = Array.from({ length: 200 }, (_, index) => {
      const [id, time] = [randomUUID(), 1_790_000_000_000 + index * 54_321];
      const event = { source: 'https://gra.training.example', id, time };
      return { jobId: id, start: time, openedBy: event, statedBy: event, flavor: 'ai1-1-gpu' };
    });
    // An id has 16 bytes of chance.
    expect(packRows(given).length / given.length).toBeLessThan(35);
  });
});
