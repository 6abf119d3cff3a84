import { MINUTE_MS, SECOND_MS } from '../billing/minutes.ts';
import type { Status } from '../billing/statuses.ts';
import { fitLabels } from './fit-labels.ts';
import { readLocalTime } from './local-time.ts';
import {
  eventOf,
  NOTHING,
  type ReportedEvent,
  readId,
  type Stated,
  type Translated,
  translateRecord,
  Unreadable,
} from './reported-event.ts';
import { readAllocation } from './slurm-resources.ts';
import { timeoutOf } from './timeout.ts';
import { projectOf, type SourceOptions, type Translator } from './translator.ts';

const REQUIRED = ['JobID', 'State', 'Submit', 'Start', 'End', 'AllocTRES'] as const;
const PROJECT = 'Account';

const READ =
  'JobIDRaw,JobID,Submit,Start,End,State,TimelimitRaw,AllocTRES,Account,User,Cluster,Partition,QOS';

/** Prints what is read; steps are left out, and every run of a requeued job is a row. */
const commandFor = (needed: readonly string[]): string => {
  const columns = [...new Set([...READ.split(','), ...needed])];
  return `TZ=UTC sacct -a -X -D -P -S 2026-10-01 -o ${columns.join(',')}`;
};

type Row = Readonly<Record<string, string>>;

const columnsOf = ({ project }: Pick<SourceOptions, 'project'>): readonly string[] => {
  if (project && 'id' in project) return REQUIRED;
  return [...REQUIRED, project?.field ?? PROJECT];
};

/** `-P` separates by `|`; what `--delimiter` may give instead is a control character, like a tab. */
const delimiterOf = (header: string): string => /[|\p{Cc}]/u.exec(header)?.[0] ?? '|';

/** The columns of a header of `sacct -P`; undefined if the line has not those that are needed. */
const readHeader = (line: string, needed: readonly string[]): readonly string[] | undefined => {
  const names = line.split(delimiterOf(line));
  return needed.every((column) => names.includes(column)) ? names : undefined;
};

const withoutReturn = (line: string): string => line.replace(/\r$/, '');

/** Whether a line is the header of `sacct -P` with the columns that are needed. */
export const isSacctHeader = (line: string): boolean =>
  readHeader(withoutReturn(line), columnsOf({})) !== undefined;

/** What a job enters when it ends in a state of Slurm. */
const END: Readonly<Record<string, readonly Status[]>> = {
  COMPLETED: ['DONE'],
  TIMEOUT: ['TIMEOUT', 'INTERRUPTED'],
  DEADLINE: ['TIMEOUT', 'INTERRUPTED'],
  CANCELLED: ['INTERRUPTED'],
  PREEMPTED: ['INTERRUPTED'],
  FAILED: ['FAILED'],
  OUT_OF_MEMORY: ['FAILED'],
  NODE_FAIL: ['ERROR'],
  BOOT_FAIL: ['ERROR'],
  REQUEUED: ['RESTARTING'],
};

/** States without an end. What a suspended job keeps is the site's choice: it counts as running. */
const UNENDED: ReadonlySet<string> = new Set(['PENDING', 'RUNNING', 'SUSPENDED']);

/** `CANCELLED by 1001` and the shortened `CANCELLED+` are CANCELLED. */
const stateOf = ({ State = '' }: Row): string => State.split(' ')[0]?.replace(/\+$/, '') ?? '';

const isMissing = (text: string | undefined): boolean =>
  text === undefined || text === '' || text === 'Unknown' || text === 'None' || text === 'N/A';

/** Whole seconds, or epoch seconds as of `SLURM_TIME_FORMAT=%s`. */
const readTime = (name: string, text: string | undefined, timeZone: string): number | undefined => {
  if (text === undefined || isMissing(text) || text === '0') return undefined;
  return /^\d{9,11}$/.test(text) ? Number(text) * SECOND_MS : readLocalTime(name, text, timeZone);
};

/** Limits that are none of the job. */
const UNLIMITED: ReadonlySet<string> = new Set(['UNLIMITED', 'Partition_Limit']);

/** Seconds of TimelimitRaw, which is in minutes, or else of Timelimit: `[DD-[HH:]]MM:SS`. */
const readTimeLimit = ({ TimelimitRaw, Timelimit }: Row): number | undefined => {
  const text = TimelimitRaw ?? Timelimit;
  if (text === undefined || isMissing(text) || UNLIMITED.has(text)) return undefined;
  if (/^\d{1,9}$/.test(text)) return (Number(text) * MINUTE_MS) / SECOND_MS;
  const parts = /^(?:(\d{1,5})-)?(?:(\d{1,5}):)?(\d{1,5}):(\d\d)$/.exec(text)?.slice(1);
  if (!parts) throw new Unreadable(`the time limit ${JSON.stringify(text)} is not a duration`);
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
};

