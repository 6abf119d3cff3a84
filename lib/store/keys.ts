import { createHash } from 'node:crypto';
import type { EventRef, JobRef } from '../billing/facts.ts';
import type { Key } from './table.ts';

/**
 * Keys of the table. Job and project ids have no `#`, so no id can forge another key; an event's
 * source and id may have any printable character, so they are hashed.
 */

/** Partitions of the changed-month marks of one month. */
export const SHARD_COUNT = 16;

const hashOf = (text: string) => createHash('sha256').update(text);

const isoTime = (time: number) => new Date(time).toISOString();

/** The text of a job in a key. */
const jobText = ({ projectId, jobId }: JobRef) => `${projectId}#${jobId}`;

export const jobPartition = (job: JobRef) => `JOB#${jobText(job)}`;

export const eventKey = (job: JobRef, { source, id }: EventRef): Key => ({
  pk: jobPartition(job),
  sk: `EVENT#${hashOf(JSON.stringify([source, id])).digest('hex')}`,
});

export const cutoffKey = (job: JobRef, month: string): Key => ({
  pk: jobPartition(job),
  sk: `CUT#${month}`,
});

export const usagePartition = (projectId: string, usageMonth: string) => `PROJECT#${projectId}#${usageMonth}`;

/** One usage month of one project. */
export interface ProjectMonth {
  readonly projectId: string;
  readonly usageMonth: string;
}

/** A partition of facts or of charges. */
export type Partition =
  | { readonly kind: 'job'; readonly job: JobRef }
  | { readonly kind: 'usage'; readonly projectMonth: ProjectMonth };

/** The content of a partition by its key; nothing if it has neither facts nor charges. */
export const partitionOf = (partition: string): Partition | undefined => {
  const [kind, projectId, rest] = partition.split('#');
  if (!projectId || !rest) return undefined;
  if (kind === 'JOB') return { kind: 'job', job: { projectId, jobId: rest } };
  if (kind === 'PROJECT') return { kind: 'usage', projectMonth: { projectId, usageMonth: rest } };
  return undefined;
};

export const CHARGES = 'CHARGE#';

/** A charge within a usage month, as in keys. Texts have the order of job ids and starts. */
export const chargeText = (jobId: string, start: string) => `${chargesOfJob(jobId)}${start}`;

export const chargesOfJob = (jobId: string) => `${jobId}#`;

export const chargeTextOf = ({ jobId, start }: { jobId: string; start: number }) =>
  chargeText(jobId, isoTime(start));

export const jobCharges = (jobId: string) => CHARGES + chargesOfJob(jobId);

export const chargeKey = (charge: {
  projectId: string;
  usageMonth: string;
  jobId: string;
  start: number;
}): Key => ({
  pk: usagePartition(charge.projectId, charge.usageMonth),
  sk: CHARGES + chargeTextOf(charge),
});

/**
 * The format of `isoTime`, up to the end of a key part. Every month may have 31 days here, and
 * years before 100 are left out, because `Date.UTC` maps them to 1900 and later.
 */
