import type { Charge } from '../billing/charges.ts';
import { mapItems, mapPages, type Pages, toItem, withExactAmount } from './items.ts';
import type { ProjectMonth } from './keys.ts';
import * as keys from './keys.ts';
import { type OutgoingEvent, outgoingPut } from './outgoing-events.ts';
import type { Condition, Item, Key, Put, Table } from './table.ts';

/**
 * The facts and tariffs that a charge was derived from. Both numbers only grow, and a charge is
 * never overwritten by one with a lower version (protocol rule 2).
 */
export interface Versions {
  readonly factsSeen: number;
  readonly tariffsSeen: number;
}

/** A charge as stored, with its key and versions. */
export type StoredCharge = Charge & Versions & Key;

/** The charge without key and versions. */
export const chargeOf = ({
  pk: _,
  sk: __,
  factsSeen: ___,
  tariffsSeen: ____,
  ...charge
}: StoredCharge): Charge => charge;

/** A charge within a project's usage month: its job, and its start as ISO 8601. */
export interface ChargeRef {
  readonly jobId: string;
  readonly start: string;
}

/** The limit of a DynamoDB transaction. */
export const CHARGES_TOGETHER = 100;

/** Identity comes from the key, never from attributes. A close reads millions: one copy of each. */
const toStoredCharge =
  ({ projectId, usageMonth }: ProjectMonth) =>
  (item: Item): StoredCharge => {
    const { jobId, start } = keys.chargeRefOf(item.sk);
    const stored: object = { ...item, projectId, usageMonth, jobId, start };
    return withExactAmount(stored) as StoredCharge;
  };

/** Charges by project and usage month. Settle writes them, guarded by {@link Versions}. */
export const createCharges = (table: Table) => ({
  /** A job's charges in one project's usage month, by start. */
  storedCharges: (projectId: string, usageMonth: string, jobId: string): Promise<StoredCharge[]> =>
    Array.fromAsync(
      mapItems(
        table.query(keys.usagePartition(projectId, usageMonth), { prefix: keys.jobCharges(jobId) }),
        toStoredCharge({ projectId, usageMonth }),
      ),
    ),

  /** Pages of a project's charges of one usage month by job and start, from `after` on. */
  chargePages: ({ projectId, usageMonth }: ProjectMonth, after?: ChargeRef): Pages<StoredCharge> =>
    mapPages(
      table.query(keys.usagePartition(projectId, usageMonth), {
        prefix: keys.CHARGES,
        ...(after && { after: `${keys.jobCharges(after.jobId)}${after.start}` }),
      }),
      toStoredCharge({ projectId, usageMonth }),
    ),

  /** A project's charges of one usage month by job and start, of the jobs after `afterJobId`. */
  charges(projectId: string, usageMonth: string, afterJobId?: string): AsyncIterable<Charge> {
    const toStored = toStoredCharge({ projectId, usageMonth });
    const pages = table.query(keys.usagePartition(projectId, usageMonth), {
      prefix: keys.CHARGES,
      ...(afterJobId !== undefined && { after: `${keys.jobCharges(afterJobId)}~` }),
    });
    return mapItems(pages, (item) => chargeOf(toStored(item)));
  },

  /**
   * Writes all, with events that are about them; none if a newer version of a charge or one of the
   * events is stored. At most {@link CHARGES_TOGETHER} in all.
   */
  async writeCharges(
    charges: readonly Charge[],
    versions: Versions,
    events: readonly OutgoingEvent[] = [],
  ): Promise<boolean> {
    const { factsSeen, tariffsSeen } = versions;
    const puts = charges.map(
      (charge): Put => ({
        item: toItem(keys.chargeKey(charge), { ...charge, ...versions }),
        condition: { kind: 'not newer', than: { factsSeen, tariffsSeen } },
      }),
    );
    puts.push(...events.map(outgoingPut));
    const [first, ...others] = puts;
    if (!first) return true;
    // Most settles write one charge; in a transaction it costs twice as much.
    return (await (others.length === 0 ? table.put(first) : table.putTogether(puts))).written;
  },

  /**
   * Writes a charge where the stored one has these versions, or where none is stored if none are
   * given. It needs no other guard: versions that a settle replaces are lower than its own.
   */
  async replaceCharge(charge: Charge, versions: Versions, over: Versions | undefined): Promise<boolean> {
    const condition: Condition = over ? { kind: 'unchanged', from: { ...over } } : { kind: 'absent' };
    const item = toItem(keys.chargeKey(charge), { ...charge, ...versions });
    return (await table.put({ item, condition })).written;
  },
});
