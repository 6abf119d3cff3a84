import type { Command } from 'commander';
import { SHARE } from '../../lib/operations/poll/call-allowance.ts';
import { type PolledProjectResult, pollProjects } from '../../lib/operations/poll/poll-projects.ts';
import type { PolledProject } from '../../lib/provider/ovh-api.ts';
import { Refusal } from '../../lib/refusal.ts';
import { append } from '../append.ts';
import { counted, createProgress, print, red, table } from '../output.ts';
import { connectProvider } from '../provider.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

interface Options extends GlobalOptions {
  readonly project?: readonly string[];
  readonly all?: boolean;
}

const OUTCOMES: Readonly<Record<PolledProjectResult['outcome'], string>> = {
  done: 'done',
  unfinished: 'not finished',
  left: 'polled by another process just now',
  failed: 'failed',
};

/** The configured projects, or those of them that are named, by either id. */
const chosen = (projects: readonly PolledProject[], names: readonly string[]): readonly PolledProject[] => {
  const isNamed = (name: string) => (project: PolledProject) =>
    project.provider === name || project.projectId === name;
  const unknown = names.filter((name) => !projects.some(isNamed(name)));
  if (unknown.length > 0)
    throw new Refusal('invalid', `${unknown.join(', ')} is not among the projects of OVH_PROJECTS`);
  return names.length === 0
    ? projects
    : projects.filter((project) => names.some((name) => isNamed(name)(project)));
};

const show = (results: readonly PolledProjectResult[]): string => {
  const unread = results.flatMap(({ provider, untranslated }) =>
    untranslated.map(({ jobId, reason }) => `  ${jobId} of ${provider}: ${reason}`),
  );
  return [
    table(
      [
        { title: 'project of the provider' },
        { title: 'project' },
        { title: 'jobs read', align: 'right' },
        { title: 'events recorded', align: 'right' },
        { title: '' },
      ],
      results.map(({ provider, projectId, jobs, recorded, outcome, error }) => [
        ...[provider, projectId, String(jobs), String(recorded)],
        error === undefined ? OUTCOMES[outcome] : red(`${OUTCOMES[outcome]}: ${error}`),
      ]),
    ),
    ...(unread.length > 0 ? ['', `${counted(unread.length, 'job')} could not be read:`, ...unread] : []),
  ].join('\n');
};

const view = ({ lastSuccess, ageMs: _, ...result }: PolledProjectResult) => ({
  ...result,
  ...(lastSuccess !== undefined && { lastSuccess: new Date(lastSuccess).toISOString() }),
});

export const addPollCommand = (program: Command): void => {
  program
    .command('poll')
    .description(
      "record what changed of the jobs of the provider's projects, as the schedule does every minute",
    )
    .option('--project <id>', 'only this project, by either id; repeat it for several', append)
    .option('--all', 'read all jobs again, not only those that have changed since the poll before')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const provider = await connectProvider(options);
      if (!provider)
        throw new Refusal('invalid', 'no projects to poll: set OVH_PROJECTS and OVH_CREDENTIALS as deployed');
      const projects = chosen(provider.projects, options.project ?? []);
      const { openContext, now } = await connectStage(options);
      const progress = createProgress(now);
      const results = await pollProjects(await openContext('write'), provider.api, projects, {
        ...{ everyMs: SHARE.everyMs, all: options.all },
        onPage: (project, { jobs, recorded }) =>
          progress.show(
            `${project.provider}: ${counted(jobs, 'job')} read, ${counted(recorded, 'event')} recorded`,
          ),
      }).finally(progress.end);
      print(options.json, { projects: results.map(view) }, () => show(results));
      if (results.some(({ outcome, untranslated }) => outcome === 'failed' || untranslated.length > 0))
        process.exitCode = 1;
    });
};