const ISO_TIME =
  /(?!00)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z(?=#|$)/y;

const twoDigitsAt = (text: string, at: number) =>
  text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 11 * 0x30;

/** The time that `isoTime` wrote, or NaN. A close reads millions: faster than `Date.parse`. */
const timeAt = (text: string, at: number): number => {
  ISO_TIME.lastIndex = at;
  if (!ISO_TIME.test(text)) return Number.NaN;
  const year = twoDigitsAt(text, at) * 100 + twoDigitsAt(text, at + 2);
  const month = twoDigitsAt(text, at + 5);
  const day = twoDigitsAt(text, at + 8);
  const hour = twoDigitsAt(text, at + 11);
  const minute = twoDigitsAt(text, at + 14);
  const second = twoDigitsAt(text, at + 17);
  const ms = twoDigitsAt(text, at + 20) * 10 + Number(text[at + 22]);
  const time = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  return day > 28 && new Date(time).getUTCDate() !== day ? Number.NaN : time;
};

/** Job and start of a charge from its sort key; `start` is NaN if malformed. */
export const chargeRefOf = (sk: string) => {
  const from = sk.indexOf('#') + 1;
  const end = sk.indexOf('#', from);
  if (end === -1) return { jobId: sk.slice(from), start: Number.NaN };
  return { jobId: sk.slice(from, end), start: timeAt(sk, end + 1) };
};

/** Blocks of what a statement billed in a usage month, by the first charge of each. */
export const billedBlocks = (statementId: string) => `BILLED#${statementId}#`;

export const billedBlockKey = (
  { projectId, usageMonth }: ProjectMonth,
  statementId: string,
  first: { jobId: string; start: number },
): Key => ({
  pk: usagePartition(projectId, usageMonth),
  sk: billedBlocks(statementId) + chargeTextOf(first),
});

export const statementKey = (projectId: string, month: string): Key => ({
  pk: usagePartition(projectId, month),
  sk: 'STATEMENT',
});

/** Lines of a statement that has many, of which each part has its own number. */
export const statementLinesKey = (statement: {
  readonly projectId: string;
  readonly month: string;
  readonly statementId: string;
}): Key => ({
  pk: usagePartition(statement.projectId, statement.month),
  sk: `LINES#${statement.statementId}`,
});

export const statementIndexKey = (projectId: string): Key => ({ pk: `PROJECT#${projectId}`, sk: 'HEAD' });

export const checkpointKey = (projectId: string): Key => ({ pk: `PROJECT#${projectId}`, sk: 'DRAFT' });

/** Sums of a checkpoint that has many, in numbered parts. */
export const checkpointSumsKey = (projectId: string, checkpointId: string): Key => ({
  pk: `PROJECT#${projectId}`,
  sk: `SUMS#${checkpointId}`,
});

/** What a comparison with the provider's bill found; not a usage month's partition. */
export const reconciliationKey = (projectId: string, month: string): Key => ({
  pk: `PROJECT#${projectId}`,
  sk: `RECONCILIATION#${month}`,
});

/** Records that a checkpoint was taken, even if a late write restores it. */
export const takenKey = (projectId: string, checkpointId: string): Key => ({
  pk: `PROJECT#${projectId}`,
  sk: `TAKEN#${checkpointId}`,
});

export const shardOf = (projectId: string): number => hashOf(projectId).digest().readUInt32BE() % SHARD_COUNT;

export const changedMonthPartition = (month: string, shard: number) => `DUE#${month}#${shard}`;

export const changedMonthKey = (month: string, projectId: string, usageMonth: string): Key => ({
  pk: changedMonthPartition(month, shardOf(projectId)),
  sk: `${projectId}#${usageMonth}`,
});

/** The large usage months that were read, each with its last snapshot. */
export const SNAPSHOTS = 'SNAPSHOT';
export const snapshotHeadKey = ({ projectId, usageMonth }: ProjectMonth): Key => ({
  pk: SNAPSHOTS,
  sk: `${projectId}#${usageMonth}`,
});

/** What one snapshot holds. */
export const snapshotPartition = ({ projectId, usageMonth }: ProjectMonth, id: string) =>
  `SNAPSHOT#${projectId}#${usageMonth}#${id}`;
export const SNAPSHOT_BLOCKS = 'CHARGES#';
export const snapshotBlockKey = (of: ProjectMonth, id: string, index: number): Key => ({
  pk: snapshotPartition(of, id),
  sk: `${SNAPSHOT_BLOCKS}${String(index).padStart(6, '0')}`,
});
/** Its parts are beside it. */
export const snapshotUsageKey = (of: ProjectMonth, id: string, usageId: string): Key => ({
  pk: snapshotPartition(of, id),
  sk: `USAGE#${usageId}`,
});

export const CLOSED_MONTHS = 'CLOSE';
export const closedMonthKey = (month: string): Key => ({ pk: CLOSED_MONTHS, sk: month });

/** Time of the first close that saw usage. */
export const FIRST_USAGE_KEY: Key = { pk: 'CLOSE#FIRST', sk: 'USAGE' };

export const shardPartition = (month: string) => `CLOSE#${month}`;
export const shardKey = (month: string, shard: number): Key => ({
  pk: shardPartition(month),
  sk: String(shard).padStart(2, '0'),
});

export const PARKED_JOBS = 'PARKED';
export const parkedKey = (job: JobRef): Key => ({ pk: PARKED_JOBS, sk: jobText(job) });

export const AUDITS = 'AUDIT';
export const auditKey = (id: string): Key => ({ pk: AUDITS, sk: id });

export const POLLS = 'POLL';
/** By the provider's id of a project, which has no `#` either. */
export const pollKey = (provider: string): Key => ({ pk: POLLS, sk: provider });

export const inquiryPartition = (month: string) => `POLL#${month}`;
export const inquiryKey = (month: string): Key => ({ pk: inquiryPartition(month), sk: 'INQUIRY' });

/** What events out are about. Those of one topic are delivered in the order of their sequence. */
export type Topic =
  | { readonly kind: 'job'; readonly projectId: string; readonly jobId: string }
  | { readonly kind: 'budget'; readonly projectId: string; readonly name: string }
  | { readonly kind: 'statements'; readonly projectId: string }
  | { readonly kind: 'months' };

const OUTGOING = 'OUT#';

/** The text of a topic in a key. */
export const topicText = (topic: Topic): string => {
  switch (topic.kind) {
    case 'job':
      return `JOB#${jobText(topic)}`;
    case 'budget':
      return `BUDGET#${topic.projectId}#${topic.name}`;
    case 'statements':
      return `STATEMENTS#${topic.projectId}`;
    case 'months':
      return 'MONTHS';
  }
};

/** The topic of a text; nothing if it is none. */
export const topicOf = (text: string): Topic | undefined => {
  const [kind, projectId = '', name = ''] = text.split('#');
  if (kind === 'JOB') return { kind: 'job', projectId, jobId: name };
  if (kind === 'BUDGET') return { kind: 'budget', projectId, name };
  if (kind === 'STATEMENTS') return { kind: 'statements', projectId };
  return kind === 'MONTHS' ? { kind: 'months' } : undefined;
};

export const topicPartition = (topic: Topic) => OUTGOING + topicText(topic);

/** The topic of a partition of events out; nothing if it is another partition. */
export const topicOfPartition = (partition: string): Topic | undefined =>
  partition.startsWith(OUTGOING) ? topicOf(partition.slice(OUTGOING.length)) : undefined;

export const OUTGOING_EVENTS = 'EVENT#';

/** By the id alone: an event is written once (I9). */
export const outgoingEventKey = (topic: Topic, id: string): Key => ({
  pk: topicPartition(topic),
  sk: `${OUTGOING_EVENTS}${hashOf(id).digest('hex')}`,
});

export const DELIVERED = 'DELIVERED#';
export const deliveredKey = (topic: Topic, endpointId: string, id: string): Key => ({
  pk: topicPartition(topic),
  sk: `${DELIVERED}${endpointId}#${hashOf(id).digest('hex')}`,
});

export const ENDPOINTS = 'ENDPOINT';
export const endpointKey = (endpointId: string): Key => ({ pk: ENDPOINTS, sk: endpointId });

export const attemptPartition = (endpointId: string) => `ATTEMPT#${endpointId}`;
export const attemptKey = (endpointId: string, at: number, id: string): Key => ({
  pk: attemptPartition(endpointId),
  sk: `${isoTime(at)}#${hashOf(id).digest('hex')}`,
});

export const FAILING = 'FAILING';
export const failingKey = (endpointId: string, topic: Topic): Key => ({
  pk: FAILING,
  sk: `${endpointId}#${topicText(topic)}`,
});

export const budgetPartition = (projectId: string) => `BUDGET#${projectId}`;
export const budgetKey = (projectId: string, name: string): Key => ({
  pk: budgetPartition(projectId),
  sk: name,
});

/** When the budgets of each project are to be checked next. */
export const BUDGET_CHECKS = 'BUDGET-CHECK';
export const budgetCheckKey = (projectId: string): Key => ({ pk: BUDGET_CHECKS, sk: projectId });

/** Drafts of the statements of a month. */
export const draftPartition = (month: string) => `DRAFT#${month}`;
export const draftKey = (projectId: string, month: string): Key => ({
  pk: draftPartition(month),
  sk: projectId,
});

/** Content of a large draft by its hash, in numbered parts. */
export const draftContentKey = (projectId: string, month: string, hash: string): Key => ({
  pk: `${draftPartition(month)}#${projectId}`,
  sk: hash,
});

/** Actions of people in a month of UTC. */
export const actionPartition = (month: string) => `LOG#${month}`;
export const actionKey = (at: number, id: string): Key => ({
  pk: actionPartition(isoTime(at).slice(0, 7)),
  sk: `${isoTime(at)}#${id}`,
});

export const TARIFFS = 'TARIFF';
/** Revisions are padded so that they sort as numbers. */
export const tariffKey = (effectiveFrom: number, revision: number): Key => ({
  pk: TARIFFS,
  sk: `${isoTime(effectiveFrom)}#${String(revision).padStart(6, '0')}`,
});

export const PUBLICATIONS = 'PUBLICATION';
export const publicationKey = (effectiveFrom: number, revision: number): Key => ({
  pk: PUBLICATIONS,
  sk: tariffKey(effectiveFrom, revision).sk,
});

export const SETTINGS_KEY: Key = { pk: 'SETTINGS', sk: 'SETTINGS' };
