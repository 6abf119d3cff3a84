import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from './api.ts';
import { asProblem, useApi } from './use-answer.ts';

/** A change by the API: whether it is on its way, and why the last one was refused. */
export const useWrite = (onDone: () => void) => {
  const api = useApi();
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const controller = useRef(new AbortController());
  useEffect(() => () => controller.current.abort(), []);
  const write = async (path: string, content: unknown, etag?: string) => {
    const { signal } = controller.current;
    setSending(true);
    setProblem(undefined);
    try {
      await api.write(path, content, signal, etag);
      onDone();
    } catch (error) {
      if (!signal.aborted) setProblem(asProblem(error));
    } finally {
      if (!signal.aborted) setSending(false);
    }
  };
  return { write, isSending, problem };
};
