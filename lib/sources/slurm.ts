import { SECOND_MS } from '../billing/minutes.ts';
import type { Status } from '../billing/statuses.ts';
import { readLocalTime } from './local-time.ts';
import {
  eventOf,
  type LineTranslator,
  labelsOf,
  NOTHING,
  type ReportedEvent,
  type ReportedResources,
  readId,
  translateRecord,
  Unreadable,
} from './reported-event.ts';

export interface SlurmOptions {
  /** CloudEvents source. */
  readonly source: string;
  /** IANA zone of the times: `sacct` prints the local time of its caller, without an offset. */
  readonly timeZone: string;
}

const REQUIRED = ['JobID', 'State', 'Submit', 'Start', 'End', 'AllocTRES', 'Account'] as const;

type Row = Readonly<Record<string, string>>;

/** Whether a line is the header of `sacct -P` with the columns that are needed. */
export const isSacctHeader = (line: string): boolean => {
  const names = line.trim().split('|');
  return REQUIRED.every((column) => names.includes(column));
};

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
const stateOf = (text: string): string => text.split(' ')[0]?.replace(/\+$/, '') ?? '';

const isMissing = (text: string | undefined): boolean =>
  text === undefined || text === '' || text === 'Unknown' || text === 'None' || text === 'N/A';

/** Whole seconds, or epoch seconds as of `SLURM_TIME_FORMAT=%s`. */
const readTime = (name: string, text: string | undefined, timeZone: string): number | undefined => {
  if (text === undefined || isMissing(text) || text === '0') return undefined;
  return /^\d{9,11}$/.test(text) ? Number(text) * SECOND_MS : readLocalTime(name, text, timeZone);
};

/** `cpu=8,gres/gpu:a100=2,gres/gpu=2,mem=64G`: counts by name. */
const readTres = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split(',').map((part): [string, string] => {
      const [, name, value] = /^([^=]+)=([^=]+)$/.exec(part) ?? [];
      if (name === undefined || value === undefined)
        throw new Unreadable(`AllocTRES ${JSON.stringify(text)} is not a list of name=count`);
      return [name, value];
    }),
  );

const readCount = (name: string, text: string | undefined): number => {
  if (text === undefined) return 0;
  if (!/^\d{1,6}$/.test(text)) throw new Unreadable(`AllocTRES has ${name}=${text}, which is not a count`);
  return Number(text);
};

/**
 * The GPUs of an allocation. Typed counts, like `gres/gpu:a100`, are of the same GPUs as
 * `gres/gpu`: they name the model and are never added to it.
 */
const gpusOf = (tres: ReadonlyMap<string, string>): { readonly gpu: number; readonly model: string } => {
  const models = [...tres.keys()]
    .filter((name) => name.startsWith('gres/gpu:'))
    .map((name) => ({ name: name.slice('gres/gpu:'.length), count: readCount(name, tres.get(name)) }))
    .filter(({ count }) => count > 0);
  if (models.length > 1) throw new Unreadable('AllocTRES has GPUs of several models');
  const [typed] = models;
  const gpu = tres.has('gres/gpu') ? readCount('gres/gpu', tres.get('gres/gpu')) : (typed?.count ?? 0);
  return { gpu, model: typed?.count === gpu ? readId('GPU model', typed.name) : 'gpu' };
};

const resourcesOf = (text: string): ReportedResources => {
  if (isMissing(text)) throw new Unreadable('the job ran, and AllocTRES is empty');
  const tres = readTres(text);
  const { gpu, model } = gpusOf(tres);
  const isShare = ['gres/shard', 'gres/mps'].some((name) => readCount(name, tres.get(name)) > 0);
  if (isShare && gpu === 0) throw new Unreadable('AllocTRES has a share of a GPU and no count of GPUs');
  const [cpu, node] = [readCount('cpu', tres.get('cpu')), readCount('node', tres.get('node'))];
  if (gpu + cpu + node === 0) throw new Unreadable('AllocTRES has neither GPUs, CPUs nor nodes');
  const flavor = gpu > 0 ? model : 'cpu';
  return { flavor, ...(gpu > 0 && { gpu }), ...(cpu > 0 && { cpu }), ...(node > 0 && { node }) };
};

/** Identity of the job: ids of two clusters are two jobs. */
const jobIdOf = (row: Row): string => {
  const { JobID = '', JobIDRaw = JobID, Cluster = '' } = row;
  if (JobID.includes('[')) throw new Unreadable('array tasks that have not started share one row');
  return readId('JobID', Cluster === '' ? JobIDRaw : `${Cluster}:${JobIDRaw}`);
};

/**
 * An allocation is billed from Start to End. A requeue is a row of its own with a new Submit.
 * What may still change while a job waits is stated at its start.
 */
const rowEvents = (row: Row, { source, timeZone }: SlurmOptions): ReportedEvent[] => {
  const state = stateOf(row.State ?? '');
  const ends = Object.hasOwn(END, state) ? END[state] : undefined;
  if (!ends && !UNENDED.has(state))
    throw new Unreadable(`State ${JSON.stringify(row.State)} is not translated`);
  const [submit, start, end] = (['Submit', 'Start', 'End'] as const).map((name) =>
    readTime(name, row[name], timeZone),
  );
  if (submit === undefined) throw new Unreadable('Submit is missing');
  if (!ends && end !== undefined) throw new Unreadable(`a job in state ${state} has an End`);
  if (ends && end === undefined) throw new Unreadable(`a job in state ${state} has no End`);
  if (state === 'COMPLETED' && start === undefined) throw new Unreadable('a completed job has no Start');
  if ((start ?? submit) < submit || (end ?? Infinity) < (start ?? submit))
    throw new Unreadable('Submit, Start and End are not in order');

  const job = { source, projectId: readId('Account', row.Account ?? ''), jobId: jobIdOf(row) };
  // A pending job has the Start that the scheduler expects.
  const isStarted = start !== undefined && state !== 'PENDING';
  const stated = () => ({
    resources: resourcesOf(row.AllocTRES ?? ''),
    labels: labelsOf({ user: row.User, partition: row.Partition, qos: row.QOS }),
  });
  return [
    eventOf(job, 'QUEUED', submit),
    ...(isStarted ? [eventOf(job, 'RUNNING', start, stated())] : []),
    ...(ends && end !== undefined ? ends.map((status) => eventOf(job, status, end)) : []),
  ];
};

/** Steps are parts of a job: `4711.batch`. */
const isStep = ({ JobID = '' }: Row): boolean => JobID.includes('.');

/** Translates the output of `sacct -P` (`--parsable2`, or `--parsable`) line by line. */
export const createSlurmTranslator = (options: SlurmOptions): LineTranslator => {
  let number = 0;
  let header: readonly string[] | undefined;
  return (line) => {
    number += 1;
    const fields = line.replace(/\r$/, '').split('|');
    if (!header) {
      header = fields;
      if (isSacctHeader(line)) return NOTHING;
      const reason = `the header does not have the columns ${REQUIRED.join(', ')}`;
      return { events: [], skipped: [{ line: number, reason }] };
    }
    if (line.trim() === '') return NOTHING;
    const names = header;
    return translateRecord(number, () => {
      if (fields.length !== names.length)
        throw new Unreadable(`the line has ${fields.length} fields, the header ${names.length}`);
      const row: Row = Object.fromEntries(names.map((name, index) => [name, fields[index] ?? '']));
      return isStep(row) || stateOf(row.State ?? '') === 'REVOKED' ? [] : rowEvents(row, options);
    });
  };
};
