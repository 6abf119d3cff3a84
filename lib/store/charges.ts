import type { Charge } from '../billing/charges.ts';
import { mapItems, mapPages, type Pages, toItem, withExactAmount } from './items.ts';
import type { ProjectMonth } from './keys.ts';
import * as keys from './keys.ts';
import type { Item, Key, Put, Table } from './table.ts';

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

/** A charge within a project's usage month: its job, and its start as ISO 8601. */
export interface ChargeRef {
  readonly jobId: string;
  readonly start: string;
}

/** As many as a transaction of DynamoDB takes. */
export const CHARGES_TOGETHER = 100;

/** The key says which piece it is, whatever somebody wrote into the item. A close reads millions, so each is copied once, whole. */
const toStoredCharge =
  ({ projectId, usageMonth }: ProjectMonth) =>
  (item: Item): StoredCharge => {
    const { jobId, start } = keys.chargeRefOf(item.sk);
    const stored: object = { ...item, projectId, usageMonth, jobId, start };
    return withExactAmount(stored) as StoredCharge;
  };

/** Charges by project and usage month. Settle writes them, guarded by {@link Versions}. */
export const createCharges = (table: Table) => ({
  /** A job's charges in one project's usage month by start, with what their writers knew. */
  storedCharges: (projectId: string, usageMonth: string, jobId: string): Promise<StoredCharge[]> =>
    Array.fromAsync(
      mapItems(
        table.query(keys.usagePartition(projectId, usageMonth), { prefix: keys.jobCharges(jobId) }),
        toStoredCharge({ projectId, usageMonth }),
      ),
    ),

  /** Pages of a project's charges of one usage month by job and start, with what their writers knew; after a piece, where given. */
  chargePages: ({ projectId, usageMonth }: ProjectMonth, after?: ChargeRef): Pages<StoredCharge> =>
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
    return mapItems(
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
});
