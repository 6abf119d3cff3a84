import assert from 'node:assert/strict';

/**
 * Many rows of one kind in few bytes: their values by column, compressed. Equal columns, such as
 * two times that are always the same, are written once, and a row of three random ids and two times
 * takes some 77 bytes.
 */

/** What a column holds: as in an item of the table, but bigints are texts. */
type Cell = unknown;

/**
 * A cell for each row, absent ones null; one cell that all rows have; as a text, the UUIDs of the
 * rows one after another, without their hyphens; or the number of an earlier column that is equal,
 * from 0, of those that are lists of more than one cell or texts.
 */
type Column = readonly Cell[] | string | number;

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

/** Whether it has the form of a UUID; its digits may be any characters, and hyphens too. */
const mayBeUuid = (value: unknown): boolean =>
  typeof value === 'string' &&
  value.length === UUID_LENGTH &&
  value[8] === '-' &&
  value[13] === '-' &&
  value[18] === '-' &&
  value[23] === '-';

const toCellsOrUuids = (values: readonly unknown[]): readonly Cell[] | string => {
  if (!values.every(mayBeUuid)) return values.map(toCell);
  const text = values.join('').replaceAll('-', '');
  return text.length === values.length * HEX_LENGTH ? text : values;
};

/** `before` has the columns that a number may mean, and is added to. */
const toColumn = (values: readonly unknown[], before: (readonly unknown[])[]): Column => {
  const [first] = values;
  if (values.every((value) => value === first)) return [toCell(first)];
  // A block may have thousands of columns, of labels that most of its rows have not.
  const same =
    first === undefined
      ? -1
      : before.findIndex((other) => other.every((value, index) => value === values[index]));
  if (same >= 0) return same;
  before.push(values);
  return toCellsOrUuids(values);
};

const toUuids = (text: string): string[] => {
  const uuids: string[] = [];
  for (let at = 0; at < text.length; at += HEX_LENGTH) {
    const hex = (from: number, to: number) => text.slice(at + from, at + to);
    uuids.push(`${hex(0, 8)}-${hex(8, 12)}-${hex(12, 16)}-${hex(16, 20)}-${hex(20, HEX_LENGTH)}`);
  }
  return uuids;
};

/** The reverse of {@link toColumn}. */
const toCells = (column: Column, count: number, before: (readonly Cell[])[]): readonly Cell[] => {
  if (typeof column === 'number') return before[column] ?? assert.fail('an equal column is an earlier one');
  if (typeof column !== 'string' && column.length === 1) return new Array<Cell>(count).fill(column[0]);
  const cells = typeof column === 'string' ? toUuids(column) : column;
  assert(cells.length === count, 'a column has a cell for each row');
  before.push(cells);
  return cells;
};

/** The values of all rows by name, in the order of an object that has these names. */
const valuesByName = (rows: readonly (Row | undefined)[]): Record<string, unknown[]> => {
  const values = new Map<string, unknown[]>();
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index];
    for (const name in row) {
      if (row[name] === undefined) continue;
      let column = values.get(name);
      if (!column) {
        column = new Array(rows.length).fill(undefined);
        values.set(name, column);
      }
      column[index] = row[name];
    }
  }
  return Object.fromEntries(values);
};

const toColumns = (rows: readonly (Row | undefined)[], before: (readonly unknown[])[] = []): Columns =>
  Object.fromEntries(
    Object.entries(valuesByName(rows)).map(([name, values]) => [
      name,
      isNested(values) ? toColumns(values, before) : toColumn(values, before),
    ]),
  );

/** The rows of columns; those without any value are absent. */
const toRows = (
  columns: Columns,
  count: number,
  before: (readonly Cell[])[] = [],
): (Record<string, unknown> | undefined)[] => {
  const rows: (Record<string, unknown> | undefined)[] = Array.from({ length: count });
  for (const [name, column] of Object.entries(columns)) {
    const cells = isRow(column)
      ? toRows(column as Columns, count, before)
      : toCells(column as Column, count, before);
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
