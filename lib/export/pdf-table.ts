import { GAP, heightOf, type Pages, type Placed, WIDTH } from './pdf-pages.ts';
import { columnWidths, type Span } from './pdf-text.ts';

const BELOW = 4;
const RULE = '#d5d8de';
const TOTAL_RULE = '#15181f';

export interface PdfCell {
  readonly spans: readonly Span[];
  readonly align?: 'left' | 'right';
  /** Columns it covers. */
  readonly columns?: number;
}

export interface PdfRow {
  readonly cells: readonly PdfCell[];
  /** Space above the text. */
  readonly above?: number;
  /** Stays on the page of the next row. */
  readonly isHeading?: boolean;
  /** Follows a thick rule. */
  readonly isTotal?: boolean;
}

interface LaidOutRow extends PdfRow {
  readonly placed: readonly (Placed & { readonly columns: number })[];
  readonly above: number;
  readonly height: number;
}

/** As wide as what is in them, except for cells that cover several. */
const widthsOf = (pages: Pages, head: readonly PdfCell[], rows: readonly PdfRow[]): number[] => {
  const natural = head.map(() => 0);
  for (const cells of [head, ...rows.map((row) => row.cells)]) {
    let column = 0;
    for (const { spans, columns = 1 } of cells) {
      if (columns === 1) natural[column] = Math.max(natural[column] ?? 0, pages.naturalWidth(spans));
      column += columns;
    }
  }
  return columnWidths(natural, WIDTH - (head.length - 1) * GAP);
};

const layOut = (pages: Pages, row: PdfRow, widths: readonly number[]): LaidOutRow => {
  const { cells, above = BELOW } = row;
  let column = 0;
  const placed = cells.map(({ spans, align, columns = 1 }) => {
    const sumOf = (some: readonly number[]) => some.reduce((sum, width) => sum + width + GAP, 0);
    const left = sumOf(widths.slice(0, column));
    const width = sumOf(widths.slice(column, column + columns)) - GAP;
    column += columns;
    return { lines: pages.linesOf(spans, width), left, width, align, columns };
  });
  const height = above + Math.max(...placed.map(({ lines }) => heightOf(lines))) + BELOW;
  return { ...row, placed, above, height };
};

type Element = ReturnType<PDFKit.PDFDocument['struct']>;

/** Scope and span of a cell, for which pdfkit has no option. */
const describeCell = (element: Element, scope: 'Column' | 'Row' | undefined, columns: number) => {
  const { dictionary } = element as unknown as { dictionary: { data: Record<string, unknown> } };
  if (scope !== undefined || columns > 1)
    dictionary.data.A = {
      O: 'Table',
      ...(scope && { Scope: scope }),
      ...(columns > 1 && { ColSpan: columns }),
    };
};

const writeRow = (pages: Pages, table: Element, row: LaidOutRow, isHead = false) => {
  if (row.isTotal) pages.rule(1.5, TOTAL_RULE);
  const element = pages.doc.struct('TR');
  table.add(element);
  for (const [index, placed] of row.placed.entries()) {
    const scope = isHead ? 'Column' : index === 0 ? 'Row' : undefined;
    const cell = pages.doc.struct(scope ? 'TH' : 'TD', {}, [() => pages.draw(placed, row.above)]);
    describeCell(cell, scope, placed.columns);
    element.add(cell);
  }
  element.end();
  pages.move(row.height);
  if (!row.isTotal) pages.rule(0.75, RULE);
};

/** The head once more, on another page: an artifact, since it is no row. */
const repeatHead = (pages: Pages, head: LaidOutRow) => {
  pages.artifact('Pagination', () => {
    for (const placed of head.placed) pages.draw(placed, head.above);
  });
  pages.move(head.height);
  pages.rule(0.75, RULE);
};

/** A table whose rows stay whole, and whose head is on each of its pages. */
export const writeTable = (pages: Pages, head: readonly PdfCell[], rows: readonly PdfRow[]): void => {
  const widths = widthsOf(pages, head, rows);
  const headRow = layOut(pages, { cells: head }, widths);
  const body = rows.map((row) => layOut(pages, row, widths));
  const table = pages.doc.struct('Table');
  pages.root.add(table);
  pages.hasTurned(headRow.height + (body[0]?.height ?? 0));
  writeRow(pages, table, headRow, true);
  for (const [index, row] of body.entries()) {
    const next = row.isHeading ? (body[index + 1]?.height ?? 0) : 0;
    if (pages.hasTurned(row.height + next)) repeatHead(pages, headRow);
    writeRow(pages, table, row);
  }
  table.end();
  pages.move(16);
};
