import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
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

export const asProblem = (error: unknown): Problem =>
  error instanceof Problem
    ? error
    : new Problem('fault', error instanceof Error ? error.message : String(error));

type Ready<Value> = Extract<Answer<Value>, { state: 'ready' }>;

/** Answers that are kept at most; the one received first goes first. */
const MAX_KEPT = 200;
/** A timer of more milliseconds fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The answers of this tab, in memory, as long as its token is signed in. */
const keptBy = new WeakMap<Api, Map<string, Ready<unknown>>>();

const keptAnswers = (api: Api): Map<string, Ready<unknown>> => {
  const kept = keptBy.get(api) ?? new Map<string, Ready<unknown>>();
  keptBy.set(api, kept);
  return kept;
};

const keep = (api: Api, key: string, answer: Ready<unknown>) => {
  const kept = keptAnswers(api);
  kept.delete(key);
  kept.set(key, answer);
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
};

/** How long answers that change at any time are fresh. */
export const LIVE_MS = 10_000;
/** How long answers are fresh that late facts alone change. */
export const SETTLED_MS = 15 * 60_000;

/**
 * The answer of `read` for a key, which names what is read; nothing is read without one. An answer
 * is kept, shown at once wherever it is asked for again, and read again once it is no longer fresh,
 * while the tab is visible. Without `freshMs` it never changes. A failed refresh keeps it. `retry`
 * reads it now.
 */
export const useAnswer = <Value>(
  key: string | undefined,
  read: (api: Api, signal: AbortSignal) => Promise<Value>,
  freshMs: (value: Value) => number = () => Number.POSITIVE_INFINITY,
): Answer<Value> & { readonly retry: () => void } => {
  const api = useApi();
  const [attempt, setAttempt] = useState(0);
  const lastAttempt = useRef(0);
  const [answer, setAnswer] = useState<{ key: string | undefined; answer: Answer<Value> }>();
  const keptAnswer = (): Ready<Value> | undefined =>
    key === undefined ? undefined : (keptAnswers(api).get(key) as Ready<Value> | undefined);

  // `key` identifies what `read` reads; a new attempt runs it again.
  useEffect(() => {
    if (key === undefined) return;
    const controller = new AbortController();
    const { signal } = controller;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let triedAt = Number.NEGATIVE_INFINITY;
    let isComing = false;

    const run = async () => {
      triedAt = performance.now();
      try {
        const value = await read(api, signal);
        const ready = { state: 'ready', value, receivedAt: performance.now() } as const;
        keep(api, key, ready);
        setAnswer({ key, answer: ready });
      } catch (error) {
        if (signal.aborted) return;
        const before = keptAnswer();
        const problem = asProblem(error);
        setAnswer({
          key,
          answer: before ? { ...before, outdatedBy: problem } : { state: 'failed', problem },
        });
        isComing = problem.kind === 'being-computed';
      }
      plan();
    };
    /** The next read, once the answer is no longer fresh; after a failure without any only if it will come. */
    const plan = () => {
      clearTimeout(timer);
      const before = keptAnswer();
      if (!before && isComing && !document.hidden) timer = setTimeout(run, LIVE_MS);
      if (!before || document.hidden) return;
      const due = Math.max(before.receivedAt, triedAt) + freshMs(before.value) - performance.now();
      if (due <= MAX_TIMER_MS) timer = setTimeout(run, Math.max(due, 0));
    };
    if (keptAnswer() && attempt === lastAttempt.current) plan();
    else void run();
    lastAttempt.current = attempt;
    document.addEventListener('visibilitychange', plan);
    return () => {
      controller.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', plan);
    };
  }, [api, key, attempt]);

  const current: Answer<Value> =
    answer && answer.key === key ? answer.answer : (keptAnswer() ?? { state: 'loading' });
  const retry = () => {
    setAnswer(undefined);
    setAttempt((before) => before + 1);
  };
  return { ...current, retry };
};

/** The answer of one path. */
export const useRead = <Value>(path: string | undefined, freshMs?: (value: Value) => number) =>
  useAnswer<Value>(path, (api, signal) => api.read<Value>(path ?? '', signal), freshMs);

/** The answer before, as long as the next one is loading, so that a list does not jump. */
export const useLast = <Value>(answer: ReturnType<typeof useRead<Value>>) => {
  const last = useRef(answer);
  if (answer.state !== 'loading') last.current = answer;
  return { answer: last.current, isOutdated: answer !== last.current };
};

/** Further pages are not read, and the result is marked as truncated. */
const MAX_PAGES = 10;

export interface AllPages<Item> {
  readonly items: readonly Item[];
  /** There are more items than were read. */
  readonly isTruncated: boolean;
}

/** The items of all pages of a path, up to a limit of pages. `onRead` gets their number so far. */
export const readPages = async <Page extends { readonly next?: string }, Item>(
  api: Api,
  path: string,
  itemsOf: (page: Page) => readonly Item[],
  signal: AbortSignal,
  { maxPages = MAX_PAGES, onRead = () => {} }: { maxPages?: number; onRead?: (items: number) => void } = {},
): Promise<AllPages<Item>> => {
  const items: Item[] = [];
  let cursor = '';
  for (let page = 1; page <= maxPages; page += 1) {
    const answer = await api.read<Page>(`${path}${cursor}`, signal);
    items.push(...itemsOf(answer));
    onRead(items.length);
    if (answer.next === undefined) return { items, isTruncated: false };
    cursor = `&cursor=${encodeURIComponent(answer.next)}`;
  }
  return { items, isTruncated: true };
};
