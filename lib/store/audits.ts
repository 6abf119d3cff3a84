import { fromItemThatExpires, mapItems, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Table } from './table.ts';

/** An audit by its id, which sorts by the time it began. */
export interface StoredAudit {
  readonly id: string;
}

export const createAudits = (table: Table) => ({
  /** Saves the progress of an audit until `expiresAt` (epoch seconds). */
  async saveAudit(run: StoredAudit, expiresAt: number): Promise<void> {
    await table.put({ item: toItem(keys.auditKey(run.id), { ...run, expiresAt }) });
  },

  /** The audits that began last, latest first. */
  latestAudits: <Run extends StoredAudit>(limit: number): Promise<Run[]> =>
    Array.fromAsync(mapItems(table.query(keys.AUDITS, { backwards: true, limit }), fromItemThatExpires<Run>)),

  /** Audits that began since a time, oldest first. */
  readAudits: <Run extends StoredAudit>(since: number): Promise<Run[]> =>
    Array.fromAsync(
      mapItems(table.query(keys.AUDITS, { after: new Date(since).toISOString() }), fromItemThatExpires<Run>),
    ),
});
