import { type Command, Option } from 'commander';
import { readUsage } from '../../lib/operations/reads/read-usage.ts';
import type { Grouping } from '../../lib/operations/reads/usage-groups.ts';
import { parseBy } from '../grouping.ts';
import { csvOption, type ListOptions, listOptionsOf, printList } from '../list.ts';
import { parseMonth } from '../month.ts';
import { showUsage, usageCsv } from '../show-usage.ts';
import { connectStage } from '../stage.ts';
import { unknownProjectText } from '../unknown-project.ts';

interface UsageOptions extends ListOptions {
  readonly month?: string;
  readonly by?: Grouping;
}

export const addUsageCommand = (program: Command): void => {
  program
    .command('usage')
    .argument('<project>', 'the project id')
    .description('show the usage of a month so far, its forecast and what is due for closed months')
    .option('--month <month>', 'YYYY-MM; by default the current one', parseMonth)
    .addOption(
      new Option('--by <group>', 'add up by team, user, flavor, job, status, or label:<key>').argParser(
        parseBy,
      ),
    )
    .addOption(csvOption('the lines, or with --by the groups,'))
    .addHelpText(
      'after',
      '\nIt reads all charges as they are now, however many. On the page and in the API, a month of\n' +
        'more than 5,000 charges is as of some minutes ago, and says when.\n' +
        '\nExamples:\n' +
        '  jobmeter usage proj-1 --month 2026-10 --by status     what its failed jobs cost in October\n' +
        '  jobmeter usage proj-1 --by team --csv > teams.csv     what each team costs, for a spreadsheet',
    )
    .action(async (projectId: string, _, command: Command) => {
      const options = listOptionsOf<UsageOptions>(command);
      const { openContext, now } = await connectStage(options);
      const context = await openContext('read');
      const month = options.month ?? context.calendar.monthOf(now()).id;
      const usage = await readUsage(context, projectId, month, now(), options.by);
      if (options.csv && usage.unknown) console.error(unknownProjectText(projectId));
      printList(options, usage, { text: () => showUsage(usage), csv: () => usageCsv(usage) });
    });
};
