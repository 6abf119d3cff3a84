import { stderr } from 'node:process';
import { Command } from 'commander';
import { createProgress, print } from '../../../cli/output.ts';
import { wholeUpTo } from '../options.ts';
import { type CloseOptions, measureClose } from './measure-close.ts';
import { showClose } from './report-close.ts';

const program = new Command('load:close')
  .description(
    'Writes a month of charges to DynamoDB Local, closes it in one invocation after the other, each in a process of ' +
      'its own, and compares every statement with sums made while writing. Loopback only; leaves nothing behind.',
  )
  .option('--charges <number>', 'charges of the month, each of a job', wholeUpTo(2_000_000, 1), 10_000)
  .option('--projects <number>', 'projects with as many of them each', wholeUpTo(100_000, 1), 100)
  .option('--invocation <seconds>', 'how long an invocation begins new work', wholeUpTo(780, 0), 60)
  .option('--json', 'print JSON for machines instead of text for people')
  .addHelpText(
    'after',
    '\nA function has 780 s. Exit codes: 0 all is right, 1 a statement is wrong or the run failed, 2 wrong use of the command line.',
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

const { json, ...options } = program.parse().opts<CloseOptions & { readonly json?: boolean }>();
if (options.projects > options.charges) program.error('--projects must be at most --charges');

const progress = createProgress(Date.now);
try {
  const run = await measureClose(options, progress.show).finally(progress.end);
  print(json, run, () => showClose(run));
  process.exitCode = run.wrong.length === 0 ? 0 : 1;
} catch (error) {
  stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
