import { arch, cpus, platform, totalmem } from 'node:os';
import { dim, green, indent, red, table } from '../cli/output.ts';
import { type Figure, type Limit, type Line, type RowOptions, ratioOf, reached } from './figures.ts';

type Settings = Pick<RowOptions, 'rounds' | 'quick'>;

/** The machine measured on. */
const machine = () => ({
  processors: cpus().length,
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${arch()}`,
  node: process.version,
});

/** Three significant digits. */
const short = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 100 ? String(Math.round(value)) : value.toPrecision(3);

const limitText = ({ of, is, value }: Limit, unit: string): string =>
  `${is} ${value}${of === 'ratio' ? 'x' : ` ${unit}`}`;

const reachedText = (figure: Figure): string => {
  const isReached = reached(figure);
  return isReached === undefined ? '' : isReached ? green('yes') : red('no');
};

const cellsOf = (line: Line): string[] => {
  if ('missing' in line) return [line.what, dim(line.missing)];
  const { what, unit, measured, floor, limit } = line;
  const ratio = ratioOf(line);
  return [
    what,
    `${short(measured)} ${unit}`,
    floor === undefined ? '' : `${short(floor)} ${unit}`,
    ratio === undefined ? '' : `${ratio.toFixed(2)}x`,
    limit ? limitText(limit, unit) : '',
    reachedText(line),
  ];
};

const notesOf = (lines: readonly Line[]): string[] =>
  lines.flatMap((line) => ('note' in line && line.note ? [`${line.what}: ${line.note}`] : []));

/** The lines as a table, followed by their notes. */
export const showLines = (lines: readonly Line[], { rounds, quick }: Settings): string => {
  const { processors, processor, memoryGiB, system, node } = machine();
  return [
    table(
      [
        { title: 'what' },
        { title: 'measured', align: 'right' },
        { title: 'floor', align: 'right' },
        { title: 'ratio', align: 'right' },
        { title: 'to reach' },
        { title: 'reached' },
      ],
      lines.map(cellsOf),
    ),
    '',
    ...notesOf(lines).flatMap((note) => [dim(indent(note)), '']),
    `${processors} x ${processor}, ${memoryGiB} GiB, ${system}, Node ${node}; medians of ${rounds} rounds`,
    ...(quick ? [red('--quick: amounts too small to measure speed')] : []),
  ].join('\n');
};

/** The lines as JSON. */
export const viewOf = (lines: readonly Line[], { rounds, quick }: Settings) => ({
  machine: machine(),
  rounds,
  quick,
  lines: lines.map((line) =>
    'missing' in line ? line : { ...line, ratio: ratioOf(line), reached: reached(line) },
  ),
});
