import type { Charge, FinalCharge } from '../billing/charges.ts';
import type { Evidence } from '../billing/facts.ts';
import { packBlocks, unpackRows } from './columns.ts';
import { asRead, fromItemThatExpires, mapItems, mapPages, type Pages, toItem } from './items.ts';
import type { ProjectMonth } from './keys.ts';
import * as keys from './keys.ts';
import { createParts } from './parts.ts';
import type { Item, Table } from './table.ts';

/** What a snapshot has from when it is begun. */
interface BegunSnapshot {
  readonly id: string;
  readonly takenAt: number;
  readonly charges: number;
  readonly jobs: number;
  /** The state of the project's statements when it was begun. */
  readonly statements: string;
}

/** A finished copy of the charges of a project's month. Times are epoch milliseconds. */
export interface Snapshot extends BegunSnapshot {
  /** Number of tariffs and revisions that its usage is priced with. */
  readonly tariffsSeen: number;
  readonly usage: SnapshotUsage;
}

/** Where the usage of a snapshot is. */
interface SnapshotUsage {
  /** Of one time that its charges were added up: a late write of another never mixes with it. */
  readonly id: string;
  readonly parts: number;
}

/** A snapshot that is being taken. */
export interface Taking extends BegunSnapshot {
  readonly blocks: number;
  /** The last job that is written whole. */
  readonly afterJobId?: string;
  /** All charges are written: what is left is to add them up. */
  readonly isWhole?: true;
  /** No other invocation takes one before; 0 once it was handed over. */
  readonly leaseUntil: number;
}

/** A large usage month of a project: when it was last read, and its last snapshot. */
export interface SnapshotHead {
  readonly requestedAt: number;
  readonly snapshot?: Snapshot;
  readonly taking?: Taking;
  /** Number of saves. */
  readonly version: number;
}

const timeOnly = ({ time }: Evidence): Evidence => ({ source: '', id: '', time });

/** Ids of events are random, half of a row; reads show those of open, unrated and held charges. */
const withoutEventIds = (charge: FinalCharge): object => {
  const { statedBy: _, ...row } = charge;
  const { endedBy, openedBy, pricePerHour, held } = charge;
  if (endedBy.cause !== 'fact' || pricePerHour === undefined || held) return charge;
  return { ...row, openedBy: timeOnly(openedBy), endedBy: { cause: 'fact', fact: timeOnly(endedBy.fact) } };
};

const toRow = (charge: Charge): object => {
  const { projectId: _, ...row } = charge.kind === 'final' ? (withoutEventIds(charge) as Charge) : charge;
  return row;
};

const unpackBlock =
  ({ projectId }: ProjectMonth) =>
  ({ rows }: Item): Charge[] => {
    const charges = unpackRows(rows as Uint8Array);
    for (const row of charges) {
      row.projectId = projectId;
      if (typeof row.amount === 'string') row.amount = BigInt(row.amount);
    }
    return charges as unknown as Charge[];
  };

/** Copies of the charges of large usage months, for reads alone: what is billed never reads one. */
export const createSnapshots = (table: Table) => ({
  async readSnapshotHead(of: ProjectMonth): Promise<SnapshotHead | undefined> {
    const item = await table.get(keys.snapshotHeadKey(of));
    return item && fromItemThatExpires<SnapshotHead>(item);
  },

  /** Every month with a head, by project and month. */
  snapshotHeads: (): AsyncIterable<{ readonly of: ProjectMonth; readonly head: SnapshotHead }> =>
    mapItems(table.query(keys.SNAPSHOTS), (item) => {
      const [projectId = '', usageMonth = ''] = item.sk.split('#');
      return { of: { projectId, usageMonth }, head: fromItemThatExpires<SnapshotHead>(item) };
    }),

  /** Saves a head until `expiresAt` (epoch seconds); false if it was saved since it was read. */
  async saveSnapshotHead(
    of: ProjectMonth,
    read: SnapshotHead | undefined,
    head: Omit<SnapshotHead, 'version'>,
    expiresAt: number,
  ): Promise<boolean> {
    const version = (read?.version ?? 0) + 1;
    const item = toItem(keys.snapshotHeadKey(of), { ...head, version, expiresAt });
    return (await table.put({ item, condition: asRead(read) })).written;
  },

  /** Writes charges as blocks from number `index` on, and gives the next number. */
  async writeSnapshotCharges(
    of: ProjectMonth,
    id: string,
    index: number,
    charges: readonly Charge[],
    expiresAt: number,
  ): Promise<number> {
    let next = index;
    for (const { packed: rows } of packBlocks(charges.map(toRow))) {
      await table.put({ item: toItem(keys.snapshotBlockKey(of, id, next), { rows, expiresAt }) });
      next += 1;
    }
    return next;
  },

  /**
   * Pages of a snapshot's charges, in the order they were written. Events of a charge that ended, with
   * a price and without held time, have no source and id.
   */
  snapshotCharges: (of: ProjectMonth, id: string): Pages<Charge> => {
    const unpack = unpackBlock(of);
    const blocks = table.query(keys.snapshotPartition(of, id), { prefix: keys.SNAPSHOT_BLOCKS });
    return (async function* () {
      for await (const page of mapPages(blocks, unpack)) yield* page;
    })();
  },

  /** Writes what the charges of a snapshot add up to. */
  async writeSnapshotUsage(
    of: ProjectMonth,
    id: string,
    usageId: string,
    usage: object,
    expiresAt: number,
  ): Promise<SnapshotUsage> {
    const key = keys.snapshotUsageKey(of, id, usageId);
    return { id: usageId, parts: await createParts(table).writeRows(key, [usage], expiresAt) };
  },

  async readSnapshotUsage<Usage>(
    of: ProjectMonth,
    { id, usage }: Pick<Snapshot, 'id' | 'usage'>,
  ): Promise<Usage | undefined> {
    const key = keys.snapshotUsageKey(of, id, usage.id);
    return (await createParts(table).readRows<Usage>(key, usage.parts))[0];
  },
});
