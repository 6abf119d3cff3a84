import type { Statement } from '../shapes/statement.ts';
import { createPages, writeTexts } from './pdf-pages.ts';
import { type PdfCell, type PdfRow, writeTable } from './pdf-table.ts';
import type { Span, Style } from './pdf-text.ts';
import { type Cell, type Note, type StatementContent, statementContent } from './statement-content.ts';

const INK = '#15181f';
const MUTED = '#5a6172';

const style = (size: number, color = INK, font: Style['font'] = 'Helvetica'): Style => ({
  font,
  size,
  color,
});

const STYLES = {
  body: style(9.5),
  strong: style(9.5, INK, 'Helvetica-Bold'),
  muted: style(9.5, MUTED),
  small: style(8.5),
  smallMuted: style(8.5, MUTED),
  heading: style(8.5, INK, 'Helvetica-Bold'),
  sum: style(8.5, MUTED, 'Helvetica-Bold'),
  warning: style(9.5, '#875000', 'Helvetica-Bold'),
  issuer: style(8.5, '#3a49c7', 'Helvetica-Bold'),
  title: style(18, INK, 'Helvetica-Bold'),
  total: style(11, INK, 'Helvetica-Bold'),
  totalMuted: style(11, MUTED),
  code: style(8, INK, 'Courier'),
} as const satisfies Record<string, Style>;

const span = (text: string, name: keyof typeof STYLES = 'body'): Span => ({ text, style: STYLES[name] });

/** A value and its unit, which stay on one line. */
const spans = (
  { text, unit }: Cell,
  strong: keyof typeof STYLES = 'body',
  muted: keyof typeof STYLES = 'muted',
): Span[] => [
  span(text, strong),
  ...(unit === undefined ? [] : [span(`\u00a0${unit}`.replaceAll(' ', '\u00a0'), muted)]),
];

/** The first two columns are text. */
const alignOf = (index: number) => (index < 2 ? ('left' as const) : ('right' as const));

const lineRow = (cells: readonly Cell[]): PdfRow => ({
  cells: cells.map((cell, index) => ({
    spans: spans(cell, index === cells.length - 1 ? 'strong' : 'body'),
    align: alignOf(index),
  })),
});

const wide = (name: Span, amount: readonly Span[]): PdfCell[] => [
  { spans: [name], columns: 5 },
  { spans: amount, align: 'right' },
];

const lineRows = ({ groups, included, total }: StatementContent): PdfRow[] => [
  ...groups.flatMap(({ heading, sum, rows }): PdfRow[] => [
    { cells: wide(span(heading, 'heading'), spans(sum, 'sum', 'sum')), above: 12, isHeading: true },
    ...rows.map(lineRow),
  ]),
  { cells: [{ spans: [span('Included', 'heading')], columns: 6 }], above: 12, isHeading: true },
  ...included.map(
    ([item, amount]): PdfRow => ({ cells: wide(span(item, 'muted'), spans(amount, 'muted', 'muted')) }),
  ),
  { cells: wide(span('Total', 'total'), spans(total, 'total', 'totalMuted')), above: 6, isTotal: true },
];

const noteRows = ({ rows }: Note): PdfRow[] =>
  rows.map((cells) => ({ cells: cells.map((text) => ({ spans: [span(text, 'small')] })) }));

/** A statement as a tagged PDF in the design of its page. Figures are those of the page. */
export const statementPdf = (issuer: string, statement: Statement): Promise<Uint8Array> => {
  const content = statementContent(issuer, statement);
  const { title, projectId, month, facts, groups, further, notes, proof, check } = content;
  const foot = {
    foot: `${issuer}, ${month}, statement ${statement.statementId}`,
    footStyle: STYLES.smallMuted,
  };
  const pages = createPages({ title, author: issuer, created: new Date(statement.issuedAt), ...foot });
  const headOf = (columns: readonly string[]) =>
    columns.map((name) => ({ spans: [span(name, 'smallMuted')] }));

  writeTexts(pages, 'P', [[[span(issuer, 'issuer')]]]);
  writeTexts(pages, 'P', [[[span(`Statement of project ${projectId}`, 'smallMuted')]]]);
  writeTexts(pages, 'H1', [[[span(month, 'title')]]], 12);
  const factText = ([name, value]: (typeof facts)[number]) => [
    [span(name, 'smallMuted')],
    name === 'Total' ? spans(value, 'total', 'totalMuted') : spans(value),
  ];
  writeTexts(pages, 'P', facts.map(factText), 18);
  if (groups.length === 0) writeTexts(pages, 'P', [[[span('Nothing is billed.')]]], 12);
  const head = headOf(content.columns).map((cell, index) => ({ ...cell, align: alignOf(index) }));
  writeTable(pages, head, lineRows(content));
  if (further !== undefined) writeTexts(pages, 'P', [[[span(further, 'strong')]]], 12);
  for (const note of notes) {
    writeTexts(pages, 'P', [[[span(`${note.heading} `, 'warning'), span(note.text)]]], 4);
    writeTable(pages, headOf(note.columns), noteRows(note));
  }
  for (const [name, value] of proof)
    writeTexts(pages, 'P', [[[span(name, 'smallMuted')], [span(value, 'code')]]], 6);
  writeTexts(pages, 'P', [[[span(check, 'smallMuted')]]]);
  return pages.end();
};
