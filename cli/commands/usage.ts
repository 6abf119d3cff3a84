import type { Command } from 'commander';
import { readUsage } from '../../lib/operations/reads/read-usage.ts';
import type { Grouping } from '../../lib/operations/reads/usage-groups.ts';
import { parseBy } from '../grouping.ts';
import { parseMonth } from '../month.ts';
import { print } from '../output.ts';
import { showUsage } from '../show-usage.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

interface UsageOptions extends GlobalOptions {
  readonly month?: string;
  readonly by?: Grouping;
}

export const addUsageCommand = (program: Command): void => {
  program
    .command('usage')
    .argument('<project>', 'the project id')
    .description('show the usage of a month so far, its forecast and what is due for closed months')
    .option('--month <month>', 'YYYY-MM; by default the current one', parseMonth)
    .option('--by <group>', 'team, user, flavor, job, or label:<key>', parseBy)
    .action(async (projectId: string, _, command: Command) => {
      const options = command.optsWithGlobals<UsageOptions>();
      const { openContext, now } = await connectStage(options);
      const context = await openContext('read');
      const month = options.month ?? context.calendar.monthOf(now()).id;
      const usage = await readUsage(context, projectId, month, now(), options.by);
      print(options.json, usage, () => showUsage(usage));
    });
};
