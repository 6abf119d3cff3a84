import { Command } from 'commander';
import { addUpJobs, showJobs } from './jobs/report-jobs.ts';
import { runJobs } from './jobs/run-jobs.ts';
import { numberUpTo, wholeUpTo } from './options.ts';
import { interruption, parseOptions, runProgram } from './program.ts';
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
};

const program = new Command('npm run load --')
  .description(
    'Starts the local stack, sends jobs of three months as signed events, kills its parts with SIGKILL, closes two months, ' +
      'and compares log, charges and statements with an independent oracle. With --jobs it measures the whole system.',
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
  .option('--soak', 'send steadily and watch the memory', false);

const { json, jobs, senders, floor, ...given } = parseOptions<Options & { soak: boolean }>(
  program,
  '0 all is right, 1 something is lost or wrong or the run failed',
);
const options: LoadOptions = {
  ...(given.soak ? { minutes: SOAK_MINUTES, kills: 0 } : { minutes: 2, kills: 2 }),
  rate: DEFAULT_RATE,
  ...given,
};

const signal = interruption();
const isRight = ({ ok }: { readonly ok: boolean }) => ok;

if (jobs === undefined)
  await runProgram(json, {
    measure: async (onProgress) => addUp(await runLoad(options, signal, onProgress)),
    ...{ show, isRight },
  });
else {
  const measured = { jobs, senders, floor, seed: given.seed, minutes: given.minutes, rate: given.rate };
  await runProgram(json, {
    measure: async (onProgress) => addUpJobs(await runJobs(measured, signal, onProgress)),
    ...{ show: showJobs, isRight },
  });
}
