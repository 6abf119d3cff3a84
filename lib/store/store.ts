import type { Charge } from '../billing/charges.ts';
import type { Cut, Fact, ReportedFact } from '../billing/facts.ts';
import type { Line, LineSums, Position } from '../billing/statement.ts';
import type { Tariff } from '../billing/tariff.ts';
import type { ProjectMonth } from './keys.ts';
import * as keys from './keys.ts';
import type { Condition, Item, Key, Put, ScanOptions, Table, Value } from './table.ts';

/** What a settle knew when it wrote a charge. Both numbers only grow, and a charge is never overwritten by one who knew less. */
export interface Versions {
  readonly factsSeen: number;
  readonly tariffsSeen: number;
}

/** A charge as it lies in the table: with its key, and with what its writer knew. */
export type StoredCharge = Charge & Versions & Key;

/** The charge alone, to be compared or told. */
export const chargeOf = ({
  pk: _,
  sk: __,
  factsSeen: ___,
  tariffsSeen: ____,
  ...charge
}: StoredCharge): Charge => charge;

/** One thing an audit found that is not as it must be. Ready to be told: times are ISO 8601, amounts are strings. */
export interface Finding {
  readonly kind: 'missing' | 'changed' | 'added' | 'unannounced' | 'statement' | 'unreadable';
  readonly cause: 'not settled' | 'tariff not settled' | 'parked' | 'damaged' | 'no mark';
  readonly projectId?: string;
  readonly usageMonth?: string;
  readonly jobId?: string;
  readonly start?: string;
  /** Of a changed charge only what differs. */
  readonly expected?: { readonly [name: string]: Value };
  readonly found?: { readonly [name: string]: Value };
  readonly healed?: boolean;
  readonly error?: string;
}

/** How far a walk through one segment of the table has come: all partitions up to `after` were visited. */
export interface SegmentProgress {
  readonly done: boolean;
  readonly after?: Key;
}

/** How far an audit has come. One that was cut off goes on from here. */
export interface AuditRun {
  /** Sorts by the time the audit began. */
  readonly id: string;
  readonly startedAt: number;
  readonly finishedAt?: number;
  readonly heals: boolean;
  readonly segments: readonly SegmentProgress[];
  readonly jobs: number;
  readonly usageMonths: number;
  readonly differences: number;
  readonly healed: number;
  /** The first hundred. */
  readonly findings: readonly Finding[];
}

/** A tariff in force whose jobs are not all settled yet. */
export interface Publication extends Pick<Tariff, 'effectiveFrom' | 'revision'> {
  readonly startedAt: number;
  /** Until then a process works on it, as far as is known. */
  readonly leaseUntil: number;
  readonly segments: readonly SegmentProgress[];
  readonly jobsSettled: number;
  readonly jobsParked: number;
}

/** What one statement asks for one piece. */
export interface Stamp {
  readonly statementId: string;
  readonly jobId: string;
  readonly usageMonth: string;
  readonly start: number;
  /** Absent where nothing is asked for the piece any more. */
  readonly position?: Position;
  /** What the statement before had asked; absent the first time. */
  readonly replaces?: Position;
}

/** A piece within a project's usage month: its job and its start as an ISO time. */
export interface PieceRef {
  readonly jobId: string;
  readonly start: string;
}

/** Charges a statement has to tell of without billing them. The first hundred are listed. */
export interface Attention {
  readonly count: number;
  readonly charges: readonly {
    readonly jobId: string;
    readonly usageMonth: string;
    readonly start: number;
    readonly minutes: number;
    readonly flavor?: string;
    readonly heldFrom?: number;
  }[];
}

export interface StatementSummary {
  readonly month: string;
  readonly statementId: string;
  readonly currency: string;
  readonly total: string;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
}

/** The frozen month-end result of one project. */
export interface Statement extends StatementSummary {
  readonly projectId: string;
  readonly timeZone: string;
  readonly lines: readonly Line[];
  readonly included: readonly string[];
  readonly unrated: Attention;
  readonly held: Attention;
  /** Where the billed positions behind the lines are found, oldest first. */
  readonly usageMonths: readonly string[];
  /** Over these positions: none can change unseen. */
  readonly digest: string;
}

