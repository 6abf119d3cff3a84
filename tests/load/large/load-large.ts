import { stderr } from 'node:process';
import { Command } from 'commander';
import { createProgress, print } from '../../../cli/output.ts';
import { wholeUpTo } from '../options.ts';
import { type LargeOptions, measureLarge } from './measure-large.ts';
import { showLarge } from './report-large.ts';

const program = new Command('load:large')
  .description(
    'Starts the local stack, writes a month of one project with many charges, takes a snapshot of it, and measures ' +
      'usage, its groups, jobs by cost and the page. Loopback only; leaves nothing behind.',
  )
  .option('--charges <number>', 'charges of the month, each of a job', wholeUpTo(2_000_000, 5_001), 100_000)
  .option(
    '--stored <number>',
    'how many of them to write to the table (all); reads from a snapshot read none of them',
    wholeUpTo(2_000_000, 5_001),
  )
  .option('--rounds <number>', 'how often each answer is read after the first', wholeUpTo(100, 1), 5)
  .option('--pictures <directory>', 'write pictures of the page there')
  .option('--json', 'print JSON for machines instead of text for people')
  .addHelpText(
    'after',
    '\nExit codes: 0 measured, 1 a figure is wrong or the run failed, 2 wrong use of the command line.',
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

const { json, ...given } = program.parse().opts<LargeOptions & { readonly json?: boolean }>();
const options: LargeOptions = { ...given, stored: given.stored ?? given.charges };

const progress = createProgress(Date.now);
try {
  const run = await measureLarge(options, progress.show).finally(progress.end);
  print(json, run, () => showLarge(run));
  process.exitCode = run.isExact ? 0 : 1;
} catch (error) {
  stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
// A connection that was cut off may still wait for an answer.
process.exit();
