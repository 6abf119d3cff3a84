import type { Command } from 'commander';
import type { JobRef } from '../lib/billing/facts.ts';
import type { BillingContext } from '../lib/operations/billing-context.ts';
import { csvOption, type ListColumn, listOptionsOf, listTable, membersCsv, printList } from './list.ts';
import { counted, createProgress } from './output.ts';
import { connectStage } from './stage.ts';
import { timeText } from './times.ts';

interface ListedJob extends JobRef {
  /** ISO 8601. */
  readonly since: string;
}

interface JobList<Job> {
  readonly jobs: readonly Job[];
}

/** A command that lists jobs of all projects, by a walk through the whole table. */
export interface JobsOfTable<Job extends ListedJob, List extends JobList<Job>> {
  readonly name: string;
  readonly description: string;
  readonly read: (
    context: BillingContext,
    now: number,
    onProgress: (progress: { readonly usageMonths: number }) => void,
  ) => Promise<List>;
  /** What is said of no job. */
  readonly none: string;
  /** Columns after job, project and since when. */
  readonly columns: (list: List) => readonly ListColumn<Job>[];
  /** Lines below the table. */
  readonly summary: (list: List) => readonly string[];
  /** Columns of the CSV. */
  readonly members: readonly (keyof Job & string)[];
}

const showJobs = <Job extends ListedJob, List extends JobList<Job>>(
  { none, columns, summary }: JobsOfTable<Job, List>,
  list: List,
  timeZone: string,
): string => {
  if (list.jobs.length === 0) return none;
  const identity: readonly ListColumn<Job>[] = [
    { title: 'job', text: ({ jobId }) => jobId },
    { title: 'project', text: ({ projectId }) => projectId },
    { title: `since (${timeZone})`, text: ({ since }) => timeText(since, timeZone) },
  ];
  return [listTable([...identity, ...columns(list)], list.jobs), ...summary(list)].join('\n');
};

export const addJobsOfTable = <Job extends ListedJob, List extends JobList<Job>>(
  program: Command,
  listed: JobsOfTable<Job, List>,
): void => {
  program
    .command(listed.name)
    .description(listed.description)
    .addOption(csvOption('the list'))
    .action(async (_, command: Command) => {
      const options = listOptionsOf(command);
      const { openContext, now } = await connectStage(options);
      const context = await openContext('read');
      const progress = createProgress(now);
      const list = await listed
        .read(context, now(), ({ usageMonths }) =>
          progress.show(`${counted(usageMonths, 'usage month')} read`),
        )
        .finally(progress.end);
      printList(options, list, {
        text: () => showJobs(listed, list, context.calendar.timeZone),
        csv: () => membersCsv(listed.members, list.jobs),
      });
    });
};
