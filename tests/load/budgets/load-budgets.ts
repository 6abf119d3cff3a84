import { Command } from 'commander';
import { numberUpTo, wholeUpTo } from '../options.ts';
import { interruption, parseOptions, runProgram } from '../program.ts';
import { type BudgetOptions, playBudgets } from './play.ts';
import { addUpBudgets, showBudgets } from './report.ts';

const program = new Command('npm run load:budgets --')
  .description(
    'Starts the local stack with its schedules, sets budgets, starts jobs that cross them, and measures how long after the ' +
      'minute that crosses a stop is requested and delivered.',
  )
  .option('--projects <number>', 'how many projects, each with a budget', wholeUpTo(5_000), 300)
  .option('--minutes <number>', 'how long until the last budget is crossed', numberUpTo(60), 5)
  .option('--seed <number>', 'decides the jobs and the amounts', wholeUpTo(2 ** 31), 1);

const { json, ...options } = parseOptions<BudgetOptions>(
  program,
  '0 all is right, 1 a stop is missing, late or wrong or the run failed',
);
const signal = interruption();

await runProgram(json, {
  measure: async (onProgress) => addUpBudgets(await playBudgets(options, signal, onProgress)),
  show: showBudgets,
  isRight: ({ ok }) => ok,
});
