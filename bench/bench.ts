import { stderr } from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { explain } from '../cli/explain.ts';
import { createProgress, print } from '../cli/output.ts';
import type { Line } from './figures.ts';
import { runRow } from './run-row.ts';
import { showLines, viewOf } from './show.ts';

/** In the order of the table. */
const ROWS = [
  'write-units',
  'read-units',
  'ingest',
  'handler-cpu',
  'settle',
  'month-close',
  'growth',
  'cold-start',
  'simulation',
  'peers',
] as const;

/** Takes minutes, whatever its size. */
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
  .description('Measures jobmeter beside what the same work costs with nothing of ours around it.')
  .addOption(new Option('--only <row...>', 'only these benchmarks').choices(ROWS))
  .option('--rounds <number>', 'how often each is measured; figures are medians', wholeNumber, 5)
  .option('--quick', `small amounts and no ${LONG}: whether it runs, not how fast`)
  .option('--json', 'print JSON for machines instead of a table for people')
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
