import type { Command } from 'commander';
import type { BillingContext } from '../../lib/operations/billing-context.ts';
import { isKnownProject } from '../../lib/operations/reads/known-project.ts';
import { readJob } from '../../lib/operations/reads/read-job.ts';
import { Refusal } from '../../lib/refusal.ts';
import { csvOption, listOptionsOf, printList } from '../list.ts';
import { jobCsv, showJob } from '../show-job.ts';
import { connectStage } from '../stage.ts';
import { unknownProjectText } from '../unknown-project.ts';

const noSuchJob = async (context: BillingContext, projectId: string, jobId: string): Promise<Refusal> =>
  new Refusal(
    'not-found',
    (await isKnownProject(context, projectId, context.now()))
      ? `project ${projectId} has no job ${jobId}: \`jobmeter jobs ${projectId} --search <part>\` finds ids`
      : `there is no job ${jobId}: ${unknownProjectText(projectId)}`,
  );

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
