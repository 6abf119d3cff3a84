import { stripVTControlCharacters } from 'node:util';
import { type Command, Option } from 'commander';
import { readExportConfig } from '../../lib/config.ts';
import { focusCsv } from '../../lib/export/focus-csv.ts';
import { statementPage } from '../../lib/export/statement-html.ts';
import type { BillingContext } from '../../lib/operations/billing-context.ts';
import { readJobStatuses } from '../../lib/operations/reads/job-statuses.ts';
import { readStatement, readStatementCharges } from '../../lib/operations/reads/read-statements.ts';
import { Refusal } from '../../lib/refusal.ts';
import type { Statement } from '../../lib/shapes/statement.ts';
import { parseMonth } from '../month.ts';
import { bold, indent } from '../output.ts';
import { linesTable } from '../show-lines.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';
import { writeOutput } from '../write-output.ts';

const ALL_CHARGES = { limit: Number.POSITIVE_INFINITY };

type Key = readonly [context: BillingContext, projectId: string, month: string];

interface StatementOptions extends GlobalOptions {
  readonly format?: keyof typeof FORMATS;
  readonly rows: keyof typeof ROWS;
  readonly output?: string;
}

const notBilled = ({ unrated, held }: Statement): string[] =>
  [
    ...(unrated.count > 0 ? [`not billed yet, unrated: ${unrated.count}`] : []),
    ...(held.count > 0 ? [`held, no stop was reported: ${held.count}`] : []),
  ].map((text) => indent(text));

const show = (statement: Statement): string => {
  const { projectId, month, statementId, currency, total, lines, approvedBy } = statement;
  return [
    bold(`statement ${statementId} of ${projectId} for ${month}`),
    linesTable(lines, currency),
    ...notBilled(statement),
    ...(approvedBy ? [indent(`approved by ${approvedBy.id}, ${approvedBy.at}`)] : []),
    bold(`total ${total} ${currency}`),
  ].join('\n');
};

const ROWS = {
  charges: async (key: Key) => {
    const { charges } = await readStatementCharges(...key, ALL_CHARGES);
    const [context, projectId] = key;
    const statuses = await readJobStatuses(context, projectId, charges);
    return focusCsv(readExportConfig(), await readStatement(...key), charges, statuses);
  },
  lines: async (key: Key) => focusCsv(readExportConfig(), await readStatement(...key)),
};

/** Output of each format; text has a trailing line end. */
const FORMATS = {
  table: async (key: Key) => `${show(await readStatement(...key))}\n`,
  json: async (key: Key) => `${JSON.stringify(await readStatement(...key), null, 2)}\n`,
  html: async (key: Key) => statementPage(readExportConfig().invoiceIssuer, await readStatement(...key)).html,
  csv: (key: Key, rows: keyof typeof ROWS) => ROWS[rows](key),
  pdf: async (key: Key) => {
    const { statementPdf } = await import('../../lib/export/statement-pdf.ts');
    return statementPdf(readExportConfig().invoiceIssuer, await readStatement(...key));
  },
};

/** The options, with the format that they mean; one that would be ignored is a usage error. */
const statementOptionsOf = (command: Command) => {
  const options = command.optsWithGlobals<StatementOptions>();
  const { json, format = json ? 'json' : 'table' } = options;
  if (json && format !== 'json') command.error(`error: choose one of --json and --format ${format}`);
  if (format !== 'csv' && command.getOptionValueSource('rows') === 'cli')
    command.error('error: --rows is for --format csv');
  return { ...options, format };
};

export const addStatementCommand = (program: Command): void => {
  program
    .command('statement')
    .argument('<project>', 'the project id')
    .argument('<month>', 'YYYY-MM', parseMonth)
    .description('show a statement, or write it as a page to print, PDF or FOCUS 1.2 CSV')
    .addOption(new Option('--format <name>', 'table by default').choices(Object.keys(FORMATS)))
    .addOption(
      new Option('--rows <name>', 'rows, with --format csv').choices(Object.keys(ROWS)).default('charges'),
    )
    .option('-o, --output <file>', 'write to a file instead of standard output')
    .action(async (projectId: string, month: string, _, command: Command) => {
      const options = statementOptionsOf(command);
      const { format } = options;
      if (format === 'pdf' && options.output === undefined && process.stdout.isTTY)
        throw new Refusal('invalid', 'a PDF is binary: name a file with --output, or redirect the output');
      const { openContext } = await connectStage(options);
      const key = [await openContext('read'), projectId, month] as const;
      const content = await FORMATS[format](key, options.rows);
      if (options.output === undefined) process.stdout.write(content);
      else
        await writeOutput(
          options.output,
          typeof content === 'string' ? stripVTControlCharacters(content) : content,
        );
    });
};
