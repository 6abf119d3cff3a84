import { stringify } from 'csv-stringify/sync';
import type { JobUsage } from '../shapes/usage.ts';

/** The columns of a list of jobs: the members of its answer; null is an empty cell. */
const COLUMNS: Readonly<Record<string, (job: JobUsage) => string | number | null>> = {
  jobId: ({ jobId }) => jobId,
  status: ({ status }) => status ?? null,
  running: ({ running }) => String(running),
  start: ({ start }) => start,
  end: ({ end }) => end ?? null,
  flavor: ({ flavor }) => flavor ?? null,
  unit: ({ unit }) => unit ?? null,
  units: ({ units }) => units ?? null,
  minutes: ({ minutes }) => minutes,
  unratedMinutes: ({ unratedMinutes }) => unratedMinutes ?? 0,
  waitsFor: ({ waitsFor }) => waitsFor?.join(', ') ?? null,
  held: ({ held = false }) => String(held),
  retracted: ({ retracted = false }) => String(retracted),
  cost: ({ cost }) => cost,
  currency: ({ currency }) => currency,
  labels: ({ labels }) => (labels ? JSON.stringify(labels) : null),
};

/** A list of jobs as CSV (RFC 4180), with a header row. */
export const jobsCsv = (jobs: readonly JobUsage[]): string => {
  const columns = Object.values(COLUMNS);
  return stringify([Object.keys(COLUMNS), ...jobs.map((job) => columns.map((column) => column(job)))], {
    record_delimiter: 'windows',
  });
};
