import { STATUSES, type Status } from '../billing/statuses.ts';
import { readLocalTime } from './local-time.ts';
import { ovhJobEvents, reportedJobOf } from './ovh.ts';
import { readInstant } from './read-instant.ts';
import {
  eventOf,
  joinTranslated,
  type ReportedEvent,
  readId,
  type Translated,
  translateRecord,
  Unreadable,
} from './reported-event.ts';
import type { SourceOptions } from './translator.ts';

// What the provider's command line prints of a job, in 2021 and in 2025: for a job that is no longer
// in the API. Times have seconds here and microseconds there, so the two make different events.

interface PrintedJob {
  /** Line of the text, from 1. */
  readonly line: number;
  /** By path in lower case, like `spec/resources/cpu`. */
  readonly fields: Map<string, string>;
  readonly labels: Map<string, string>;
  readonly history: { readonly date: string; readonly state: string }[];
}

const FIELD = /^( *)(\S.*?):(?:\s+(.*))?$/;
const STATE_AND_DATE = /^([A-Z_]+) {2,}(\S.*)$/;
const DATE_AND_STATE = /^(\S.*?) {2,}([A-Z_]+)$/;
const HEADER = /^(date +state|state +date|[- ]+)$/i;

const readHistoryRow = (row: string): PrintedJob['history'][number] => {
  const [, state, date] = STATE_AND_DATE.exec(row) ?? [];
  if (state !== undefined && date !== undefined) return { state, date };
  const [, first = row, second = ''] = DATE_AND_STATE.exec(row) ?? [];
  return { date: first, state: second };
};

/** A name at the left margin that is there already begins another job. */
const readPrintedJobs = (text: string): PrintedJob[] => {
  const jobs: PrintedJob[] = [];
  let path: readonly { readonly indent: number; readonly name: string }[] = [];
  const place = () => path.map(({ name }) => name.toLowerCase()).join('/');
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, spaces = '', name, value = ''] = FIELD.exec(line) ?? [];
    const row = line.trim();
    if (name === undefined) {
      const isRow = place() === 'status/history' && row !== '' && !HEADER.test(row);
      if (isRow) jobs.at(-1)?.history.push(readHistoryRow(row));
      continue;
    }
    const indent = spaces.length;
    path = [...path.filter((part) => part.indent < indent), { indent, name }];
    const key = place();
    if (jobs.length === 0 || (path.length === 1 && jobs.at(-1)?.fields.has(key)))
      jobs.push({ line: index + 1, fields: new Map(), labels: new Map(), history: [] });
    const job = jobs.at(-1);
    if (key.startsWith('spec/labels/')) job?.labels.set(name, value.trim());
    else job?.fields.set(key, value.trim());
  }
  return jobs;
};

/** `2021-04-14 09:30:02.708117 UTC` */
const WITH_ZONE = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,9})?) UTC$/;
/** `19-09-25 14:16:43`: day, month and year of the century. No zone is printed. */
const WITHOUT_ZONE = /^(\d\d)-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)$/;

const timeOf = (name: string, text: string, timeZone: string): string => {
  const [, day, clock] = WITH_ZONE.exec(text) ?? [];
  if (day !== undefined) return `${day}T${clock}Z`;
  const [, date, month, year, time] = WITHOUT_ZONE.exec(text) ?? [];
  if (date === undefined) throw new Unreadable(`${name} ${JSON.stringify(text)} is in no known format`);
  return new Date(readLocalTime(name, `20${year}-${month}-${date} ${time}`, timeZone)).toISOString();
};

const refuse = (): never => {
  throw new Unreadable('there is no Id: this is not what `ovhai job get` prints');
};

/** The job as the API would report it. */
const jobOf = ({ fields, labels, history }: PrintedJob, { timeZone }: SourceOptions) => {
  const text = (key: string) => {
    const value = fields.get(key);
    return value === undefined || value === '' || value === '~' ? undefined : value;
  };
  const count = (key: string) => {
    const value = text(key);
    return value === undefined ? undefined : Number(value);
  };
  if (!fields.has('id')) return refuse();
  return {
    id: text('id'),
    user: text('user'),
    spec: {
      name: text('spec/name') ?? text('name'),
      labels: Object.fromEntries(labels),
      timeout: count('spec/timeout'),
      resources: {
        flavor: text('spec/resources/flavor'),
        gpuModel: text('spec/resources/gpu model'),
        gpu: count('spec/resources/gpu'),
        cpu: count('spec/resources/cpu'),
      },
    },
    status: {
      history: history.map(({ date, state }, index) => ({
        state,
        date: timeOf(`status.history[${index}].date`, date, timeZone),
      })),
    },
  };
};

/**
 * Translates what `ovhai job get` prints, of one job or several. Times without a zone are those of
 * `timeZone`; the dumps that were seen are in UTC.
 */
export const translateOvhaiText = (text: string, options: SourceOptions): Translated => {
  const jobs = readPrintedJobs(text);
  if (jobs.length === 0) return translateRecord(1, refuse);
  return joinTranslated(
    jobs.map((printed) =>
      translateRecord(printed.line, () => ovhJobEvents(jobOf(printed, options), options)),
    ),
  );
};

const isStatus = (text: string): text is Status => (STATUSES as readonly string[]).includes(text);

const STATUS_LINE = /^(\S+) \[ovh\] Job status is now (\S+)/;

/**
 * Translates the status lines of a job's log. They name neither the job nor what it runs on: its
 * time is unrated until an event states that.
 */
export const translateOvhLog = (
  text: string,
  { jobId, ...options }: SourceOptions & { readonly jobId: string },
): Translated => {
  const eventsOf = (line: string): ReportedEvent[] => {
    const [, time, status] = STATUS_LINE.exec(line) ?? [];
    if (time === undefined || status === undefined) return [];
    if (!isStatus(status)) throw new Unreadable(`${JSON.stringify(status)} is not a known state`);
    const job = reportedJobOf({ id: readId('job', jobId), labels: {} }, options);
    return [eventOf(job, status, readInstant('time', time))];
  };
  return joinTranslated(
    text.split(/\r?\n/).map((line, index) => translateRecord(index + 1, () => eventsOf(line))),
  );
};
