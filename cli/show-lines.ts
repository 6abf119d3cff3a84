import type { Line } from '../lib/shapes/line.ts';
import { listTable, membersCsv } from './list.ts';

const right = { align: 'right' as const };

const grouped = (count: number): string => count.toLocaleString('en', { maximumFractionDigits: 3 });

/** Lines of usage or of a statement as a table. */
export const linesTable = (lines: readonly Line[], currency: string): string =>
  listTable(
    [
      {
        title: 'month',
        text: ({ usageMonth, kind }) => `${usageMonth}${kind === 'correction' ? ' (correction)' : ''}`,
      },
      { title: 'flavor', text: ({ flavor }) => flavor },
      { title: 'unit', text: ({ unit }) => unit },
      { title: 'minutes', ...right, text: ({ minutes }) => grouped(minutes) },
      { title: 'unit minutes', ...right, text: ({ unitMinutes }) => grouped(unitMinutes) },
      { title: 'price per hour', ...right, text: ({ pricePerHour }) => pricePerHour },
      { title: currency, ...right, text: ({ amount }) => amount },
    ],
    lines,
  );

/** The same as CSV, a line a row. */
export const linesCsv = (lines: readonly Line[]): string =>
  membersCsv(
    ['usageMonth', 'kind', 'flavor', 'unit', 'minutes', 'unitMinutes', 'pricePerHour', 'amount', 'currency'],
    lines,
  );
