import type { Command } from 'commander';
import type { BillingContext } from '../../lib/operations/billing-context.ts';
import { MAX_TOTALS, readProjects } from '../../lib/operations/reads/project-totals.ts';
import type { ProjectTotal } from '../../lib/shapes/usage.ts';
import { csvOption, type ListOptions, listOptionsOf, printList } from '../list.ts';
import { parseMonth } from '../month.ts';
import { counted, createProgress } from '../output.ts';
import { largestFirst, projectsCsv, showProjects } from '../show-projects.ts';
import { connectStage } from '../stage.ts';

interface ProjectsOptions extends ListOptions {
  readonly month?: string;
}

/** All projects with usage in the month, the largest total first. */
const readAllProjects = async (
  context: BillingContext,
  month: string,
  now: number,
  onPage: (count: number) => void,
) => {
  const projects: string[] = [];
  const totals: ProjectTotal[] = [];
  let after: string | undefined;
  do {
    const page = await readProjects(context, 'all', month, context.now(), {
      ...{ totals: true, limit: MAX_TOTALS, after },
    });
    projects.push(...page.projects);
    totals.push(...(page.totals ?? []));
    after = page.next;
    onPage(projects.length);
  } while (after !== undefined);
  return { asOf: new Date(now).toISOString(), month, projects, totals: totals.sort(largestFirst) };
};

export const addProjectsCommand = (program: Command): void => {
  program
    .command('projects')
    .description('list the projects with usage in a month: total, change, what runs and what is not billed')
    .option('--month <month>', 'YYYY-MM; by default the current one', parseMonth)
    .addOption(csvOption('the list'))
    .action(async (_, command: Command) => {
      const options = listOptionsOf<ProjectsOptions>(command);
      const { openContext, now } = await connectStage(options);
      const context = await openContext('read');
      const month = options.month ?? context.calendar.monthOf(now()).id;
      const progress = createProgress(now);
      const found = await readAllProjects(context, month, now(), (count) =>
        progress.show(`${counted(count, 'project')} read`),
      ).finally(progress.end);
      printList(options, found, {
        text: () => showProjects(found, context.calendar.timeZone),
        csv: () => projectsCsv(found),
      });
    });
};
