import type { Cutoff, Fact, JobRef, ReportedFact } from '../billing/facts.ts';
import { actionPut, type LoggedAction } from './action-log.ts';
import { fromItem, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Item, Key, ScanOptions, Table } from './table.ts';

export type RecordOutcome = 'recorded' | 'duplicate' | 'conflict';

/** A partition met by a scan. */
export interface ScannedPartition {
  readonly partition: keys.Partition;
  /**
   * The log of a job: all facts from before the scan, maybe later ones. Empty for a usage month.
   */
  readonly facts: readonly Fact[];
  /** Key of its last item: a scan resumes after it. */
  readonly at: Key;
}

type MemberOf<T> = T extends unknown ? keyof T : never;

/** Every member of a fact, checked to be complete. */
const FACT_MEMBERS: Readonly<Record<MemberOf<Fact> | 'recordedAt', true>> = {
  ...{ kind: true, jobId: true, projectId: true, source: true, id: true, time: true, nanos: true },
  ...{ status: true, resources: true, labels: true, timeoutMs: true },
  ...{ retracts: true, reason: true, month: true, recordedAt: true },
};

/** The attributes that a scan reads beside the keys. */
export const SCANNED_ATTRIBUTES: readonly string[] = Object.keys(FACT_MEMBERS);

/** A job's log, in the order it was recorded, from the items of its partition. */
export const toLog = (items: readonly Item[]): Fact[] =>
  items
    .map(fromItem<Fact & { fingerprint?: string; recordedAt: number }>)
    .sort((a, b) => a.recordedAt - b.recordedAt)
    .map(({ fingerprint: _, recordedAt: __, ...fact }) => fact);

/** The logs of jobs: transitions, retractions and cutoffs. They only grow. */
export const createFacts = (table: Table) => ({
  /**
   * Records an event once; the same identity with other content is a conflict, and is not stored.
   * One of a person is recorded with its entry in the log, under an identity of its own.
   */
  async recordFact(
    fact: ReportedFact,
    fingerprint: string,
    recordedAt: number,
    action?: LoggedAction,
  ): Promise<RecordOutcome> {
    const item = toItem(keys.eventKey(fact, fact), { ...fact, fingerprint, recordedAt });
    if (action) {
      const { written } = await table.putTogether([
        { item, condition: { kind: 'absent' } },
        actionPut(action),
      ]);
      return written ? 'recorded' : 'conflict';
    }
    const outcome = await table.put({ item, condition: { kind: 'absent' } });
    if (outcome.written) return 'recorded';
    return outcome.existing?.fingerprint === fingerprint ? 'duplicate' : 'conflict';
  },

  async recordCutoff(cutoff: Cutoff, recordedAt: number): Promise<void> {
    const item = toItem(keys.cutoffKey(cutoff, cutoff.month), { ...cutoff, recordedAt });
    await table.put({ item, condition: { kind: 'absent' } });
  },

  /** A job's whole log, in the order it was recorded. */
  async readFacts(job: JobRef): Promise<Fact[]> {
    // Events before cutoffs: the settle after a cutoff missed here reads no fewer events.
    const pages = await Array.fromAsync(table.query(keys.jobPartition(job), { backwards: true }));
    return toLog(pages.flat().reverse());
  },

  /** Every job and usage month with an item, each at least once. */
  async *scanPartitions(
    options: Pick<ScanOptions, 'segment' | 'after'> = {},
  ): AsyncIterable<ScannedPartition> {
    let at: Key = { pk: '', sk: '' };
    let partition: keys.Partition | undefined;
    let items: Item[] = [];
    for await (const item of table.scan({ ...options, attributes: SCANNED_ATTRIBUTES })) {
      // Items added since the partition was yielded are only a part of it.
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
});
