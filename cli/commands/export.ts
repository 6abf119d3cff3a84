import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { formatMinor, parseMinor } from '../../lib/billing/money.ts';
import { monthsFrom } from '../../lib/billing/months.ts';
import { readExportConfig } from '../../lib/config.ts';
import { EXPORT_FORMATS, type ExportFormat, exportPages } from '../../lib/export/export-file.ts';
import { findBilledProjects } from '../../lib/operations/billed-projects.ts';
import type { BillingContext } from '../../lib/operations/billing-context.ts';
import { readJobStatuses } from '../../lib/operations/reads/job-statuses.ts';
import {
  refuseUnknown,
  type StatementWithCharges,
  statementsOf,
} from '../../lib/operations/reads/read-statements.ts';
import { Refusal } from '../../lib/refusal.ts';
import { parseMonth } from '../month.ts';
import { createProgress, indent } from '../output.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';
import { writeOutput } from '../write-output.ts';

interface ExportOptions extends GlobalOptions {
  readonly from: string;
  readonly to?: string;
  readonly project?: readonly string[];
  readonly format: ExportFormat;
  readonly output?: string;
}

/** What an export has written. */
interface ExportSummary {
  readonly from: string;
  readonly to: string;
  readonly format: ExportFormat;
  readonly file?: string;
  readonly projects: number;
  readonly statements: number;
  readonly rows: number;
  readonly total: string;
  readonly currency: string;
  /** Months that are not closed: their statements are still to come. */
  readonly openMonths: readonly string[];
}

const figure = (value: number, noun: string) =>
  `${value.toLocaleString('en')} ${noun}${value === 1 ? '' : 's'}`;

/** Counts what passes. */
const createTally = (context: BillingContext) => {
  const projects = new Set<string>();
  let statements = 0;
  let rows = 0;
  let total = 0n;
  return {
    async *statements(all: AsyncIterable<StatementWithCharges>) {
      for await (const each of all) {
        projects.add(each.statement.projectId);
        statements += 1;
        total += parseMinor(each.statement.total);
        yield each;
      }
    },
    async *pages<Page extends { readonly rows: readonly unknown[] }>(
      all: AsyncIterable<Page>,
      onPage: () => void,
    ) {
      for await (const page of all) {
        rows += page.rows.length;
        onPage();
        yield page;
      }
    },
    text: () => `${figure(statements, 'statement')}, ${figure(rows, 'row')}`,
    counts: () => ({
      projects: projects.size,
      ...{ statements, rows, total: formatMinor(total, context.currency), currency: context.currency },
    }),
  };
};

export const showExport = ({
  from,
  to,
  file,
  projects,
  statements,
  rows,
  total,
  currency,
  openMonths,
}: ExportSummary) =>
  [
    `${figure(rows, 'row')} of ${figure(statements, 'statement')} of ${figure(projects, 'project')}, ` +
      `${from === to ? from : `${from} to ${to}`}${file === undefined ? '' : `, in ${file}`}`,
    indent(`total ${total} ${currency}`),
    ...(openMonths.length > 0
      ? [indent(`not closed yet, so statements may be to come: ${openMonths.join(', ')}`)]
      : []),
  ].join('\n');

const knownProjects = async (context: BillingContext, named: readonly string[]): Promise<string[]> => {
  const projects = [...new Set(named)].sort();
  for (const projectId of projects) await refuseUnknown(context, projectId);
  return projects;
};

const exportTo = async (options: ExportOptions): Promise<ExportSummary> => {
  const { from, to = from, format, output } = options;
  if (to < from) throw new Refusal('invalid', `--to ${to} is before --from ${from}`);
  if (format === 'parquet' && output === undefined && process.stdout.isTTY)
    throw new Refusal('invalid', 'Parquet is binary: name a file with --output, or redirect the output');
  const parties = readExportConfig();
  const { openContext, now } = await connectStage(options);
  const context = await openContext('read');
  const progress = createProgress(now);
  const tally = createTally(context);
  const range = { from, to };
  try {
    const projects = options.project
      ? await knownProjects(context, options.project)
      : await findBilledProjects(context, range, (done) =>
          progress.show(`searching for projects: ${figure(done, 'part')} of the table`),
        );
    const statements = tally.statements(statementsOf(context, projects, range));
    const pages = tally.pages(exportPages(statements, readJobStatuses.bind(undefined, context)), () =>
      progress.show(tally.text()),
    );
    const parts = EXPORT_FORMATS[format].write(pages, parties);
    await (output === undefined
      ? pipeline(parts, process.stdout, { end: false })
      : writeOutput(output, parts));
  } finally {
    progress.end();
  }
  const lastClosed = await context.store.readLastClosedMonth();
  const current = context.calendar.monthOf(now()).id;
  const openMonths = monthsFrom(
    from > context.since ? from : context.since,
    to < current ? to : from > current ? from : current,
  ).filter((month) => lastClosed === undefined || month > lastClosed);
  return { from, to, format, ...(output !== undefined && { file: output }), ...tally.counts(), openMonths };
};

export const addExportCommand = (program: Command): void => {
  program
    .command('export')
    .description('write the billed charges of projects and months as one CSV, FOCUS or Parquet file')
    .requiredOption('--from <month>', 'the first month, YYYY-MM', parseMonth)
    .option('--to <month>', 'the last month, by default the first', parseMonth)
    .option(
      '-p, --project <id>',
      'a project, by default all; can be repeated',
      (id: string, before: readonly string[] = []) => [...before, id],
    )
    .addOption(
      new Option('--format <name>', 'csv: plain words; focus: FOCUS 1.2; parquet: FOCUS columns')
        .choices(Object.keys(EXPORT_FORMATS))
        .default('csv'),
    )
    .option('-o, --output <file>', 'write to a file instead of standard output')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<ExportOptions>();
      const summary = await exportTo(options);
      // Standard output is the export itself unless it is in a file.
      const write = options.output === undefined ? console.error : console.log;
      write(options.json ? JSON.stringify(summary, null, 2) : showExport(summary));
    });
};
