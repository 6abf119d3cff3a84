import { stderr } from 'node:process';
import { Command } from 'commander';
import { createProgress, print } from '../../cli/output.ts';
import { numberUpTo, wholeUpTo } from './options.ts';
import { addUp, show } from './report.ts';
import { type LoadOptions, runLoad } from './run.ts';

const SOAK_MINUTES = 10;
const LONGEST_MINUTES = 120;

type Options = Partial<LoadOptions> & Pick<LoadOptions, 'seed' | 'rate'> & { readonly json?: boolean };

const program = new Command('load')
  .description(
    'Starts the local stack, sends jobs of three months as signed events, kills its parts with SIGKILL, closes two months, ' +
      'and compares log, charges and statements with an independent oracle. Loopback only; leaves nothing behind.',
  )
  .option(
    '--minutes <number>',
    `how long to send (2; ${SOAK_MINUTES} with --soak)`,
    numberUpTo(LONGEST_MINUTES),
  )
  .option('--rate <number>', 'events a second, on average', numberUpTo(1_000), 20)
  .option('--kills <number>', 'how often to kill each part, and the close (2; 0 with --soak)', wholeUpTo(100))
  .option('--seed <number>', 'decides the jobs, the requests and what is killed', wholeUpTo(2 ** 31), 1)
  .option('--soak', 'send steadily and watch the memory', false)
  .option('--json', 'print JSON for machines instead of text for people')
  .addHelpText(
    'after',
    '\nExit codes: 0 all is right, 1 something is lost or wrong or the run failed, 2 wrong use of the command line.',
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

const { json, ...given } = program.parse().opts<Options & { soak: boolean }>();
const options: LoadOptions = {
  ...(given.soak ? { minutes: SOAK_MINUTES, kills: 0 } : { minutes: 2, kills: 2 }),
  ...given,
};

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interruption.abort(new Error(`ended by ${signal}`)));

const progress = createProgress(Date.now);
try {
  const report = addUp(await runLoad(options, interruption.signal, progress.show).finally(progress.end));
  print(json, report, () => show(report));
  process.exitCode = report.ok ? 0 : 1;
} catch (error) {
  stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
// A connection that was cut off may still wait for an answer.
process.exit();
