import type { Labels, Unit } from '../billing/facts.ts';
import { DAY_MS } from '../billing/minutes.ts';
import type { Status } from '../billing/statuses.ts';

/** A status event as `POST /v1/events` takes it (CloudEvents 1.0). */
export interface ReportedEvent {
  readonly specversion: '1.0';
  readonly type: 'training.job.status';
  readonly source: string;
  readonly id: string;
  /** The job id. */
  readonly subject: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly data: {
    readonly projectId: string;
    readonly status: Status;
    readonly resources?: ReportedResources;
    readonly labels?: Labels;
  };
}

/** A flavor and its counts, which may be fractions in thousandths. */
export type ReportedResources = { readonly flavor: string } & Readonly<Partial<Record<Unit, number>>>;

/** A record, or a part of it, that was not translated. */
export interface Skipped {
  /** Line of the file; of a JSON array the position of the record. Both count from 1. */
  readonly line: number;
  readonly reason: string;
}

export interface Translated {
  readonly events: readonly ReportedEvent[];
  readonly skipped: readonly Skipped[];
}

/** Translates the next line of a file. The first line is the header. */
export type LineTranslator = (line: string) => Translated;

export const NOTHING: Translated = { events: [], skipped: [] };

/** The reason why a record is not translated. */
export class Unreadable extends Error {}

/** The events of a record, or the reason why it has none. Other errors are not caught. */
export const translateRecord = (line: number, translate: () => readonly ReportedEvent[]): Translated => {
  try {
    return { events: translate(), skipped: [] };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { events: [], skipped: [{ line, reason: error.message }] };
  }
};

const ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** A project, job or flavor id. */
export const readId = (name: string, text: string): string => {
  if (ID.test(text)) return text;
  throw new Unreadable(`${name} ${JSON.stringify(text)} is not an id`);
};

const LABEL = /^[^\p{Cc}\p{Cs}]{1,128}$/u;

/** The labels that have a value. */
export const labelsOf = (values: Readonly<Record<string, string | undefined>>): Labels | undefined => {
  const present = Object.entries(values).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && LABEL.test(entry[1]),
  );
  return present.length > 0 ? Object.fromEntries(present) : undefined;
};

/** Origin of the traces: no earlier time is plausible. */
const EARLIEST_MS = 365 * DAY_MS;
const LATEST_MS = Date.UTC(2100, 0);

export interface Run {
  readonly source: string;
  readonly projectId: string;
  readonly jobId: string;
  /** Distinguishes the runs of a job, at most 64 characters. */
  readonly run: string;
}

/**
 * An event whose id follows from job, run, status and time, so that a record read again gives equal
 * events.
 */
export const eventOf = (
  { source, projectId, jobId, run }: Run,
  status: Status,
  time: number,
  stated: { readonly resources?: ReportedResources; readonly labels?: Labels | undefined } = {},
): ReportedEvent => {
  if (time < EARLIEST_MS || time > LATEST_MS) throw new Unreadable('a time is not between 1971 and 2100');
  const iso = new Date(time).toISOString();
  const { resources, labels } = stated;
  return {
    ...{ specversion: '1.0', type: 'training.job.status', source },
    ...{ id: [jobId, run, status, iso].join('/'), subject: jobId, time: iso },
    data: { projectId, status, ...(resources && { resources }), ...(labels && { labels }) },
  };
};
