import type { Command } from 'commander';
import {
  listUnratedJobs,
  type UnratedJob,
  type UnratedJobs,
} from '../../lib/operations/reads/unrated-jobs.ts';
import { csvOption, listOptionsOf, listTable, membersCsv, printList } from '../list.ts';
import { counted, createProgress, indent } from '../output.ts';
import { connectStage } from '../stage.ts';
import { timeText } from '../times.ts';

/** What brings it about. */
const remedyOf = (waitsFor: string): string => {
  if (waitsFor.startsWith('a price')) return 'publish a tariff that has it: `jobmeter tariff publish <file>`';
  return 'send an event of the job that states it: `jobmeter send <file>`';
};

/** What is waited for, each with its number of jobs. */
const remedies = (jobs: readonly UnratedJob[]): string[] =>
  [
    ...Map.groupBy(
      jobs.flatMap((job) => job.waitsFor),
      (waitsFor) => waitsFor,
    ),
  ]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([waitsFor, all]) => `${counted(all.length, 'job')}: ${waitsFor}; ${remedyOf(waitsFor)}`);

const show = ({ jobs }: UnratedJobs, timeZone: string): string =>
  jobs.length === 0
    ? 'every job has a price'
    : [
        listTable<UnratedJob>(
          [
            { title: 'job', text: ({ jobId }) => jobId },
            { title: 'project', text: ({ projectId }) => projectId },
            { title: `since (${timeZone})`, text: ({ since }) => timeText(since, timeZone) },
            { title: 'minutes', align: 'right', text: ({ minutes }) => minutes.toLocaleString('en') },
            { title: 'flavor', text: ({ flavor = '' }) => flavor },
            { title: 'waits for', text: ({ waitsFor }) => waitsFor.join(', ') },
          ],
          jobs,
        ),
        `${counted(jobs.length, 'job')} unrated: the time is billed once there is what it waits for`,
        ...remedies(jobs).map((text) => indent(text)),
      ].join('\n');

export const addUnratedCommand = (program: Command): void => {
  program
    .command('unrated')
    .description('list the jobs of all projects with time that is not billed until it has a price')
    .addOption(csvOption('the list'))
    .action(async (_, command: Command) => {
      const options = listOptionsOf(command);
      const { openContext, now } = await connectStage(options);
      const context = await openContext('read');
      const progress = createProgress(now);
      const unrated = await listUnratedJobs(context, now(), ({ usageMonths }) =>
        progress.show(`${counted(usageMonths, 'usage month')} read`),
      ).finally(progress.end);
      printList(options, unrated, {
        text: () => show(unrated, context.calendar.timeZone),
        csv: () => membersCsv(['jobId', 'projectId', 'since', 'minutes', 'flavor', 'waitsFor'], unrated.jobs),
      });
    });
};
