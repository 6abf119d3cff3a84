import PDFDocument from 'pdfkit';
import { columnWidths, type Line, printable, type Span, type Style, wrapped } from './pdf-text.ts';

/** Points: A4 with margins of 16 mm, and room for the foot. */
const MARGIN = 45;
export const WIDTH = 595.28 - 2 * MARGIN;
const BOTTOM = 841.89 - 60;
const LINE_HEIGHT = 1.35;
/** Between columns. */
export const GAP = 10;

export interface PdfDescription {
  readonly title: string;
  readonly author: string;
  readonly created: Date;
  /** At the foot of each page, beside its number. */
  readonly foot: string;
  readonly footStyle: Style;
}

export const heightOf = (lines: readonly Line[]): number =>
  lines.reduce((sum, line) => sum + LINE_HEIGHT * Math.max(...line.map(({ style }) => style.size)), 0);

/** Text at a place: its distance from the left margin, and its width. */
export interface Placed {
  readonly lines: readonly Line[];
  readonly left: number;
  readonly width: number;
  readonly align?: 'left' | 'right' | undefined;
}

const newDocument = ({ title, author, created }: PdfDescription) =>
  new PDFDocument({
    ...{ size: 'A4', margin: 0, bufferPages: true, pdfVersion: '1.7', lang: 'en' },
    ...{ tagged: true, displayTitle: true },
    info: { Title: title, Author: author, Creator: 'jobmeter', CreationDate: created, ModDate: created },
  });

/** Measures and draws text. */
const createPen = (doc: PDFKit.PDFDocument) => {
  const widthOf = (text: string, { font, size }: Style) => doc.font(font).fontSize(size).widthOfString(text);
  const widthOfLine = (line: Line) => line.reduce((sum, { text, style }) => sum + widthOf(text, style), 0);
  const linesOf = (spans: readonly Span[], width = Number.POSITIVE_INFINITY) =>
    wrapped(
      spans.map(({ text, style }) => ({ text: printable(text), style })),
      width,
      widthOf,
    );
  const draw = ({ lines, left, width, align }: Placed, top: number) => {
    let lineTop = top;
    for (const line of lines) {
      let x = MARGIN + left + (align === 'right' ? width - widthOfLine(line) : 0);
      const size = Math.max(...line.map(({ style }) => style.size));
      for (const { text, style } of line) {
        doc.font(style.font).fontSize(style.size).fillColor(style.color);
        doc.text(text, x, lineTop + size, { lineBreak: false, baseline: 'alphabetic' });
        x += widthOf(text, style);
      }
      lineTop += size * LINE_HEIGHT;
    }
  };
  const naturalWidth = (spans: readonly Span[]) => Math.max(...linesOf(spans).map(widthOfLine));
  return { naturalWidth, linesOf, draw };
};

/** The bytes of a document once it is ended. */
const bytesOf = (doc: PDFKit.PDFDocument) =>
  new Promise<Uint8Array>((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    doc.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    doc.on('end', () => resolve(Buffer.concat(chunks)));
    doc.on('error', reject);
    doc.end();
  });

/**
 * Pages of one tagged PDF, written from top to bottom. What is drawn as an artifact (rules, feet,
 * repeated heads) is no content to who listens to it or copies it.
 */
export const createPages = (description: PdfDescription) => {
  const doc = newDocument(description);
  const { naturalWidth, linesOf, draw } = createPen(doc);
  const root = doc.struct('Document');
  doc.addStructure(root);
  let y = MARGIN;

  const artifact = (type: 'Layout' | 'Pagination', paint: () => void) => {
    doc.markContent('Artifact', { type });
    paint();
    doc.endMarkedContent();
  };
  const drawFeet = () => {
    const { count } = doc.bufferedPageRange();
    const style = description.footStyle;
    for (let page = 0; page < count; page += 1) {
      doc.switchToPage(page);
      const place = (text: string, width: number): Placed => ({
        ...{ lines: linesOf([{ text, style }], width).slice(0, 1), left: 0, width: WIDTH },
      });
      artifact('Pagination', () => {
        draw(place(description.foot, WIDTH - 90), BOTTOM + 14);
        draw({ ...place(`Page ${page + 1} of ${count}`, 90), align: 'right' }, BOTTOM + 14);
      });
    }
  };
  return {
    ...{ doc, root, naturalWidth, linesOf, artifact },
    draw: (placed: Placed, above = 0) => draw(placed, y + above),
    move: (down: number) => {
      y += down;
    },
    /** Begins a page unless there is so much room on this one. */
    hasTurned: (height: number): boolean => {
      if (y + height <= BOTTOM) return false;
      doc.addPage();
      y = MARGIN;
      return true;
    },
    rule: (thickness: number, color: string) =>
      artifact('Layout', () => {
        doc.moveTo(MARGIN, y).lineTo(MARGIN + WIDTH, y);
        doc.lineWidth(thickness).stroke(color);
      }),
    end: () => {
      drawFeet();
      root.end();
      return bytesOf(doc);
    },
  };
};

export type Pages = ReturnType<typeof createPages>;

/** Texts below and beside each other, each an element of its own, and space below them. */
export const writeTexts = (
  pages: Pages,
  type: 'P' | 'H1',
  columns: readonly (readonly (readonly Span[])[])[],
  space = 0,
): void => {
  const natural = columns.map((parts) => Math.max(...parts.map(pages.naturalWidth)));
  const widths = columnWidths(natural, WIDTH - (columns.length - 1) * GAP);
  const texts = columns.map((parts, index) => parts.map((spans) => pages.linesOf(spans, widths[index])));
  const height = Math.max(...texts.map((parts) => heightOf(parts.flat())));
  pages.hasTurned(height);
  let left = 0;
  for (const [index, parts] of texts.entries()) {
    const width = widths[index] ?? 0;
    let above = 0;
    for (const lines of parts) {
      const [placed, top] = [{ lines, left, width }, above];
      pages.root.add(pages.doc.struct(type, {}, [() => pages.draw(placed, top)]));
      above += heightOf(lines);
    }
    left += width + GAP;
  }
  pages.move(height + space);
};
