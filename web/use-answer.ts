import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { type Api, Problem } from './api.ts';

/** The API with the token of this tab; absent while signed out. */
export const ApiContext = createContext<Api | undefined>(undefined);

export const useApi = (): Api => {
  const api = useContext(ApiContext);
  if (!api) throw new Error('used while signed out');
  return api;
};

export type Answer<Value> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly problem: Problem }
  | {
      readonly state: 'ready';
      readonly value: Value;
      /** Time of arrival on the page's monotonic clock (`performance.now()`). */
      readonly receivedAt: number;
      /** Why the latest refresh failed. */
      readonly outdatedBy?: Problem;
    };

const asProblem = (error: unknown): Problem =>
  error instanceof Problem
    ? error
    : new Problem('fault', error instanceof Error ? error.message : String(error));

/**
 * Runs `read` on mount and when `key` changes; not without a key. `pollAfterMs` gives the time to
 * the next read, while the tab is visible. A failed refresh keeps the previous value.
 */
export const useAnswer = <Value>(
  key: string | undefined,
  read: (api: Api, signal: AbortSignal) => Promise<Value>,
  pollAfterMs?: (value: Value) => number | undefined,
): Answer<Value> & { readonly retry: () => void } => {
  const api = useApi();
  const [attempt, setAttempt] = useState(0);
  const [answer, setAnswer] = useState<{ key: string | undefined; answer: Answer<Value> }>();

  // `key` identifies what `read` reads; a new attempt runs it again.
  useEffect(() => {
    if (key === undefined) return;
    const controller = new AbortController();
    const { signal } = controller;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let pauseMs: number | undefined;

    const show = (next: (before: Answer<Value> | undefined) => Answer<Value>) =>
      setAnswer((before) => ({ key, answer: next(before?.key === key ? before.answer : undefined) }));

    const run = async () => {
      try {
        const value = await read(api, signal);
        pauseMs = pollAfterMs?.(value);
        show(() => ({ state: 'ready', value, receivedAt: performance.now() }));
      } catch (error) {
        if (signal.aborted) return;
        const problem = asProblem(error);
        show((before) =>
          before?.state === 'ready' ? { ...before, outdatedBy: problem } : { state: 'failed', problem },
        );
      }
      clearTimeout(timer);
      if (pauseMs !== undefined && !document.hidden) timer = setTimeout(run, pauseMs);
    };
    const onVisible = () => {
      if (document.hidden || pauseMs === undefined) return;
      clearTimeout(timer);
      void run();
    };
    document.addEventListener('visibilitychange', onVisible);
    void run();
    return () => {
      controller.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [api, key, attempt]);

  const current: Answer<Value> = answer && answer.key === key ? answer.answer : { state: 'loading' };
  const retry = () => {
    setAnswer(undefined);
    setAttempt((before) => before + 1);
  };
  return { ...current, retry };
};

/** The answer of one path. */
export const useRead = <Value>(
  path: string | undefined,
  pollAfterMs?: (value: Value) => number | undefined,
) => useAnswer<Value>(path, (api, signal) => api.read<Value>(path ?? '', signal), pollAfterMs);

/** Further pages are not read, and the result is marked as truncated. */
const MAX_PAGES = 10;

export interface AllPages<Item> {
  readonly items: readonly Item[];
  /** There are more items than were read. */
  readonly isTruncated: boolean;
}

/** The items of all pages of a path, up to a limit of pages. */
export const readPages = async <Page extends { readonly next?: string }, Item>(
  api: Api,
  path: string,
  itemsOf: (page: Page) => readonly Item[],
  signal: AbortSignal,
): Promise<AllPages<Item>> => {
  const items: Item[] = [];
  let cursor = '';
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const answer = await api.read<Page>(`${path}${cursor}`, signal);
    items.push(...itemsOf(answer));
    if (answer.next === undefined) return { items, isTruncated: false };
    cursor = `&cursor=${encodeURIComponent(answer.next)}`;
  }
  return { items, isTruncated: true };
};
