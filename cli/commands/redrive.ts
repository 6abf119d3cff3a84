import type { Command } from 'commander';
import { type OnFailure, redrive } from '../../lib/operations/settle/settle-jobs.ts';
import { readActor } from '../actor.ts';
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
      const by = await readActor(options.stage);
      const onFailure: OnFailure = ({ job, error }) =>
        failures.push(`  ${job.jobId} of ${job.projectId}: ${error}`);
      const result = await redrive(await openContext('write'), onFailure, by);
      print(options.json, result, () =>
        [`${result.settled.length} settled, ${result.failed.length} still parked`, ...failures].join('\n'),
      );
      if (result.failed.length > 0) process.exitCode = 1;
    });
};
