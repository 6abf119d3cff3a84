import assert from 'node:assert/strict';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/**
 * Many rows of one kind in few bytes: their values by column, compressed. Equal columns, such as
 * two times that are always the same, then cost next to nothing, and a row of three random ids and
 * two times takes some 85 bytes.
 */

/** What a column holds: as in an item of the table, but bigints are texts. */
type Cell = unknown;

/** The columns of rows by name; those of nested rows are nested. Absent values are null. */
interface Columns {
  readonly [name: string]: readonly Cell[] | Columns;
}

type Row = Readonly<Record<string, unknown>>;

/** Higher levels take many times as long and save a few percent. */
const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEmpty = (row: Row): boolean => {
  for (const _ in row) return false;
  return true;
};

/** Nested rows without members would not be told from absent ones. */
const isNested = (values: readonly unknown[]): values is readonly (Row | undefined)[] =>
  values.every((value) => value === undefined || (isRow(value) && !isEmpty(value)));

const toCell = (value: unknown): Cell =>
  value === undefined ? null : typeof value === 'bigint' ? String(value) : value;

const toColumns = (rows: readonly (Row | undefined)[]): Columns => {
  const names = new Set<string>();
  for (const row of rows) if (row) for (const name of Object.keys(row)) names.add(name);
  const columns: [string, Columns[string]][] = [];
  for (const name of names) {
    const values = rows.map((row) => (row && Object.hasOwn(row, name) ? row[name] : undefined));
    columns.push([name, isNested(values) ? toColumns(values) : values.map(toCell)]);
  }
  return Object.fromEntries(columns);
};

/** The rows of columns; those without any value are absent. */
const toRows = (columns: Columns, count: number): (Record<string, unknown> | undefined)[] => {
  const rows: (Record<string, unknown> | undefined)[] = Array.from({ length: count });
  for (const [name, column] of Object.entries(columns)) {
    const cells = Array.isArray(column) ? column : toRows(column as Columns, count);
    for (let index = 0; index < count; index += 1) {
      const value = cells[index];
      if (value === null || value === undefined) continue;
      const row = rows[index] ?? {};
      rows[index] = row;
      // A label may have this name.
      if (name === '__proto__') Object.defineProperty(row, name, { value, enumerable: true });
      else row[name] = value;
    }
  }
  return rows;
};

/** Packs rows. Members that are undefined are left out; an array is one value. */
export const packRows = (rows: readonly object[]): Uint8Array => {
  const columns = toColumns(rows as readonly Row[]);
  const json = JSON.stringify({ count: rows.length, columns });
  return new Uint8Array(zstdCompressSync(json, COMPRESSION));
};

interface Packed {
  readonly count: number;
  readonly columns: Columns;
}

const parse = (packed: Uint8Array): Packed => {
  try {
    return JSON.parse(zstdDecompressSync(packed).toString());
  } catch (error) {
    return assert.fail(`packed rows cannot be read: ${(error as Error).message}`);
  }
};

/** The rows as they were packed, bigints as texts. Fails where they are damaged. */
export const unpackRows = (packed: Uint8Array): Record<string, unknown>[] => {
  const { count, columns } = parse(packed);
  return toRows(columns, count).map((row) => row ?? assert.fail('a row has a value'));
};
