import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { scaled } from './decimal.ts';
import { COLUMNS, type Column, type FocusRow } from './focus-columns.ts';

/** Rows held in memory, and written as one row group. */
const ROW_GROUP = 20_000;

/** Decimals have 38 digits, the most that readers know. */
const DECIMAL = {
  type: 'FIXED_LEN_BYTE_ARRAY',
  type_length: 16,
  converted_type: 'DECIMAL',
  precision: 38,
} as const;

const typeOf = ({ kind }: Column) => {
  if (kind === 'text') return { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
  if (kind === 'time') return { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' } as const;
  if (kind === 'integer') return { type: 'INT64' } as const;
  return { ...DECIMAL, scale: kind.decimals };
};

const SCHEMA = [
  { name: 'focus', num_children: Object.keys(COLUMNS).length },
  ...Object.entries(COLUMNS).map(([name, column]) => ({
    name,
    repetition_type: 'OPTIONAL' as const,
    ...typeOf(column),
  })),
];

/** A decimal is never a floating-point number. */
const cellOf = ({ kind, of }: Column, row: FocusRow) => {
  const value = of(row);
  if (value === null || kind === 'text') return value;
  if (kind === 'time') return new Date(value);
  return kind === 'integer' ? BigInt(value) : scaled(String(value), kind.decimals);
};

/** FOCUS rows as one Parquet file, a row group at a time. */
export async function* focusParquet(pages: AsyncIterable<readonly FocusRow[]>): AsyncGenerator<Uint8Array> {
  const writer = new ByteWriter();
  const file = new ParquetWriter({ writer, schema: SCHEMA, createdBy: 'jobmeter' });
  const written = () => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  const write = (rows: readonly FocusRow[]) => {
    const columnData = Object.entries(COLUMNS).map(([name, column]) => ({
      name,
      data: rows.map((row) => cellOf(column, row)),
    }));
    file.write({ columnData, rowGroupSize: ROW_GROUP });
    return written();
  };
  let rows: FocusRow[] = [];
  for await (const page of pages) {
    rows = rows.concat(page);
    for (; rows.length >= ROW_GROUP; rows = rows.slice(ROW_GROUP)) yield write(rows.slice(0, ROW_GROUP));
  }
  if (rows.length > 0) yield write(rows);
  file.finish();
  yield written();
}
