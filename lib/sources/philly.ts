import type { Status } from '../billing/statuses.ts';
import { readLocalTime } from './local-time.ts';
import {
  eventOf,
  labelsOf,
  type ReportedEvent,
  type ReportedResources,
  readId,
  type Skipped,
  type Translated,
  translateRecord,
  Unreadable,
} from './reported-event.ts';

export interface PhillyOptions {
  /** CloudEvents source. */
  readonly source: string;
  /** IANA zone of the times, which have no offset. */
  readonly timeZone: string;
}

type Json = Readonly<Record<string, unknown>>;

const END: Readonly<Record<string, Status>> = { Pass: 'DONE', Killed: 'INTERRUPTED', Failed: 'FAILED' };

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a text begins as a Philly job log does. */
export const isPhillyStart = (text: string): boolean =>
  /^\s*\[/.test(text) && text.includes('"jobid"') && text.includes('"attempts"');

const textOf = (name: string, value: unknown): string => {
  if (typeof value === 'string') return value;
  throw new Unreadable(`${name} is not a text`);
};

const isMissing = (value: unknown) =>
  value === undefined || value === null || value === '' || value === 'None';

const listOf = (name: string, value: unknown): readonly Json[] => {
  if (Array.isArray(value) && value.every(isObject)) return value;
  throw new Unreadable(`${name} is not a list of objects`);
};

/** All GPUs of an attempt. The log names no models and counts no CPUs. */
const resourcesOf = (name: string, detail: readonly Json[]): ReportedResources => {
  const gpus = detail.map(({ gpus }) => (Array.isArray(gpus) ? gpus.length : 0));
  const gpu = gpus.reduce((sum, count) => sum + count, 0);
  if (gpu === 0) throw new Unreadable(`${name} has no GPUs`);
  return { flavor: 'gpu', gpu, node: detail.length };
};

interface Attempt {
  readonly name: string;
  /** Counts from 1, attempts without times included. */
  readonly run: string;
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly detail: readonly Json[];
}

const readAttempts = (job: Json, timeZone: string): Attempt[] =>
  listOf('attempts', job.attempts).map((attempt, index) => {
    const name = `attempt ${index + 1}`;
    const timeOf = (field: 'start_time' | 'end_time') => {
      const label = `${field} of ${name}`;
      const value = attempt[field];
      return isMissing(value) ? undefined : readLocalTime(label, textOf(label, value), timeZone);
    };
    const [start, end] = [timeOf('start_time'), timeOf('end_time')];
    const detail = isMissing(attempt.detail) ? [] : listOf(`detail of ${name}`, attempt.detail);
    return { name, run: String(index + 1), start, end, detail };
  });

const assertInOrder = (submitted: number, attempts: readonly Attempt[]): void => {
  const times = [submitted, ...attempts.flatMap(({ start, end }) => [start, end])].filter(
    (time) => time !== undefined,
  );
  if (times.some((time, index) => time < (times[index - 1] ?? time)))
    throw new Unreadable('submitted_time and the times of the attempts are not in order');
};

/**
 * An attempt is a run on GPUs of its own. One before the last ends in a restart; a last one without
 * an end was still running when the log was taken.
 */
const jobEvents = (
  job: unknown,
  { source, timeZone }: PhillyOptions,
  skip: (reason: string) => void,
): ReportedEvent[] => {
  if (!isObject(job)) throw new Unreadable('the record is not an object');
  const jobId = readId('jobid', textOf('jobid', job.jobid));
  const projectId = readId('vc', textOf('vc', job.vc));
  const status = textOf('status', job.status);
  const final = Object.hasOwn(END, status) ? END[status] : undefined;
  if (!final) throw new Unreadable(`status ${JSON.stringify(status)} is unknown`);
  const submittedText = textOf('submitted_time', job.submitted_time);
  const submitted = readLocalTime('submitted_time', submittedText, timeZone);
  const attempts = readAttempts(job, timeZone);
  assertInOrder(submitted, attempts);

  const labels = labelsOf({ user: isMissing(job.user) ? undefined : textOf('user', job.user) });
  const reported = { source, projectId, jobId };
  const events = [eventOf(reported, 'QUEUED', submitted, { labels })];
  for (const [index, { name, run, start, end, detail }] of attempts.entries()) {
    const isLast = index === attempts.length - 1;
    const ended =
      end === undefined ? [] : [eventOf({ ...reported, run }, isLast ? final : 'RESTARTING', end)];
    const { events: begun, skipped } = translateRecord(0, () => {
      if (start === undefined) throw new Unreadable(`${name} has no start_time`);
      if (end === undefined && !isLast) throw new Unreadable(`${name} has no end_time, and another follows`);
      return [eventOf({ ...reported, run }, 'RUNNING', start, { resources: resourcesOf(name, detail) })];
    });
    for (const { reason } of skipped) skip(reason);
    events.push(...begun, ...ended);
  }
  return events;
};

/** Translates a `cluster_job_log` of the Philly traces: one JSON array of jobs. */
export const translatePhilly = (text: string, options: PhillyOptions): Translated => {
  let jobs: unknown;
  try {
    jobs = JSON.parse(text);
  } catch {
    return { events: [], skipped: [{ line: 1, reason: 'the file is not JSON' }] };
  }
  if (!Array.isArray(jobs))
    return { events: [], skipped: [{ line: 1, reason: 'the file is not a JSON array' }] };
  const events: ReportedEvent[] = [];
  const skipped: Skipped[] = [];
  for (const [index, job] of jobs.entries()) {
    const line = index + 1;
    const skippedAttempts: Skipped[] = [];
    const translated = translateRecord(line, () =>
      jobEvents(job, options, (reason) => skippedAttempts.push({ line, reason })),
    );
    for (const event of translated.events) events.push(event);
    skipped.push(...skippedAttempts, ...translated.skipped);
  }
  return { events, skipped };
};
