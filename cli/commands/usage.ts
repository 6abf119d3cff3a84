import type { Command } from 'commander';
import { groupingParameter } from '../../lib/http/job-parameters.ts';
import { readUsage } from '../../lib/operations/reads/read-usage.ts';
import { parseMonth } from '../month.ts';
import { print } from '../output.ts';
import { showUsage } from '../show-usage.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

interface UsageOptions extends GlobalOptions {
  readonly month?: string;
  readonly by?: string;
}

/** `team` is short for the label `team`. */
const groupingOf = (by: string | undefined) =>
  groupingParameter(by === 'team' || by === 'user' ? `label:${by}` : by);

export const addUsageCommand = (program: Command): void => {
  program
    .command('usage')
    .argument('<project>', 'the project id')
    .description('show the usage of a month so far, its forecast and what is due for closed months')
    .option('--month <month>', 'YYYY-MM; by default the current one', parseMonth)
    .option('--by <group>', 'team, user, flavor, job, or label:<key>')
    .action(async (projectId: string, _, command: Command) => {
      const options = command.optsWithGlobals<UsageOptions>();
      const grouping = groupingOf(options.by);
      const { openContext, now } = await connectStage(options);
      const context = await openContext('read');
      const month = options.month ?? context.calendar.monthOf(now()).id;
      const usage = await readUsage(context, projectId, month, now(), grouping);
      print(options.json, usage, () => showUsage(usage));
    });
};
