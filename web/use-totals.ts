import { useState } from 'preact/hooks';
import type { Projects } from '../lib/shapes/usage.ts';
import { paths } from './api.ts';
import { type ProjectRow, rowsOf } from './parts/project-table.tsx';
import { readPages, useAnswer } from './use-answer.ts';

/** The projects of a month with their totals, and how many were read so far. */
export const useTotals = (month: string | undefined, freshMs: number, maxPages?: number) => {
  const path = month === undefined ? undefined : paths.projects(month, 'totals');
  const [readSoFar, setReadSoFar] = useState(0);
  const answer = useAnswer(
    path && `${path} ${maxPages ?? ''}`,
    (api, signal) =>
      readPages<Projects, ProjectRow>(api, path ?? '', rowsOf, signal, {
        onRead: setReadSoFar,
        ...(maxPages !== undefined && { maxPages }),
      }),
    () => freshMs,
  );
  return { answer, readSoFar };
};
