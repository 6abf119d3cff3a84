import type { Command } from 'commander';
import { readJob } from '../../lib/operations/reads/read-job.ts';
import { csvOption, listOptionsOf, printList } from '../list.ts';
import { jobCsv, showJob } from '../show-job.ts';
import { connectStage } from '../stage.ts';
import { noSuchJob } from '../unknown-job.ts';

export const addJobCommand = (program: Command): void => {
  program
    .command('job')
    .argument('<project>', 'the project id')
    .argument('<job>', 'the job id')
    .description(
      'explain a job: what happened, its charges, what waits and why, what was billed and credited',
    )
    .addOption(csvOption('its charges'))
    .action(async (projectId: string, jobId: string, _, command: Command) => {
      const options = listOptionsOf(command);
      const { openContext, now } = await connectStage(options);
      const context = await openContext('read');
      const job = await readJob(context, { projectId, jobId }, now());
      if (!job) throw await noSuchJob(context, projectId, jobId);
      printList(options, job, {
        text: () => showJob(job, context.calendar.timeZone),
        csv: () => jobCsv(job),
      });
    });
};
