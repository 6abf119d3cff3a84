/** How text looks on a page. */
export interface Style {
  readonly font: 'Helvetica' | 'Helvetica-Bold' | 'Courier';
  readonly size: number;
  readonly color: string;
}

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

export type WidthOf = (text: string, style: Style) => number;

/** Letters of Windows-1252, which every reader of PDF has without an embedded font. */
const NO_LETTER = /[^ -~\u00a0-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/gu;

/** The text in these letters: minus and narrow space are the nearest ones, others lose accents or are "?". */
export const printable = (text: string): string =>
  text
    .replaceAll('\u2212', '-')
    .replaceAll('\u202f', '\u00a0')
    .replace(NO_LETTER, (letter) => {
      const plain = letter.normalize('NFKD').replace(/\p{M}/gu, '');
      return plain === letter || plain.search(NO_LETTER) >= 0 ? '?' : plain;
    });

/** Widths are sums of floating-point numbers. */
const TOLERANCE = 0.01;

/** Lines break after these. A piece that is too long for any line breaks anywhere. */
const BREAKS = /(?<=[ \-_.:/])/;

/** Number of letters, at least one, that fit into a width. */
const fitting = (text: string, style: Style, width: number, widthOf: WidthOf): number => {
  let fits = 1;
  while (fits < text.length && widthOf(text.slice(0, fits + 1), style) <= width) fits += 1;
  return fits;
};

/** Spans as lines of at most a width. */
export const wrapped = (spans: readonly Span[], width: number, widthOf: WidthOf): Line[] => {
  const lines: Span[][] = [[]];
  let left = width + TOLERANCE;
  const put = (text: string, style: Style) => {
    const line = lines.at(-1) ?? [];
    const last = line.at(-1);
    if (last?.style === style) line[line.length - 1] = { text: last.text + text, style };
    else line.push({ text, style });
    left -= widthOf(text, style);
  };
  const breakLine = () => {
    lines.push([]);
    left = width + TOLERANCE;
  };
  for (const { text, style } of spans)
    for (const piece of text.split(BREAKS)) {
      if (left < width && widthOf(piece.trimEnd(), style) > left) breakLine();
      let rest = piece;
      while (widthOf(rest.trimEnd(), style) > left) {
        const fits = fitting(rest, style, left, widthOf);
        put(rest.slice(0, fits), style);
        rest = rest.slice(fits);
        if (rest === '') break;
        breakLine();
      }
      put(rest, style);
    }
  return lines;
};

/**
 * Widths of columns that fill a total: as wide as their content if all have room, else the widest
 * share what is left.
 */
export const columnWidths = (natural: readonly number[], total: number): number[] => {
  let left = total;
  const widths = new Map<number, number>();
  const ascending = [...natural.entries()].sort(([, a], [, b]) => a - b);
  for (const [done, [index, width]] of ascending.entries()) {
    const taken = Math.min(width, left / (natural.length - done));
    widths.set(index, taken);
    left -= taken;
  }
  const spare = left / natural.length;
  return natural.map((_, index) => (widths.get(index) ?? 0) + spare);
};
