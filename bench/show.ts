import { arch, cpus, platform, totalmem } from 'node:os';
import { dim, green, indent, red, table } from '../cli/output.ts';
import { MEASURED_BEFORE } from './before.ts';
import {
  beforeOf,
  type Figure,
  type Limit,
  type Line,
  type RowOptions,
  ratioOf,
  reached,
} from './figures.ts';

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

/** Together with the figures' columns at most 120 columns. */
const WHAT_WIDTH = 42;

/** Breaks a text between words; further lines are indented. */
const wrap = (text: string): string => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WHAT_WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `  ${word}`);
  }
  return lines.join('\n');
};

const beforeText = (figure: Figure): string => {
  const before = beforeOf(figure);
  if (!before) return '';
  return before.of === 'ratio' ? `${before.value.toFixed(2)}x` : `${short(before.value)} ${figure.unit}`;
};

const limitText = ({ of, is, value }: Limit, unit: string): string =>
  `${is} ${value}${of === 'ratio' ? 'x' : ` ${unit}`}`;

const reachedText = (figure: Figure): string => {
  const isReached = reached(figure);
  return isReached === undefined ? '' : isReached ? green('yes') : red('no');
};

const cellsOf = (line: Line): string[] => {
  if ('missing' in line) return [wrap(line.what), '', dim(line.missing)];
  const { what, unit, measured, floor, limit } = line;
  const ratio = ratioOf(line);
  return [
    wrap(what),
    beforeText(line),
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
        { title: 'before', align: 'right' },
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
    ...(lines.some((line) => 'measured' in line && beforeOf(line)) ? [`before: ${MEASURED_BEFORE}`] : []),
    `${processors} x ${processor}, ${memoryGiB} GiB, ${system}, Node ${node}; medians of ${rounds} rounds`,
    ...(quick ? [red('--quick: amounts too small to measure speed')] : []),
  ].join('\n');
};

/** The lines as JSON. */
export const viewOf = (lines: readonly Line[], { rounds, quick }: Settings) => ({
  machine: machine(),
  rounds,
  quick,
  measuredBefore: MEASURED_BEFORE,
  lines: lines.map((line) =>
    'missing' in line
      ? line
      : { ...line, before: beforeOf(line)?.value, ratio: ratioOf(line), reached: reached(line) },
  ),
});
