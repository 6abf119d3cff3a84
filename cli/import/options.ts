import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Labels } from '../../lib/billing/facts.ts';
import { isTimeZone } from '../../lib/billing/months.ts';
import type { Grouping } from '../../lib/operations/reads/usage-groups.ts';
import { fitLabels } from '../../lib/sources/fit-labels.ts';
import type { SourceOptions } from '../../lib/sources/translator.ts';
import { append } from '../append.ts';
import { parseBy } from '../grouping.ts';
import { parseProject } from '../project.ts';
import type { GlobalOptions } from '../stage.ts';

export interface ImportOptions extends GlobalOptions {
  readonly project?: string;
  readonly projectFrom?: string;
  readonly label?: Labels;
  readonly timeZone?: string;
  readonly dryRun?: boolean;
  readonly tariff?: readonly string[];
  readonly by?: Grouping;
  readonly url?: string;
}

const parseTimeZone = (text: string): string => {
  if (isTimeZone(text)) return text;
  throw new InvalidArgumentError('It must be an IANA time zone, like Europe/Paris.');
};

const parseField = (text: string): string => {
  if (text !== '') return text;
  throw new InvalidArgumentError('It must name a column, a label or a tag.');
};

/** A label that an event could not state would be left out of all of them. */
const parseLabel = (text: string, earlier: Labels = {}): Labels => {
  const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (!fitLabels({ [key]: value })) throw new InvalidArgumentError('It must be key=value, like team=vision.');
  const labels = { ...earlier, [key]: value };
  if (Object.keys(fitLabels(labels) ?? {}).length === Object.keys(labels).length) return labels;
  throw new InvalidArgumentError('An event has at most 16 labels of 1 KB together.');
};

const option = (flags: string, description: string, parse: (text: string) => unknown): Option =>
  new Option(flags, description).argParser(parse);

/** Adds the options; those of one way of importing are refused with another. */
export const addImportOptions = (command: Command): Command =>
  command
    .addOption(option('--project <id>', 'the project of all jobs', parseProject).conflicts('projectFrom'))
    .addOption(
      option(
        '--project-from <field>',
        'the column, label or tag that names the project of a job',
        parseField,
      ),
    )
    .option('--label <key=value>', 'a label that every job gets; may be repeated', parseLabel)
    .addOption(
      option(
        '--time-zone <zone>',
        'where the times of the file are from, if they have no offset (default: UTC)',
        parseTimeZone,
      ),
    )
    .option('--dry-run', 'record nothing: show what the jobs would cost and what cannot be translated')
    .option(
      '--tariff <file>',
      'with --dry-run: prices from a tariff file, not from the stage; may be repeated',
      append,
    )
    .addOption(
      option(
        '--by <group>',
        'with --dry-run: add up by user, team, flavor, job, status, or label:<key>',
        parseBy,
      ),
    )
    .addOption(
      new Option('--url <url>', 'post the events to this API instead of writing the table').conflicts(
        'dryRun',
      ),
    );

/** The options as given; a combination without a meaning is a usage error. */
export const importOptionsOf = (command: Command): ImportOptions => {
  const options = command.optsWithGlobals<ImportOptions>();
  if (!options.dryRun && (options.tariff || options.by))
    command.error('error: --tariff and --by are for --dry-run: a real import is priced by the stage');
  return options;
};

export const sourceOptionsOf = ({ project, projectFrom, label, timeZone }: ImportOptions): SourceOptions => ({
  ...(project !== undefined && { project: { id: project } }),
  ...(projectFrom !== undefined && { project: { field: projectFrom } }),
  ...(label && { labels: label }),
  timeZone: timeZone ?? 'UTC',
});