/** A project's committed statements in the order they were committed. */
export interface StatementIndex {
  readonly version: number;
  readonly statements: readonly StatementSummary[];
}

/** What a statement that is being added up has come to. */
export interface StatementSums extends Pick<Statement, 'unrated' | 'held' | 'usageMonths'> {
  readonly lines: readonly LineSums[];
}

/** An attempt at a project's statement whose invocation ended in order, all its stamps written: another one may go on with it. */
export interface StatementCheckpoint {
  /** Of this one hand-over: an attempt never stops twice at one place. */
  readonly id: string;
  readonly statementId: string;
  readonly projectId: string;
  readonly month: string;
  /** The version of the head it goes by. */
  readonly headVersion: number;
  /** What is left to read: of the first usage month what comes after the piece, where given. */
  readonly usageMonths: readonly string[];
  readonly after?: PieceRef;
  readonly sums: StatementSums;
  readonly leftAt: number;
}

/** How far the close of a month has come in one shard of its due marks. */
export interface ShardProgress {
  readonly shard: number;
  readonly step: 'settling' | 'billing' | 'done';
  /** Project months while settling, projects while billing. */
  readonly count: number;
  readonly of: number;
  /** All of this step up to it are finished. */
  readonly after?: string | undefined;
  readonly statements: number;
  /** Projects that have to be closed again, with the reason; the first ten. */
  readonly failures: readonly { readonly projectId: string; readonly error: string }[];
  /** Until then an invocation is at it, as far as is known. */
  readonly leaseUntil: number;
  readonly savedAt: number;
  /** How often it was saved. */
  readonly version: number;
}

/** Says that charges of a project month changed. */
export type ChangedMonth = ProjectMonth;

export interface ParkedJob {
  readonly jobId: string;
  readonly parkedAt: number;
  readonly error: string;
}

/** What the table was first used with; it never changes. */
export interface Settings {
  readonly timeZone: string;
  readonly currency: string;
  /** The month of first use. */
  readonly since: string;
}

export type RecordOutcome = 'recorded' | 'duplicate' | 'conflict';

/** A partition met by a scan. */
export interface ScannedPartition {
  readonly partition: keys.Partition;
  /** The log of a job as the scan read it: all facts from before the scan, later ones perhaps. Empty for a usage month. */
  readonly facts: readonly Fact[];
  /** The last item of the partition, where a scan goes on. */
  readonly at: Key;
}

type MemberOf<T> = T extends unknown ? keyof T : never;

/** Every member a fact may have, so that none is left out of a scan. */
const FACT_MEMBERS: Readonly<Record<MemberOf<Fact> | 'recordedAt', true>> = {
  ...{ kind: true, jobId: true, projectId: true, source: true, id: true, time: true, status: true },
  ...{ resources: true, retracts: true, reason: true, month: true, recordedAt: true },
};

/** All that a scan reads of an item beside its keys. */
export const SCANNED_ATTRIBUTES: readonly string[] = Object.keys(FACT_MEMBERS);

/** As many as a transaction of DynamoDB takes. */
export const CHARGES_TOGETHER = 100;

const toItem = (key: Key, content: object): Item => ({ ...(content as Record<string, Value>), ...key });

const fromItem = <T>({ pk: _, sk: __, ...content }: Item): T => content as T;

const fromItemThatExpires = <T>(item: Item): T => {
  const { expiresAt: _, ...content } = item;
  return fromItem<T>(content as Item);
};

/** The items of a job's partition as its log, in the order it was recorded. */
const toLog = (items: readonly Item[]): Fact[] =>
  items
    .map(fromItem<Fact & { fingerprint?: string; recordedAt: number }>)
    .sort((a, b) => a.recordedAt - b.recordedAt)
    .map(({ fingerprint: _, recordedAt: __, ...fact }) => fact);

const publicationItem = (publication: Publication): Item =>
  toItem(keys.publicationKey(publication.effectiveFrom, publication.revision), publication);

