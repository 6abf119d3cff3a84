import type { Labels, Unit } from '../billing/facts.ts';
import { DAY_MS } from '../billing/minutes.ts';
import type { Status } from '../billing/statuses.ts';
import { isId } from '../validation.ts';

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
    /** ISO 8601 duration. */
    readonly timeout?: string;
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

/** The translations of several records as one. */
export const joinTranslated = (translated: readonly Translated[]): Translated => ({
  events: translated.flatMap(({ events }) => events),
  skipped: translated.flatMap(({ skipped }) => skipped),
});

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

/** A project, job or flavor id. */
export const readId = (name: string, text: string): string => {
  if (isId(text)) return text;
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

/** No earlier or later time is plausible. */
const EARLIEST_MS = 365 * DAY_MS;
const LATEST_MS = Date.UTC(2100, 0);

/** A job as its platform identifies it. */
export interface ReportedJob {
  /** CloudEvents source. */
  readonly source: string;
  readonly projectId: string;
  readonly jobId: string;
  /** Distinguishes runs of the job that may begin in the same instant. */
  readonly run?: string;
}

/** What an event states about its job besides the status. */
export interface Stated {
  readonly resources?: ReportedResources | undefined;
  readonly labels?: Labels | undefined;
  /** The longest run that the platform allows, as an ISO 8601 duration. */
  readonly timeout?: string | undefined;
}

/** Epoch milliseconds, or a time as `readInstant` gives it, which keeps what is finer. */
export type Moment = number | string;

/** RFC 3339 in UTC with at least milliseconds: each instant has one text. */
const momentText = (moment: Moment): string => {
  const text = typeof moment === 'string' ? moment : new Date(moment).toISOString();
  const ms = Date.parse(text);
  if (ms < EARLIEST_MS || ms > LATEST_MS) throw new Unreadable('a time is not between 1971 and 2100');
  return text;
};

/**
 * An event whose id follows from status and time. So one history gives the same events however it
 * comes in: by webhook, by polling or from a file, whole or in parts.
 */
export const eventOf = (
  { source, projectId, jobId, run }: ReportedJob,
  status: Status,
  moment: Moment,
  { resources, labels, timeout }: Stated = {},
): ReportedEvent => {
  const time = momentText(moment);
  return {
    ...{ specversion: '1.0', type: 'training.job.status', source },
    ...{ id: `${status}@${time}${run === undefined ? '' : `#${run}`}`, subject: jobId, time },
    data: {
      ...{ projectId, status },
      ...(resources && { resources }),
      ...(labels && { labels }),
      ...(timeout !== undefined && { timeout }),
    },
  };
};
