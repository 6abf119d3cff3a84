import { parse } from 'csv-parse/sync';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, test } from 'vitest';
import { formatMinor, parseMinor } from '../../../lib/billing/money.ts';
import { EXPORT_FORMATS, type ExportFormat, exportPages } from '../../../lib/export/export-file.ts';
import { focusCsv } from '../../../lib/export/focus-csv.ts';
import type { BillingContext } from '../../../lib/operations/billing-context.ts';
import { readJobStatuses } from '../../../lib/operations/reads/job-statuses.ts';
import { type StatementWithCharges, statementsOf } from '../../../lib/operations/reads/read-statements.ts';
import { allPapers, createStory, type Papers } from '../operations/statement-story.ts';

const PARTIES = { invoiceIssuer: 'Issuer', provider: 'Provider', publisher: 'Publisher' };
const MONTHS = { from: '2026-09', to: '2026-10' };

let all: Papers[];
let statements: StatementWithCharges[];
let context: BillingContext;
beforeAll(async () => {
  const world = await createStory();
  all = (await allPapers(world)).sort((a, b) =>
    `${a.statement.projectId} ${a.statement.month}` < `${b.statement.projectId} ${b.statement.month}`
      ? -1
      : 1,
  );
  context = await world.open();
  statements = await Array.fromAsync(statementsOf(context, ['proj-1', 'proj-2'], MONTHS));
});

async function* each(of: readonly StatementWithCharges[]) {
  yield* of;
}

const readStatuses = (projectId: string, charges: readonly { readonly jobId: string }[]) =>
  readJobStatuses(context, projectId, charges);

const write = async (format: ExportFormat, of = statements): Promise<Buffer> => {
  const parts: AsyncIterable<string | Uint8Array> = EXPORT_FORMATS[format].write(
    exportPages(each(of), readStatuses),
    PARTIES,
  );
  return Buffer.concat((await Array.fromAsync(parts)).map((part) => Buffer.from(part)));
};

const rowsOf = (csv: Buffer | string): Record<string, string>[] =>
  parse(csv, { columns: true, record_delimiter: '\r\n' });

const sumOf = (amounts: readonly (string | undefined)[]): string =>
  formatMinor(
    amounts.reduce((sum, amount) => sum + parseMinor(amount ?? ''), 0n),
    'EUR',
  );

describe('an export of two projects and two months', () => {
  test('has every statement, by project and month', () => {
    expect(statements.map(({ statement }) => [statement.projectId, statement.month])).toEqual([
      ['proj-1', '2026-09'],
      ['proj-1', '2026-10'],
      ['proj-2', '2026-09'],
      ['proj-2', '2026-10'],
    ]);
  });

  test('as CSV is in plain words, one charge a line, and sums to each total', async () => {
    const rows = rowsOf(await write('csv'));
    for (const { statement } of all) {
      const own = rows.filter((row) => row.statement === statement.statementId);
      expect(sumOf(own.map(({ amount }) => amount))).toBe(statement.total);
    }
    expect(rows.find(({ job, month }) => job === 'over-the-end' && month === '2026-09')).toEqual({
      project: 'proj-1',
      month: '2026-09',
      usage_month: '2026-09',
      kind: 'usage',
      job: 'over-the-end',
      job_status: 'DONE',
      labels: '',
      start: '2026-09-30T20:00:30.000Z',
      end: '2026-09-30T22:00:30.000Z',
      ended_by: 'month end',
      flavor: 'ai1-1-gpu',
      minutes: '120',
      units: '2',
      unit: 'gpu',
      unit_minutes: '240',
      price_per_hour: '1.93',
      exact_cost: '7.72',
      amount: '7.72',
      currency: 'EUR',
      tariff: '2023-02-14T00:00:00.000Z#1',
      statement: all[0]?.statement.statementId,
    });
    expect(rows.filter(({ job }) => job === 'mistaken').map(({ kind, amount }) => [kind, amount])).toEqual([
      ['usage', '19.30'],
      ['correction', '-19.30'],
    ]);
  });

  test('as FOCUS is the rows of each statement after one header', async () => {
    const files = await Promise.all(
      all.map(async ({ statement, page }) => {
        return focusCsv(
          PARTIES,
          statement,
          page.charges,
          await readStatuses(statement.projectId, page.charges),
        );
      }),
    );
    const [header = ''] = files[0]?.split('\r\n') ?? [];
    const lines = files.map((file) => file.slice(header.length + 2));
    expect(String(await write('focus'))).toBe(`${header}\r\n${lines.join('')}`);
  });

  test('says the latest status of each job, whatever ended its charge', async () => {
    for (const [format, column] of [
      ['csv', 'job_status'],
      ['focus', 'x_JobStatus'],
    ] as const) {
      const rows = rowsOf(await write(format));
      const statuses = new Map(rows.map((row) => [row.job ?? row.ResourceId, row[column]]));
      expect([...statuses.values()], format).not.toContain('');
      expect(statuses.get('over-the-end')).toBe('DONE');
      expect(new Set(statuses.values()).size).toBeGreaterThan(1);
    }
  });

  test('as Parquet has the rows of FOCUS, with types', async () => {
    const file = await write('parquet');
    const parquet = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
    const types = parquetMetadata(parquet).schema;
    const typeOf = (column: string) => types.find(({ name }) => name === column);
    expect(typeOf('BilledCost')).toMatchObject({ converted_type: 'DECIMAL', precision: 38, scale: 4 });
    expect(typeOf('ChargePeriodStart')).toMatchObject({ converted_type: 'TIMESTAMP_MILLIS' });
    const rows = await parquetReadObjects({ file: parquet });
    const expected = rowsOf(await write('focus'));
    expect(rows).toHaveLength(expected.length);
    for (const [index, row] of rows.entries())
      for (const [name, value] of Object.entries(expected[index] ?? {})) {
        const read = row[name];
        if (value === '') expect(read).toBeNull();
        else if (read instanceof Date) expect(read.toISOString()).toBe(value.replace('Z', '.000Z'));
        else if (typeof read === 'string') expect(read).toBe(value);
        else expect(Number(read)).toBeCloseTo(Number(value), 12);
      }
  });

  test.each(['csv', 'focus', 'parquet'] as const)('without a statement is an empty %s', async (format) => {
    const file = await write(format, []);
    if (format === 'parquet') {
      const parquet = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
      expect(parquetMetadata(parquet).num_rows).toBe(0n);
    } else expect(String(file).split('\r\n')).toHaveLength(2);
  });
});

test('an export is streamed: the first statement is written before the next one is read', async () => {
  const read: string[] = [];
  async function* noted() {
    for (const statement of statements) {
      read.push(`read ${statement.statement.month}`);
      yield statement;
    }
  }
  for await (const part of EXPORT_FORMATS.csv.write(exportPages(noted(), readStatuses)))
    read.push(part.startsWith('project,') ? 'header' : 'written');
  expect(read.slice(0, 3)).toEqual(['header', 'read 2026-09', 'written']);
  expect(read.lastIndexOf('read 2026-10')).toBeGreaterThan(read.indexOf('written'));
});
