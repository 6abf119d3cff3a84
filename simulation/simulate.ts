import assert from 'node:assert/strict';
import { stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { NO_COUNTS, playMany, type Total } from './pool.ts';
import { explainFailure } from './shrink.ts';

/** `node simulation/simulate.ts --runs 1000000 --seed 1`: exits with 1 if a schedule fails. */
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
assert(
  runs > 0 && Number.isSafeInteger(runs) && Number.isSafeInteger(seed),
  '--runs and --seed are whole numbers',
);
const startedAt = performance.now();
const seconds = () => (performance.now() - startedAt) / 1000;

const WIDTH = 30;
let soFar: Total = { runs: 0, counts: NO_COUNTS };
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

const printFigures = ({ runs: played, counts }: Total) => {
  if (stderr.isTTY) stderr.write('\n');
  const figures = { runs: played, ...counts, seconds: Number(seconds().toFixed(1)) };
  stdout.write(
    `${Object.entries(figures)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}\n`,
  );
};
process.once('SIGINT', () => {
  printFigures(soFar);
  process.exit(130);
});

const total = await playMany({ seed, runs }, showProgress);
printFigures(total);
if (total.failed !== undefined) {
  stdout.write(`${await explainFailure(total.failed)}\n`);
  process.exitCode = 1;
}