const isUnderWay = ({ startedAt }: Publication): Condition => ({
  ...{ kind: 'unchanged', attribute: 'startedAt', value: startedAt },
});

/** DynamoDB gives small integers back as numbers, whatever they were written as. Changes the copy that it is given. */
const withExactAmount = <T extends { amount?: unknown }>(copy: T): T => {
  if (Number.isInteger(copy.amount)) copy.amount = BigInt(copy.amount as number);
  return copy;
};

/** The key says which piece it is, whatever somebody wrote into the item. A close reads millions, so each is copied once, whole. */
const toStoredCharge =
  ({ projectId, usageMonth }: ProjectMonth) =>
  (item: Item): StoredCharge => {
    const { jobId, start } = keys.pieceOf(item.sk);
    const stored: object = { ...item, projectId, usageMonth, jobId, start };
    return withExactAmount(stored) as StoredCharge;
  };

const toStamp =
  (usageMonth: string) =>
  (item: Item): Stamp => {
    const stamp = fromItem<Stamp>(item);
    return {
      ...stamp,
      ...keys.pieceOf(item.sk),
      usageMonth,
      ...(stamp.position && { position: withExactAmount({ ...stamp.position }) }),
      ...(stamp.replaces && { replaces: withExactAmount({ ...stamp.replaces }) }),
    };
  };

type Pages<T> = AsyncIterable<readonly T[]>;

async function* mapPages<From, To>(pages: Pages<From>, convert: (item: From) => To) {
  for await (const page of pages) yield page.map(convert);
}

async function* map<From, To>(pages: Pages<From>, convert: (item: From) => To) {
  for await (const page of pages) for (const item of page) yield convert(item);
}

