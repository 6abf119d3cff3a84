import { Refusal } from '../lib/refusal.ts';

/** An event and its line number, counting blank lines. */
export interface EventLine {
  readonly line: number;
  readonly event: unknown;
}

export interface EventLines {
  readonly events: readonly EventLine[];
  /** Lines that are not JSON. */
  readonly notJson: readonly number[];
}

const parseJson = (text: string): { readonly event: unknown } | undefined => {
  try {
    return { event: JSON.parse(text) };
  } catch {
    return undefined;
  }
};

/** Reads one JSON event per line. A file without any event is refused, naming it. */
export const readEventLines = (name: string, content: string): EventLines => {
  const events: EventLine[] = [];
  const notJson: number[] = [];
  for (const [index, text] of content.split('\n').entries()) {
    if (text.trim() === '') continue;
    const line = index + 1;
    const parsed = parseJson(text);
    if (parsed) events.push({ line, ...parsed });
    else notJson.push(line);
  }
  if (events.length === 0 && notJson.length > 0)
    throw new Refusal('not-json', `${name} is not one JSON event a line; nothing was sent`);
  return { events, notJson };
};
