import { type Command, Option } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { type Column, print, table } from './output.ts';
import type { GlobalOptions } from './stage.ts';

/** A column of a list of rows. */
export interface ListColumn<Row> extends Column {
  readonly text: (row: Row) => string;
}

/** Rows as an aligned table. */
export const listTable = <Row>(columns: readonly ListColumn<Row>[], rows: readonly Row[]): string =>
  table(
    columns,
    rows.map((row) => columns.map(({ text }) => text(row))),
  );

/**
 * Members of rows as CSV (RFC 4180), a column each under its name. What is absent is an empty cell.
 */
export const membersCsv = <Row extends object>(
  members: readonly (keyof Row & string)[],
  rows: readonly Row[],
): string =>
  stringify([...rows], {
    header: true,
    columns: [...members],
    record_delimiter: 'windows',
    cast: {
      boolean: String,
      object: (value) => (Array.isArray(value) ? value.join(', ') : JSON.stringify(value)),
    },
  });

/** Options of a command that prints a list. */
export interface ListOptions extends GlobalOptions {
  readonly csv?: boolean;
}

export const csvOption = (what: string): Option =>
  new Option('--csv', `print ${what} as CSV, for a spreadsheet`);

/** The options of a list; JSON and CSV at once are a usage error. */
export const listOptionsOf = <Options extends ListOptions>(command: Command): Options => {
  const options = command.optsWithGlobals<Options>();
  if (options.json && options.csv) command.error('error: choose one of --json and --csv');
  return options;
};

/** Prints an answer as JSON or text, or its list as CSV. */
export const printList = (
  { json, csv }: ListOptions,
  answer: unknown,
  as: { readonly text: () => string; readonly csv: () => string },
): void => {
  if (csv) process.stdout.write(as.csv());
  else print(json, answer, as.text);
};
