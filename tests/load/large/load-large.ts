import { Command } from 'commander';
import { wholeUpTo } from '../options.ts';
import { parseOptions, runProgram } from '../program.ts';
import { type LargeOptions, measureLarge } from './measure-large.ts';
import { showLarge } from './report-large.ts';

const program = new Command('npm run load:large --')
  .description(
    'Starts the local stack, writes a month of one project with many charges, takes a snapshot of it, and measures ' +
      'usage, its groups, jobs by cost and the page.',
  )
  .option('--charges <number>', 'charges of the month, each of a job', wholeUpTo(2_000_000, 5_001), 100_000)
  .option(
    '--stored <number>',
    'how many of them to write to the table (all); reads from a snapshot read none of them',
    wholeUpTo(2_000_000, 5_001),
  )
  .option('--rounds <number>', 'how often each answer is read after the first', wholeUpTo(100, 1), 5)
  .option('--pictures <directory>', 'write pictures of the page there');

const { json, ...given } = parseOptions<LargeOptions>(
  program,
  '0 measured, 1 a figure is wrong or the run failed',
);
const options: LargeOptions = { ...given, stored: given.stored ?? given.charges };

await runProgram(json, {
  measure: (onProgress) => measureLarge(options, onProgress),
  show: showLarge,
  isRight: ({ isExact }) => isExact,
});
