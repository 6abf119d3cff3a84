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

const versionsOf = ({ factsSeen, tariffsSeen }: Versions) => ({ factsSeen, tariffsSeen });

/**
 * That a charge is stored as it was read, open if it was open: versions may be equal. Nothing if it is
 * newer than what would replace it.
 */
const asRead = (
  read: (Charge & Versions) | undefined,
  { factsSeen, tariffsSeen }: Versions,
): Condition | undefined => {
  if (!read) return { kind: 'absent' };
  if (read.factsSeen > factsSeen || read.tariffsSeen > tariffsSeen) return undefined;
  return { kind: 'unchanged', from: { kind: read.kind, ...versionsOf(read) } };
};

const isSameCharge = (charge: Charge) => (other: Charge) =>
  other.usageMonth === charge.usageMonth && other.jobId === charge.jobId && other.start === charge.start;

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
   * events is stored. At most {@link CHARGES_TOGETHER} in all. With `over`, what a settle has read,
   * none either unless each charge is stored as it is there, or is in neither.
   */
  async writeCharges(
    charges: readonly Charge[],
    versions: Versions,
    events: readonly OutgoingEvent[] = [],
    over?: readonly (Charge & Versions)[],
  ): Promise<boolean> {
    const puts: Put[] = [];
    for (const charge of charges) {
      const condition = over
        ? asRead(over.find(isSameCharge(charge)), versions)
        : ({ kind: 'not newer', than: versionsOf(versions) } as const);
      if (!condition) return false;
      puts.push({ item: toItem(keys.chargeKey(charge), { ...charge, ...versions }), condition });
    }
    puts.push(...events.map(outgoingPut));
    const [first, ...others] = puts;
    if (!first) return true;
    // Most settles write one charge; in a transaction it costs twice as much.
    return (await (others.length === 0 ? table.put(first) : table.putTogether(puts))).written;
  },
});
