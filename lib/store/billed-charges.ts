import type { BilledCharge } from '../billing/billed-charge.ts';
import type { ChargeRef } from './charges.ts';
import { fromItem, mapItems, mapPages, type Pages, toItem, withExactAmount } from './items.ts';
import type { ProjectMonth } from './keys.ts';
import * as keys from './keys.ts';
import type { Item, Table } from './table.ts';

/** The content that one statement bills for one charge, and the content it replaces. */
export interface BilledChargeRecord {
  readonly statementId: string;
  readonly jobId: string;
  readonly usageMonth: string;
  readonly start: number;
  /** Absent where the charge is no longer billed. */
  readonly billed?: BilledCharge;
  /** The content billed by the statement before; absent the first time. */
  readonly replaces?: BilledCharge;
}

const toBilledChargeRecord =
  (usageMonth: string) =>
  (item: Item): BilledChargeRecord => {
    const record = fromItem<BilledChargeRecord>(item);
    return {
      ...record,
      ...keys.chargeRefOf(item.sk),
      usageMonth,
      ...(record.billed && { billed: withExactAmount({ ...record.billed }) }),
      ...(record.replaces && { replaces: withExactAmount({ ...record.replaces }) }),
    };
  };

/** The charges that statements billed, with the content of each (protocol rule 6). */
export const createBilledCharges = (table: Table) => ({
  /**
   * Pages of billed charges of all attempts, committed or not, by job and start, from `after` on.
   */
  billedChargePages: (
    { projectId, usageMonth }: ProjectMonth,
    after?: ChargeRef,
  ): Pages<BilledChargeRecord> =>
    mapPages(
      table.query(keys.usagePartition(projectId, usageMonth), {
        prefix: keys.BILLED_CHARGES,
        ...(after && { after: `${keys.billedChargesOf(after.jobId, after.start)}~` }),
      }),
      toBilledChargeRecord(usageMonth),
    ),

  /** A job's billed charges of one usage month, of all attempts, by start. */
  jobBilledCharges: ({ projectId, usageMonth }: ProjectMonth, jobId: string): Promise<BilledChargeRecord[]> =>
    Array.fromAsync(
      mapItems(
        table.query(keys.usagePartition(projectId, usageMonth), { prefix: keys.jobBilledCharges(jobId) }),
        toBilledChargeRecord(usageMonth),
      ),
    ),

  async writeBilledCharges(projectId: string, records: readonly BilledChargeRecord[]): Promise<void> {
    await table.putEach(
      records.map((record) => toItem(keys.billedChargeKey(projectId, record, record.statementId), record)),
    );
  },
});
