import { green, red, table } from '../../../cli/output.ts';
import { percentile } from '../report.ts';
import type { LargeRun } from './measure-large.ts';

const seconds = (ms: number): string => (ms / 1_000).toFixed(2);

const row = (name: string, first: number, rounds: readonly number[]): string[] => [
  name,
  seconds(first),
  seconds(percentile(rounds, 0.5) ?? 0),
  seconds(percentile(rounds, 1) ?? 0),
];

/** The figures of a run for people. */
export const showLarge = ({ options, machine, before, taking, reads, page, isExact }: LargeRun): string => {
  const pageRow = (name: string, times: readonly number[]) => row(name, times[0] ?? 0, times.slice(1));
  const { reads: read, writes } = taking.bill;
  return [
    `${options.charges} charges, ${Math.min(options.stored, options.charges)} of them in the table, ${machine.processors} cores, load average ${machine.loadAverage.toFixed(1)} before the run`,
    `usage without a snapshot: ${before.status} after ${seconds(before.ms)} s`,
    `taking a snapshot: ${seconds(taking.copyingMs)} s of processor time to copy the charges and ${seconds(taking.addingUpMs)} s to add them up, ` +
      `${read} read units, ${writes} write units`,
    '',
    table(
      [
        { title: 'from the snapshot, s' },
        ...['first', 'median', 'longest'].map((title) => ({ title, align: 'right' }) as const),
      ],
      [
        ...Object.entries(reads).map(([name, { first, rounds }]) => row(name, first, rounds)),
        pageRow('page, figures shown', page.figures),
        pageRow('page, nothing loading', page.whole),
      ],
    ),
    '',
    isExact ? green('the snapshot has all charges') : red('the snapshot is not what all charges add up to'),
  ].join('\n');
};
