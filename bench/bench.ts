import { stderr } from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { explain } from '../cli/explain.ts';
import { createProgress, print } from '../cli/output.ts';
import type { Line } from './figures.ts';
import { runRow } from './run-row.ts';
import { showLines, viewOf } from './show.ts';

/** In table order. */
const ROWS = [
  'write-units',
  'read-units',
  'ingest',
  'handler-cpu',
  'settle',
  'month-close',
  'close-units',
  'growth',
  'large-month',
  'cold-start',
  'cost',
  'budgets',
  'simulation',
  'peers',
] as const;

/** Takes minutes at any size. */
const LONG = 'simulation';

interface Options {
  readonly only?: readonly (typeof ROWS)[number][];
  readonly rounds: number;
  readonly quick?: boolean;
  readonly json?: boolean;
}

const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('must be a whole number from 1 to 9999');
  return Number(text);
};

const program = new Command('npm run bench --')
  .description('Measures jobmeter, compared with baselines without its code.')
  .addOption(new Option('--only <row...>', 'only these benchmarks').choices(ROWS))
  .option('--rounds <number>', 'rounds per measurement; figures are medians', wholeNumber, 5)
  .option('--quick', `small amounts without ${LONG}, to check that the benchmarks run`)
  .option('--json', 'print JSON instead of a table')
  .parse();

const { only, rounds, quick = false, json } = program.opts<Options>();
const rows = only ?? ROWS.filter((name) => !(quick && name === LONG));
const progress = createProgress(() => performance.now());
const lines: Line[] = [];
for (const [index, name] of rows.entries()) {
  const onProgress = (text: string) => progress.show(`${index + 1} of ${rows.length}, ${name}: ${text}`);
  try {
    lines.push(...(await runRow(name, { rounds, quick, onProgress })));
  } catch (error) {
    progress.end();
    stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}
progress.end();
print(json, viewOf(lines, { rounds, quick }), () => showLines(lines, { rounds, quick }));