/** Identity of the job: ids of two clusters are two jobs. */
const identityOf = (row: Row): { readonly source: string; readonly jobId: string } => {
  const { JobID = '', JobIDRaw = JobID, Cluster = '' } = row;
  if (JobID.includes('[')) throw new Unreadable('array tasks that have not started share one row');
  // Under another id with another choice of columns, the task would be billed twice.
  if (/\D/.test(JobIDRaw)) throw new Unreadable(`JobID ${JobIDRaw} needs the column JobIDRaw, a number`);
  if (Cluster === '') return { source: 'urn:slurm', jobId: readId('JobID', JobIDRaw) };
  const jobId = readId('JobID', `${readId('Cluster', Cluster)}:${JobIDRaw}`);
  return { source: `urn:slurm:${Cluster}`, jobId };
};

interface Run {
  readonly submit: number;
  /** Absent if it has not started. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

const runOf = (row: Row, { timeZone }: SourceOptions, hasEnded: boolean): Run => {
  const [submit, start, end] = (['Submit', 'Start', 'End'] as const).map((name) =>
    readTime(name, row[name], timeZone),
  );
  const state = stateOf(row);
  if (submit === undefined) throw new Unreadable('Submit is missing');
  if (!hasEnded && end !== undefined) throw new Unreadable(`a job in state ${state} has an End`);
  if (hasEnded && end === undefined) throw new Unreadable(`a job in state ${state} has no End`);
  if (state === 'COMPLETED' && start === undefined) throw new Unreadable('a completed job has no Start');
  // Slurm gives a job that is cancelled while it waits a Start: when it ended, or was to start.
  const isUnallocated = isMissing(row.AllocTRES);
  if (isUnallocated && start !== undefined && end !== undefined && start >= end && end >= submit)
    return { submit, end };
  if ((start ?? submit) < submit || (end ?? Infinity) < (start ?? submit))
    throw new Unreadable('Submit, Start and End are not in order');
  // A pending job has the Start that the scheduler expects.
  return { submit, end, start: state === 'PENDING' ? undefined : start };
};

/** What is known of a job once it runs. What may still change while it waits is not stated before. */
const statedOf = (row: Row, { labels = {} }: SourceOptions): Stated => {
  const { AllocTRES = '', User, Partition, QOS, Account } = row;
  if (isMissing(AllocTRES)) throw new Unreadable('the job ran, and AllocTRES is empty');
  return {
    resources: readAllocation(AllocTRES),
    labels: fitLabels(labels, { user: User, partition: Partition, qos: QOS, account: Account }),
    timeout: timeoutOf(readTimeLimit(row)),
  };
};

/** An allocation is billed from Start to End. A requeue is a row of its own with a new Submit. */
const rowEvents = (row: Row, options: SourceOptions): ReportedEvent[] => {
  const state = stateOf(row);
  const ends = Object.hasOwn(END, state) ? END[state] : undefined;
  if (!ends && !UNENDED.has(state))
    throw new Unreadable(`State ${JSON.stringify(row.State)} is not translated`);
  const { submit, start, end } = runOf(row, options, ends !== undefined);
  const projectId = projectOf(options, PROJECT, (column) => row[column]);
  const job = { ...identityOf(row), projectId };
  return [
    eventOf(job, 'QUEUED', submit),
    ...(start === undefined ? [] : [eventOf(job, 'RUNNING', start, statedOf(row, options))]),
    ...(ends && end !== undefined ? ends.map((status) => eventOf(job, status, end)) : []),
  ];
};

/** Steps are parts of a job: `4711.batch`. A revoked job ran on another cluster, under its row there. */
const isRun = (row: Row): boolean => !row.JobID?.includes('.') && stateOf(row) !== 'REVOKED';

/** Translates the output of `sacct -P` (`--parsable2`, or `--parsable`), line by line. */
export const createSlurmTranslator = (options: SourceOptions): Translator => {
  const needed = columnsOf(options);
  let names: readonly string[] | undefined;
  let delimiter = '|';
  let isRefused = false;

  const refuse = (position: number): Translated => {
    if (isRefused) return NOTHING;
    isRefused = true;
    const reason = `a header with the columns ${needed.join(', ')} must come first: ${commandFor(needed)}`;
    return { events: [], skipped: [{ line: position, reason }] };
  };

  return {
    next(record, position) {
      if (typeof record !== 'string')
        return translateRecord(position, () => {
          throw new Unreadable('the record is not a line of text');
        });
      const line = withoutReturn(record);
      if (line.trim() === '') return NOTHING;
      // Outputs that were joined have a header each.
      const header = readHeader(line, needed);
      if (header) {
        names = header;
        delimiter = delimiterOf(line);
        return NOTHING;
      }
      if (!names) return refuse(position);
      const columns = names;
      const fields = line.split(delimiter);
      return translateRecord(position, () => {
        if (fields.length !== columns.length)
          throw new Unreadable(`the line has ${fields.length} fields, the header ${columns.length}`);
        const row: Row = Object.fromEntries(columns.map((name, index) => [name, fields[index] ?? '']));
        return isRun(row) ? rowEvents(row, options) : [];
      });
    },
    end: () => NOTHING,
  };
};
