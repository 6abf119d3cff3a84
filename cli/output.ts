import { stderr, stdout } from 'node:process';
import { styleText } from 'node:util';
import Table from 'cli-table3';

/** Colours on terminals only; `styleText` checks NO_COLOR and the stream. */
export const bold = (text: string) => styleText('bold', text, { stream: stdout });
export const dim = (text: string) => styleText('dim', text, { stream: stdout });
export const green = (text: string) => styleText('green', text, { stream: stdout });
export const red = (text: string) => styleText('red', text, { stream: stdout });

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** "1 job", "2 jobs". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** An aligned table without borders. */
export const table = (columns: readonly Column[], rows: readonly (readonly string[])[]): string => {
  const plain = new Table({
    head: columns.map(({ title }) => dim(title)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: Object.fromEntries(
      ['top', 'bottom', 'left', 'right', 'mid', 'middle']
        .flatMap((side) => [side, ...['mid', 'left', 'right'].map((part) => `${side}-${part}`)])
        .map((name) => [name, '']),
    ),
  });
  plain.push(...rows.map((row) => [...row]));
  return plain
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

export const indent = (text: string, spaces = 2): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : ' '.repeat(spaces) + line))
    .join('\n');

/** Prints JSON or text to standard output. */
export const print = (json: boolean | undefined, value: unknown, text: () => string): void =>
  console.log(json ? JSON.stringify(value, null, 2) : text());

const PROGRESS_EVERY_MS = 1000;

/** Progress on standard error: one updated line on a terminal, else a line per second. */
export const createProgress = (now: () => number) => {
  let shownAt = now();
  let shown = false;
  const write = (text: string) => {
    shownAt = now();
    shown = true;
    stderr.write(stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  };
  return {
    show(text: string) {
      if (now() - shownAt >= (stderr.isTTY ? 100 : PROGRESS_EVERY_MS)) write(text);
    },
    /** Shows a message at once. */
    announce: write,
    end() {
      if (shown && stderr.isTTY) stderr.write('\r\u001b[K');
    },
  };
};
