import assert from 'node:assert/strict';

/**
 * Many rows of one kind in few bytes: their values by column, compressed. Equal columns, such as
 * two times that are always the same, then cost next to nothing, and a row of three random ids and
 * two times takes some 77 bytes.
 */

/** What a column holds: as in an item of the table, but bigints are texts. */
type Cell = unknown;

/**
 * A cell for each row, absent ones null; one cell that all rows have; or as a text, the UUIDs of
 * the rows one after another, without their hyphens.
 */
type Column = readonly Cell[] | string;

/** The columns of rows by name; those of nested rows are nested. */
interface Columns {
  readonly [name: string]: Column | Columns;
}

type Row = Readonly<Record<string, unknown>>;

/** Loaded with the first block: most functions have none. */
const zlib = () => process.getBuiltinModule('node:zlib');

/** Higher levels take many times as long and save a few percent. */
const COMPRESSION_LEVEL = 1;

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

const UUID_LENGTH = 36;
const HEX_LENGTH = 32;
const NOT_HEX = /[^0-9a-f]/;

const mayBeUuid = (value: unknown): boolean =>
  typeof value === 'string' &&
  value.length === UUID_LENGTH &&
  value[8] === '-' &&
  value[13] === '-' &&
  value[18] === '-' &&
  value[23] === '-';

const toColumn = (values: readonly unknown[]): Column => {
  const [first] = values;
  if (values.every((value) => value === first)) return [toCell(first)];
  if (!values.every(mayBeUuid)) return values.map(toCell);
  const text = values.join('').replaceAll('-', '');
  return text.length === values.length * HEX_LENGTH && !NOT_HEX.test(text) ? text : values;
};

const toUuids = (text: string): string[] => {
  const uuids: string[] = [];
  for (let at = 0; at < text.length; at += HEX_LENGTH) {
    const hex = (from: number, to: number) => text.slice(at + from, at + to);
    uuids.push(`${hex(0, 8)}-${hex(8, 12)}-${hex(12, 16)}-${hex(16, 20)}-${hex(20, HEX_LENGTH)}`);
  }
  return uuids;
};

const toCells = (column: Column, count: number): readonly Cell[] => {
  const cells =
    typeof column === 'string'
      ? toUuids(column)
      : column.length === 1
        ? new Array<Cell>(count).fill(column[0])
        : column;
  assert(cells.length === count, 'a column has a cell for each row');
  return cells;
};

/** The names of all members, in the order they appear. Most rows have those of the row before. */
const namesOf = (rows: readonly (Row | undefined)[]): ReadonlySet<string> => {
  const names = new Set<string>();
  let before: readonly string[] = [];
  for (const row of rows) {
    if (!row) continue;
    const own = Object.keys(row);
    if (own.length === before.length && own.every((name, index) => name === before[index])) continue;
    for (const name of own) names.add(name);
    before = own;
  }
  return names;
};

const valuesOf = (rows: readonly (Row | undefined)[], name: string): readonly unknown[] =>
  name in Object.prototype
    ? rows.map((row) => (row && Object.hasOwn(row, name) ? row[name] : undefined))
    : rows.map((row) => row?.[name]);

const toColumns = (rows: readonly (Row | undefined)[]): Columns => {
  const columns: [string, Columns[string]][] = [];
  for (const name of namesOf(rows)) {
    const values = valuesOf(rows, name);
    columns.push([name, isNested(values) ? toColumns(values) : toColumn(values)]);
  }
  return Object.fromEntries(columns);
};

/** The rows of columns; those without any value are absent. */
const toRows = (columns: Columns, count: number): (Record<string, unknown> | undefined)[] => {
  const rows: (Record<string, unknown> | undefined)[] = Array.from({ length: count });
  for (const [name, column] of Object.entries(columns)) {
    const cells =
      typeof column === 'string' || Array.isArray(column)
        ? toCells(column, count)
        : toRows(column as Columns, count);
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
  const { constants, zstdCompressSync } = zlib();
  const params = { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL };
  return new Uint8Array(zstdCompressSync(json, { params }));
};

/** What packed rows may take of an item, which has at most 400 KB with its keys. */
export const MAX_PACKED_BYTES = 350_000;

/**
 * Packs rows in blocks of at most `most`, and of fewer where they would not fit into an item. Each
 * has the index of its first row.
 */
export function* packBlocks(
  rows: readonly object[],
  most = Number.POSITIVE_INFINITY,
  first = 0,
): Generator<{ readonly first: number; readonly packed: Uint8Array }> {
  for (let start = 0; start < rows.length; start += most) {
    const some = rows.slice(start, start + most);
    const packed = packRows(some);
    if (packed.length <= MAX_PACKED_BYTES || some.length === 1) yield { first: first + start, packed };
    else yield* packBlocks(some, Math.ceil(some.length / 2), first + start);
  }
}

interface Packed {
  readonly count: number;
  readonly columns: Columns;
}

const parse = (packed: Uint8Array): Packed => {
  try {
    return JSON.parse(zlib().zstdDecompressSync(packed).toString());
  } catch (error) {
    return assert.fail(`packed rows cannot be read: ${(error as Error).message}`);
  }
};

/** The rows as they were packed, bigints as texts. Fails where they are damaged. */
export const unpackRows = (packed: Uint8Array): Record<string, unknown>[] => {
  const { count, columns } = parse(packed);
  return toRows(columns, count).map((row) => row ?? assert.fail('a row has a value'));
};