/** The table in jobmeter's words: facts, charges, stamps, statements. The only place that knows keys and items. */
export const createStore = (table: Table) => ({
  /** Puts an event into its job's log once; the same identity with other content is a conflict and changes nothing. */
  async recordFact(fact: ReportedFact, fingerprint: string, recordedAt: number): Promise<RecordOutcome> {
    const item = toItem(keys.eventKey(fact.jobId, fact), { ...fact, fingerprint, recordedAt });
    const outcome = await table.put({ item, condition: { kind: 'absent' } });
    if (outcome.written) return 'recorded';
    return outcome.existing?.fingerprint === fingerprint ? 'duplicate' : 'conflict';
  },

  async recordCut(cut: Cut, recordedAt: number): Promise<void> {
    const item = toItem(keys.cutKey(cut.jobId, cut.month), { ...cut, recordedAt });
    await table.put({ item, condition: { kind: 'absent' } });
  },

  /** A job's whole log, in the order it was recorded. */
  async readFacts(jobId: string): Promise<Fact[]> {
    // Events before cuts: who has missed a cut has read all events before the close that made it, which so knows no less.
    const pages = await Array.fromAsync(table.query(keys.jobPartition(jobId), { backwards: true }));
    return toLog(pages.flat().reverse());
  },

  /** Every job and every usage month that has an item, each at least once. */
  async *scanPartitions(
    options: Pick<ScanOptions, 'segment' | 'after'> = {},
  ): AsyncIterable<ScannedPartition> {
    let at: Key = { pk: '', sk: '' };
    let partition: keys.Partition | undefined;
    let items: Item[] = [];
    for await (const item of table.scan({ ...options, attributes: SCANNED_ATTRIBUTES })) {
      // What was added to a partition since it was given out is only a part of it.
      if (item.pk === options.after?.pk) continue;
      if (item.pk !== at.pk) {
        if (partition) yield { partition, facts: toLog(items), at };
        partition = keys.partitionOf(item.pk);
        items = [];
      }
      at = { pk: item.pk, sk: item.sk };
      if (partition?.kind === 'job') items.push(item);
    }
    if (partition) yield { partition, facts: toLog(items), at };
  },

  readTariffs: (): Promise<Tariff[]> => Array.fromAsync(map(table.query(keys.TARIFFS), fromItem<Tariff>)),

  /** False if that revision of that instant is there already. Its publication, where given, begins with it. */
  async publishTariff(tariff: Tariff, publication?: Publication): Promise<boolean> {
    const item = toItem(keys.tariffKey(tariff.effectiveFrom, tariff.revision), tariff);
    const put: Put = { item, condition: { kind: 'absent' } };
    if (!publication) return (await table.put(put)).written;
    return (await table.putTogether([put, { item: publicationItem(publication) }])).written;
  },

  /** Begins the publication of a tariff that is there already; false if it is under way. */
  async beginPublication(publication: Publication): Promise<boolean> {
    const item = publicationItem(publication);
    return (await table.put({ item, condition: { kind: 'absent' } })).written;
  },

  /** Publications that are not finished, by the start of their tariffs. */
  readPublications: (): Promise<Publication[]> =>
    Array.fromAsync(map(table.query(keys.PUBLICATIONS), fromItem<Publication>)),

  /** Keeps how far a publication has come; false if it is finished. A save that lands late cannot bring it back. */
  async savePublication(publication: Publication): Promise<boolean> {
    const item = publicationItem(publication);
    return (await table.put({ item, condition: isUnderWay(publication) })).written;
  },

  async finishPublication(publication: Publication): Promise<void> {
    await table.delete(publicationItem(publication), isUnderWay(publication));
  },

  /** A job's charges in one project's usage month by start, with what their writers knew. */
  storedCharges: (projectId: string, usageMonth: string, jobId: string): Promise<StoredCharge[]> =>
    Array.fromAsync(
      map(
        table.query(keys.usagePartition(projectId, usageMonth), { prefix: keys.jobCharges(jobId) }),
        toStoredCharge({ projectId, usageMonth }),
      ),
    ),

  /** Pages of a project's charges of one usage month by job and start, with what their writers knew; after a piece, where given. */
  chargePages: ({ projectId, usageMonth }: ProjectMonth, after?: PieceRef): Pages<StoredCharge> =>
    mapPages(
      table.query(keys.usagePartition(projectId, usageMonth), {
        prefix: keys.CHARGES,
        ...(after && { after: `${keys.jobCharges(after.jobId)}${after.start}` }),
      }),
      toStoredCharge({ projectId, usageMonth }),
    ),

  /** A project's charges of one usage month by job and start; after a job's, where given. */
  charges(projectId: string, usageMonth: string, afterJobId?: string): AsyncIterable<Charge> {
    const toStored = toStoredCharge({ projectId, usageMonth });
    return map(
      table.query(keys.usagePartition(projectId, usageMonth), {
        prefix: keys.CHARGES,
        ...(afterJobId !== undefined && { after: `${keys.jobCharges(afterJobId)}~` }),
      }),
      (item) => chargeOf(toStored(item)),
    );
  },

  /** All of them, at most {@link CHARGES_TOGETHER}; or none, and false, if someone who knew more has written one of them. */
  async writeCharges(charges: readonly Charge[], versions: Versions): Promise<boolean> {
    const { factsSeen, tariffsSeen } = versions;
    const puts = charges.map(
      (charge): Put => ({
        item: toItem(keys.chargeKey(charge), { ...charge, ...versions }),
        condition: { kind: 'not newer', than: { factsSeen, tariffsSeen } },
      }),
    );
    const [first, ...others] = puts;
    if (!first) return true;
    // Most settles write one, and together each costs twice as much.
    return (await (others.length === 0 ? table.put(first) : table.putTogether(puts))).written;
  },

  /** Puts a charge in place of one whose writer claims to have known more than there is: no settle could replace it. */
  async overruleCharge(
    { pk, sk, factsSeen }: StoredCharge,
    charge: Charge,
    versions: Versions,
  ): Promise<void> {
    await table.put({
      item: toItem({ pk, sk }, { ...charge, ...versions }),
      condition: { kind: 'unchanged', attribute: 'factsSeen', value: factsSeen },
    });
  },

  /** Whether the charge lies where a charge of its piece belongs. */
  isInPlace: (stored: StoredCharge): boolean =>
    Number.isFinite(stored.start) && keys.chargeKey(stored).sk === stored.sk,

  /** Takes away what lies among the charges and can be none: no piece has its key. */
  async discardCharge({ pk, sk, factsSeen }: StoredCharge): Promise<void> {
    await table.delete({ pk, sk }, { kind: 'unchanged', attribute: 'factsSeen', value: factsSeen });
  },

  /** Announces that charges of a project's usage month changed; kept until `expiresAt` (epoch seconds). */
  async markChanged(
    month: string,
    { projectId, usageMonth }: ChangedMonth,
    expiresAt: number,
  ): Promise<void> {
    await table.put({
      item: toItem(keys.changedMonthKey(month, projectId, usageMonth), { projectId, usageMonth, expiresAt }),
    });
  },

  /** Marks written in `month`, by project and usage month; after a project's, where given. */
  changedMonths: (month: string, shard: number, afterProjectId?: string): AsyncIterable<ChangedMonth> =>
    map(
      table.query(keys.changedMonthPartition(month, shard), {
        ...(afterProjectId !== undefined && { after: `${afterProjectId}#~` }),
      }),
      fromItem<ChangedMonth>,
    ),

  changedMonthsOf: (month: string, projectId: string): AsyncIterable<ChangedMonth> =>
    map(
      table.query(keys.changedMonthPartition(month, keys.shardOf(projectId)), { prefix: `${projectId}#` }),
      fromItem<ChangedMonth>,
    ),

  /** Pages of stamps of all attempts, committed or not, in the order of charges; after a piece's, where given. */
  stampPages: ({ projectId, usageMonth }: ProjectMonth, after?: PieceRef): Pages<Stamp> =>
    mapPages(
      table.query(keys.usagePartition(projectId, usageMonth), {
        prefix: keys.STAMPS,
        ...(after && { after: `${keys.pieceStamps(after.jobId, after.start)}~` }),
      }),
      toStamp(usageMonth),
    ),

  async putStamps(projectId: string, stamps: readonly Stamp[]): Promise<void> {
    await table.putEach(
      stamps.map((stamp) => toItem(keys.stampKey(projectId, stamp, stamp.statementId), stamp)),
    );
  },

  async readStatementIndex(projectId: string): Promise<StatementIndex> {
    const item = await table.get(keys.statementIndexKey(projectId));
    return item ? fromItem<StatementIndex>(item) : { version: 0, statements: [] };
  },

  /** Commits a statement and the head that names it together; false if the head is not the one that was read any more. */
  async commitStatement(statement: Statement, read: StatementIndex): Promise<boolean> {
    const { month, statementId, currency, total, issuedAt } = statement;
    const head: StatementIndex = {
      version: read.version + 1,
      statements: [...read.statements, { month, statementId, currency, total, issuedAt }],
    };
    const { written } = await table.putTogether([
      {
        item: toItem(keys.statementKey(statement.projectId, month), statement),
        condition: { kind: 'absent' },
      },
      {
        item: toItem(keys.statementIndexKey(statement.projectId), head),
        condition:
          read.version === 0
            ? { kind: 'absent' }
            : { kind: 'unchanged', attribute: 'version', value: read.version },
      },
    ]);
    return written;
  },

  /** Leaves an attempt to whoever bills the project next. */
  async saveCheckpoint(draft: StatementCheckpoint): Promise<void> {
    await table.put({ item: toItem(keys.checkpointKey(draft.projectId), draft) });
  },

  /** The attempt that was left, to one taker only, which is remembered until `expiresAt` (epoch seconds). */
  async takeCheckpoint(projectId: string, expiresAt: number): Promise<StatementCheckpoint | undefined> {
    const key = keys.checkpointKey(projectId);
    const item = await table.get(key);
    if (!item) return undefined;
    const draft = fromItem<StatementCheckpoint>(item);
    // A write that was given up may still land: a draft that is gone could come back.
    const { written } = await table.put({
      item: toItem(keys.takenKey(projectId, draft.id), { expiresAt }),
      condition: { kind: 'absent' },
    });
    await table.delete(key, { kind: 'unchanged', attribute: 'id', value: draft.id });
    return written ? draft : undefined;
  },

  async readStatement(projectId: string, month: string): Promise<Statement | undefined> {
    const item = await table.get(keys.statementKey(projectId, month));
    return item && fromItem<Statement>(item);
  },

  /** Closed months, oldest first. They are closed in order, so every month up to the last one is closed. */
  readClosedMonths: (): Promise<string[]> =>
    Array.fromAsync(map(table.query(keys.CLOSED_MONTHS), ({ sk }) => sk)),

  async closeMonth(month: string, closedAt: number): Promise<void> {
    await table.put({
      item: toItem(keys.closedMonthKey(month), { closedAt }),
      condition: { kind: 'absent' },
    });
  },

  /** When a close first saw usage: the first one that asks. Epoch milliseconds. */
  async firstUsageSeenAt(now: number): Promise<number> {
    const item = toItem(keys.FIRST_USAGE_KEY, { seenAt: now });
    const outcome = await table.put({ item, condition: { kind: 'absent' } });
    if (outcome.written || !outcome.existing) return now;
    return fromItem<{ seenAt: number }>(outcome.existing).seenAt;
  },

  /** How far the close of a month has come, by shard; shards without due marks have nothing to tell. */
  readShards: (month: string): Promise<ShardProgress[]> =>
    Array.fromAsync(map(table.query(keys.shardPartition(month)), fromItemThatExpires<ShardProgress>)),

  /** Keeps how far a close has come until `expiresAt` (epoch seconds). */
  async saveShard(month: string, progress: ShardProgress, expiresAt: number): Promise<void> {
    await table.put({ item: toItem(keys.shardKey(month, progress.shard), { ...progress, expiresAt }) });
  },

  /** The same, but false if someone else has saved it since it was read. */
  async claimShard(
    month: string,
    read: ShardProgress | undefined,
    progress: ShardProgress,
    expiresAt: number,
  ): Promise<boolean> {
    const item = toItem(keys.shardKey(month, progress.shard), { ...progress, expiresAt });
    const condition: Condition = read
      ? { kind: 'unchanged', attribute: 'version', value: read.version }
      : { kind: 'absent' };
    return (await table.put({ item, condition })).written;
  },

  async parkJob(job: ParkedJob): Promise<void> {
    await table.put({ item: toItem(keys.parkedKey(job.jobId), job) });
  },

  async readParkedJob(jobId: string): Promise<ParkedJob | undefined> {
    const item = await table.get(keys.parkedKey(jobId));
    return item && fromItem<ParkedJob>(item);
  },

  parkedJobs: (): AsyncIterable<ParkedJob> => map(table.query(keys.PARKED_JOBS), fromItem<ParkedJob>),

  /** Leaves a job parked that was parked again meanwhile. */
  async unparkJob({ jobId, parkedAt }: ParkedJob): Promise<void> {
    await table.delete(keys.parkedKey(jobId), { kind: 'unchanged', attribute: 'parkedAt', value: parkedAt });
  },

  /** Keeps how far an audit has come, until `expiresAt` (epoch seconds). */
  async saveAudit(run: AuditRun, expiresAt: number): Promise<void> {
    await table.put({ item: toItem(keys.auditKey(run.id), { ...run, expiresAt }) });
  },

  /** Audits by the time they began, those since a time. */
  readAudits: (since: number): Promise<AuditRun[]> =>
    Array.fromAsync(
      map(table.query(keys.AUDITS, { after: new Date(since).toISOString() }), fromItemThatExpires<AuditRun>),
    ),

  async readSettings(): Promise<Settings | undefined> {
    const item = await table.get(keys.SETTINGS_KEY);
    return item && fromItem<Settings>(item);
  },

  /** The settings in force: `settings` on first use, otherwise what was stored then. */
  async agreeOnSettings(settings: Settings): Promise<Settings> {
    const known = await table.get(keys.SETTINGS_KEY);
    if (known) return fromItem<Settings>(known);
    const outcome = await table.put({
      item: toItem(keys.SETTINGS_KEY, settings),
      condition: { kind: 'absent' },
    });
    if (outcome.written) return settings;
    return outcome.existing ? fromItem<Settings>(outcome.existing) : settings;
  },
});

export type Store = ReturnType<typeof createStore>;
