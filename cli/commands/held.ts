import type { Command } from 'commander';
import type { LimitCause } from '../../lib/billing/intervals.ts';
import { type HeldJobs, listHeldJobs } from '../../lib/operations/reads/held-jobs.ts';
import { counted, createProgress, print, table } from '../output.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

/** What holds a job, and what settles it. */
const CAUSES: Readonly<Record<LimitCause, string>> = {
  maxRunning: 'no stop within the longest run of the tariff: report its stop',
  timeout: 'no stop within its timeout: report its stop',
  maxSilence: 'nothing reported for longer than the tariff allows: report its stop, or RUNNING again',
  'forbidden step':
    'it ran after it had ended: retract the event with the wrong time, or report its next stop',
};

const show = ({ jobs, currency }: HeldJobs): string =>
  jobs.length === 0
    ? 'no job is held'
    : [
        table(
          [
            { title: 'job' },
            { title: 'project' },
            { title: 'since' },
            { title: `${currency} per hour`, align: 'right' },
            { title: 'why, and what settles it' },
          ],
          jobs.map(({ jobId, projectId, since, atStakePerHour, cause }) => [
            jobId,
            projectId,
            since,
            atStakePerHour ?? 'unrated',
            CAUSES[cause],
          ]),
        ),
        `${counted(jobs.length, 'job')} held`,
      ].join('\n');

export const addHeldCommand = (program: Command): void => {
  program
    .command('held')
    .description('list the jobs with time that is not billed until their stop is reported')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { openContext, now } = await connectStage(options);
      const progress = createProgress(now);
      const held = await listHeldJobs(await openContext('read'), now(), ({ usageMonths }) =>
        progress.show(`${counted(usageMonths, 'usage month')} read`),
      ).finally(progress.end);
      print(options.json, held, () => show(held));
    });
};
