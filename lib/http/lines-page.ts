import { cursorParameter, invalid, invalidCursor, limitParameter, toCursor } from './parameters.ts';

/** Most lines in an answer: with the longest ids some 2 MB of the 6 MB that a Lambda answers. */
export const MAX_LINES = 5_000;

interface WithLines {
  readonly lines: readonly unknown[];
  readonly digest: string;
}

interface PageQuery {
  readonly limit?: string | undefined;
  readonly cursor?: string | undefined;
}

/** The number of lines before the page, of the very statement or preview that the cursor was for. */
const startOf = (cursor: string | undefined, { lines, digest }: WithLines): number => {
  const [position = '0', of = digest] = cursorParameter(cursor, 2) ?? [];
  const start = Number(position);
  if (!/^\d{1,9}$/.test(position) || start > lines.length) throw invalidCursor();
  if (of !== digest)
    throw invalid(
      'cursor',
      'is of another statement, or of a preview that has changed since: begin with the first page',
    );
  return start;
};

/** A statement or preview with the lines of one page, and where others follow with their cursor. */
export const linesPage = <Content extends WithLines>(
  content: Content,
  { limit, cursor }: PageQuery,
): Content & { readonly next?: string } => {
  const { lines, digest } = content;
  const start = startOf(cursor, content);
  const end = start + limitParameter(limit, MAX_LINES, MAX_LINES);
  if (start === 0 && end >= lines.length) return content;
  return {
    ...content,
    lines: lines.slice(start, end),
    ...(end < lines.length && { next: toCursor([String(end), digest]) }),
  };
};

/** Refuses to read a page of what is one document. */
export const refusePages = (query: PageQuery, format: string): void => {
  for (const name of ['limit', 'cursor'] as const)
    if (query[name] !== undefined) throw invalid(name, `is of JSON and CSV: as ${format} there are no pages`);
};
