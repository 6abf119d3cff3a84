import type { Command } from 'commander';
import type { LimitCause } from '../../lib/billing/intervals.ts';
import { type HeldJob, type HeldJobs, listHeldJobs } from '../../lib/operations/reads/held-jobs.ts';
import { csvOption, listOptionsOf, listTable, membersCsv, printList } from '../list.ts';
import { counted, createProgress } from '../output.ts';
import { connectStage } from '../stage.ts';
import { timeText } from '../times.ts';

/** What holds a job, and what settles it. */
const CAUSES: Readonly<Record<LimitCause, string>> = {
  maxRunning: 'no stop within the longest run of the tariff: report its stop',
  timeout: 'no stop within its timeout: report its stop',
  maxSilence: 'nothing reported for longer than the tariff allows: report its stop, or RUNNING again',
  'forbidden step':
    'it ran after it had ended: retract the event with the wrong time, or report its next stop',
};

const show = ({ jobs, currency }: HeldJobs, timeZone: string): string =>
  jobs.length === 0
    ? 'no job is held'
    : [
        listTable<HeldJob>(
          [
            { title: 'job', text: ({ jobId }) => jobId },
            { title: 'project', text: ({ projectId }) => projectId },
            { title: `since (${timeZone})`, text: ({ since }) => timeText(since, timeZone) },
            {
              title: `${currency} per hour`,
              align: 'right',
              text: ({ atStakePerHour = 'unrated' }) => atStakePerHour,
            },
            { title: 'why, and what settles it', text: ({ cause }) => CAUSES[cause] },
          ],
          jobs,
        ),
        `${counted(jobs.length, 'job')} held`,
      ].join('\n');

export const addHeldCommand = (program: Command): void => {
  program
    .command('held')
    .description('list the jobs of all projects with time that is not billed until their stop is reported')
    .addOption(csvOption('the list'))
    .action(async (_, command: Command) => {
      const options = listOptionsOf(command);
      const { openContext, now } = await connectStage(options);
      const context = await openContext('read');
      const progress = createProgress(now);
      const held = await listHeldJobs(context, now(), ({ usageMonths }) =>
        progress.show(`${counted(usageMonths, 'usage month')} read`),
      ).finally(progress.end);
      printList(options, held, {
        text: () => show(held, context.calendar.timeZone),
        csv: () =>
          membersCsv(['jobId', 'projectId', 'since', 'flavor', 'atStakePerHour', 'cause'], held.jobs),
      });
    });
};
