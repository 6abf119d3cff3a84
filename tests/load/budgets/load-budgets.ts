import { stderr } from 'node:process';
import { Command } from 'commander';
import { createProgress, print } from '../../../cli/output.ts';
import { numberUpTo, wholeUpTo } from '../options.ts';
import { type BudgetOptions, playBudgets } from './play.ts';
import { addUpBudgets, showBudgets } from './report.ts';

const program = new Command('load:budgets')
  .description(
    'Starts the local stack with its schedules, sets budgets, starts jobs that cross them, and measures how long after the ' +
      'minute that crosses a stop is requested and delivered. Loopback only; leaves nothing behind.',
  )
  .option('--projects <number>', 'how many projects, each with a budget', wholeUpTo(5_000), 300)
  .option('--minutes <number>', 'how long until the last budget is crossed', numberUpTo(60), 5)
  .option('--seed <number>', 'decides the jobs and the amounts', wholeUpTo(2 ** 31), 1)
  .option('--json', 'print JSON for machines instead of text for people')
  .addHelpText(
    'after',
    '\nExit codes: 0 all is right, 1 a stop is missing, late or wrong or the run failed, 2 wrong use of the command line.',
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

const { json, ...options } = program.parse().opts<BudgetOptions & { readonly json?: boolean }>();

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interruption.abort(new Error(`ended by ${signal}`)));

const progress = createProgress(Date.now);
try {
  const played = await playBudgets(options, interruption.signal, progress.show).finally(progress.end);
  const report = addUpBudgets(played);
  print(json, report, () => showBudgets(report));
  process.exitCode = report.ok ? 0 : 1;
} catch (error) {
  stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
// A connection that was cut off may still wait for an answer.
process.exit();
