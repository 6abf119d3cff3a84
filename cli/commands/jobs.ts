import { type Command, Option } from 'commander';
import { jobsCsv } from '../../lib/export/jobs-csv.ts';
import { JOB_SORTS, type JobSort, ORDERS } from '../../lib/operations/reads/job-order.ts';
import { isKnownProject } from '../../lib/operations/reads/known-project.ts';
import {
  type JobFilter,
  type JobsPage,
  readAllJobs,
  readProjectJobs,
} from '../../lib/operations/reads/read-project-jobs.ts';
import { parseLabel, parseLimit, parseStatuses } from '../job-filters.ts';
import { csvOption, type ListOptions, listOptionsOf, printList } from '../list.ts';
import { parseMonth } from '../month.ts';
import { showJobs } from '../show-jobs.ts';
import { connectStage } from '../stage.ts';
import { unknownProjectText } from '../unknown-project.ts';

interface JobsOptions extends ListOptions {
  readonly month?: string;
  readonly sort: JobSort;
  readonly order?: JobsPage['order'];
  readonly search?: string;
  readonly status?: JobFilter['statuses'];
  readonly flavor?: string;
  readonly label?: JobFilter['label'];
  readonly limit: number;
}

const listed = ({ sort, order, search, status, flavor, label }: JobsOptions) => ({
  sort,
  ...(order && { order }),
  ...{ idPart: search, statuses: status, flavor, label },
});

export const addJobsCommand = (program: Command): void => {
  program
    .command('jobs')
    .argument('<project>', 'the project id')
    .description('list the jobs of a project with usage in a month: status, start, end, cost, what waits')
    .option('--month <month>', 'YYYY-MM; by default the current one', parseMonth)
    .addOption(new Option('--sort <by>', 'what to sort by').choices([...JOB_SORTS]).default('cost'))
    .addOption(
      new Option('--order <order>', 'by default the largest cost and most minutes first').choices([
        ...ORDERS,
      ]),
    )
    .option('--search <text>', 'a part of the job id, in upper or lower case')
    .addOption(
      new Option('--status <statuses>', 'in one of these, like FAILED,INTERRUPTED').argParser(parseStatuses),
    )
    .option('--flavor <flavor>', 'that ran on this flavor')
    .addOption(new Option('--label <label>', 'with this label, like team:vision').argParser(parseLabel))
    .addOption(new Option('--limit <count>', 'rows of the table').argParser(parseLimit).default(50))
    .addOption(csvOption('all jobs'))
    .action(async (projectId: string, _, command: Command) => {
      const options = listOptionsOf<JobsOptions>(command);
      const { openContext, now } = await connectStage(options);
      const context = await openContext('read');
      const { currency, calendar } = context;
      const asOf = now();
      const month = options.month ?? calendar.monthOf(asOf).id;
      const of = [context, projectId, month, asOf] as const;
      const isWhole = options.json || options.csv;
      const { jobs, next } = isWhole
        ? { jobs: (await readAllJobs(...of, listed(options), Number.MAX_SAFE_INTEGER)) ?? [] }
        : await readProjectJobs(...of, { ...listed(options), limit: options.limit });
      const unknown = jobs.length === 0 && !(await isKnownProject(context, projectId, asOf));
      const list = { projectId, month, jobs };
      if (options.csv && unknown) console.error(unknownProjectText(projectId));
      printList(
        options,
        { ...list, ...(unknown && { unknown }) },
        {
          text: () =>
            unknown
              ? unknownProjectText(projectId)
              : showJobs({ ...list, currency, timeZone: calendar.timeZone, hasMore: next !== undefined }),
          csv: () => jobsCsv(jobs),
        },
      );
    });
};
