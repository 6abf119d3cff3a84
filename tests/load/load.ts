import { stderr } from 'node:process';
import { Command } from 'commander';
import { createProgress, print } from '../../cli/output.ts';
import { addUpJobs, showJobs } from './jobs/report-jobs.ts';
import { runJobs } from './jobs/run-jobs.ts';
import { numberUpTo, wholeUpTo } from './options.ts';
import { addUp, show } from './report.ts';
import { type LoadOptions, runLoad } from './run.ts';

const SOAK_MINUTES = 10;
const LONGEST_MINUTES = 120;

const DEFAULT_RATE = 20;

type Options = Partial<LoadOptions> & {
  readonly seed: number;
  readonly jobs?: number;
  readonly senders: number;
  readonly floor?: number;
  readonly json?: boolean;
};

const program = new Command('load')
  .description(
    'Starts the local stack, sends jobs of three months as signed events, kills its parts with SIGKILL, closes two months, ' +
      'and compares log, charges and statements with an independent oracle. With --jobs it measures the whole system. Loopback only; leaves nothing behind.',
  )
  .option(
    '--jobs <number>',
    'kill nothing; send so many whole jobs as fast as they are answered, and measure',
    wholeUpTo(1_000_000, 1),
  )
  .option('--senders <number>', 'with --jobs: events sent at once', wholeUpTo(256, 1), 8)
  .option(
    '--floor <events>',
    'with --jobs: events each floor is measured with (a tenth)',
    wholeUpTo(6_000_000),
  )
  .option(
    '--minutes <number>',
    `how long to send (2; ${SOAK_MINUTES} with --soak; with --jobs until all are sent)`,
    numberUpTo(LONGEST_MINUTES),
  )
  .option(
    '--rate <number>',
    `events a second, on average (${DEFAULT_RATE}; with --jobs no limit)`,
    numberUpTo(10_000),
  )
  .option('--kills <number>', 'how often to kill each part, and the close (2; 0 with --soak)', wholeUpTo(100))
  .option('--seed <number>', 'decides the jobs, the requests and what is killed', wholeUpTo(2 ** 31), 1)
  .option('--soak', 'send steadily and watch the memory', false)
  .option('--json', 'print JSON for machines instead of text for people')
  .addHelpText(
    'after',
    '\nExit codes: 0 all is right, 1 something is lost or wrong or the run failed, 2 wrong use of the command line.',
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

const { json, jobs, senders, floor, ...given } = program.parse().opts<Options & { soak: boolean }>();
const options: LoadOptions = {
  ...(given.soak ? { minutes: SOAK_MINUTES, kills: 0 } : { minutes: 2, kills: 2 }),
  rate: DEFAULT_RATE,
  ...given,
};

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interruption.abort(new Error(`ended by ${signal}`)));

const progress = createProgress(Date.now);
const { signal } = interruption;

/** Kills the parts under load. Whether all is right. */
const disturb = async (): Promise<boolean> => {
  const report = addUp(await runLoad(options, signal, progress.show).finally(progress.end));
  print(json, report, () => show(report));
  return report.ok;
};

/** Measures the whole system. Whether all is right. */
const measure = async (count: number): Promise<boolean> => {
  const { seed, minutes, rate } = given;
  const measured = { jobs: count, senders, seed, minutes, rate, floor };
  const report = addUpJobs(await runJobs(measured, signal, progress.show).finally(progress.end));
  print(json, report, () => showJobs(report));
  return report.ok;
};

try {
  process.exitCode = (await (jobs === undefined ? disturb() : measure(jobs))) ? 0 : 1;
} catch (error) {
  stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
// A connection that was cut off may still wait for an answer.
process.exit();
