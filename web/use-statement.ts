import type { Statement } from '../lib/shapes/statement.ts';
import type { Api } from './api.ts';
import { useAnswer } from './use-answer.ts';

type WithLines = Pick<Statement, 'lines' | 'next'>;

/** A statement or preview with all its lines, which come in pages where there are many. */
export const readWithLines = async <Content extends WithLines>(
  api: Pick<Api, 'read'>,
  path: string,
  signal: AbortSignal,
): Promise<Content> => {
  const { next: second, ...first } = await api.read<Content>(path, signal);
  const lines = [...first.lines];
  for (let next = second; next !== undefined; ) {
    const cursor = `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(next)}`;
    const page = await api.read<Content>(`${path}${cursor}`, signal);
    lines.push(...page.lines);
    next = page.next;
  }
  return { ...first, lines } as WithLines as Content;
};

/** The statement or preview of a path. */
export const useStatement = <Content extends WithLines>(
  path: string | undefined,
  freshMs?: (value: Content) => number,
) => useAnswer<Content>(path, (api, signal) => readWithLines(api, path ?? '', signal), freshMs);
