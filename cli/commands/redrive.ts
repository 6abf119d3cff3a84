import type { Command } from 'commander';
import { redrive } from '../../lib/operations/settle/settle-jobs.ts';
import { print } from '../output.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

export const addRedriveCommand = (program: Command): void => {
  program
    .command('redrive')
    .description('settle parked jobs: those that could not be settled when their events arrived')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { openContext } = await connectStage(options);
      const failures: string[] = [];
      const result = await redrive(await openContext('write'), ({ job, error }) =>
        failures.push(`  ${job.jobId} of ${job.projectId}: ${error}`),
      );
      print(options.json, result, () =>
        [`${result.settled.length} settled, ${result.failed.length} still parked`, ...failures].join('\n'),
      );
      if (result.failed.length > 0) process.exitCode = 1;
    });
};
