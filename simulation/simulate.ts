import { stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { NO_COUNTS, playMany, type Total } from './pool.ts';
import { explainFailure } from './shrink.ts';

const HELP = `npm run simulate -- [--runs <number>] [--seed <number>]

Plays the schedules of seeds from --seed on (1), --runs of them (10000), on all cores. Exits with 1
if a schedule fails, and explains it. Ctrl-C prints the totals so far and the seed to continue from.
`;

const usageError = (why: string): never => {
  stderr.write(`${why}\n\n${HELP}`);
  process.exit(2);
};

const readOptions = () => {
  try {
    return parseArgs({
      options: {
        runs: { type: 'string', default: '10000' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    return usageError((error as Error).message);
  }
};

const options = readOptions();
if (options.help) {
  stdout.write(HELP);
  process.exit(0);
}
const [runs, seed] = [Number(options.runs), Number(options.seed)];
if (!(runs > 0 && Number.isSafeInteger(runs) && Number.isSafeInteger(seed)))
  usageError('--runs and --seed are whole numbers, and --runs is at least 1');

const startedAt = performance.now();
const seconds = () => (performance.now() - startedAt) / 1000;

const WIDTH = 30;
let soFar: Total = { runs: 0, right: 0, nextSeed: seed, counts: NO_COUNTS };
/** Seconds between the lines of a log. */
const LOGGED_EVERY = 60;
let loggedAt = 0;
const showProgress = (total: Total) => {
  soFar = total;
  if (!stderr.isTTY && seconds() - loggedAt > LOGGED_EVERY) {
    loggedAt = seconds();
    stderr.write(`${total.runs} of ${runs} runs in ${loggedAt.toFixed(0)} s\n`);
  }
  const bar = '#'.repeat(Math.floor((WIDTH * total.runs) / runs)).padEnd(WIDTH, '.');
  const left = Math.round((seconds() / total.runs) * (runs - total.runs));
  if (stderr.isTTY) stderr.write(`\r[${bar}] ${total.runs} of ${runs} runs, ${left} s left   `);
};

const printFigures = ({ runs: played, right, counts }: Total) => {
  if (stderr.isTTY) stderr.write('\n');
  const figures = { runs: played, ...counts, seconds: Number(seconds().toFixed(1)) };
  stdout.write(
    `${Object.entries(figures)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}\n`,
  );
  stdout.write(`${right} of ${played} schedules were right\n`);
};
process.once('SIGINT', () => {
  printFigures(soFar);
  const left = seed + runs - soFar.nextSeed;
  if (left > 0) stdout.write(`to continue: npm run simulate -- --runs ${left} --seed ${soFar.nextSeed}\n`);
  process.exit(130);
});

const total = await playMany({ seed, runs }, showProgress);
printFigures(total);
if (total.failed !== undefined) {
  stdout.write(`${await explainFailure(total.failed)}\n`);
  process.exitCode = 1;
}
