import { Command } from 'commander';
import { wholeUpTo } from '../options.ts';
import { parseOptions, runProgram } from '../program.ts';
import { type CloseOptions, measureClose } from './measure-close.ts';
import { showClose } from './report-close.ts';

const program = new Command('npm run load:close --')
  .description(
    'Writes a month of charges to DynamoDB Local, closes it in one invocation after the other, each in a process of ' +
      'its own, and compares every statement with sums made while writing.',
  )
  .option('--charges <number>', 'charges of the month, each of a job', wholeUpTo(2_000_000, 1), 10_000)
  .option('--projects <number>', 'projects with as many of them each', wholeUpTo(100_000, 1), 100)
  .option(
    '--invocation <seconds>',
    'how long an invocation begins new work; a function has 780',
    wholeUpTo(780, 0),
    60,
  );

const { json, ...options } = parseOptions<CloseOptions>(
  program,
  '0 all is right, 1 a statement is wrong or the run failed',
);
if (options.projects > options.charges) program.error('--projects must be at most --charges');

await runProgram(json, {
  measure: (onProgress) => measureClose(options, onProgress),
  show: showClose,
  isRight: ({ wrong }) => wrong.length === 0,
});
