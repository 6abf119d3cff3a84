import type { StatementSums } from '../billing/statement.ts';
import type { ChargeRef } from './charges.ts';
import { fromItem, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Table } from './table.ts';

/** An attempt at a project's statement to be resumed: all its billed charges so far are written. */
export interface StatementCheckpoint {
  /** Unique: an attempt never stops twice after the same charge. */
  readonly id: string;
  readonly statementId: string;
  readonly projectId: string;
  readonly month: string;
  /** The version of the index of statements that was read. */
  readonly indexVersion: number;
  /** Usage months left to read; of the first one only the charges after `after`. */
  readonly usageMonths: readonly string[];
  readonly after?: ChargeRef;
  readonly sums: StatementSums;
  readonly leftAt: number;
}

export const createStatementCheckpoints = (table: Table) => ({
  /** Saves an attempt for the next close of the project. */
  async saveCheckpoint(checkpoint: StatementCheckpoint): Promise<void> {
    await table.put({ item: toItem(keys.checkpointKey(checkpoint.projectId), checkpoint) });
  },

  /** Gives a checkpoint to one caller only. That is stored until `expiresAt` (epoch seconds). */
  async takeCheckpoint(projectId: string, expiresAt: number): Promise<StatementCheckpoint | undefined> {
    const key = keys.checkpointKey(projectId);
    const item = await table.get(key);
    if (!item) return undefined;
    const checkpoint = fromItem<StatementCheckpoint>(item);
    // A write that timed out may still arrive, and so restore a deleted checkpoint.
    const { written } = await table.put({
      item: toItem(keys.takenKey(projectId, checkpoint.id), { expiresAt }),
      condition: { kind: 'absent' },
    });
    await table.delete(key, { kind: 'unchanged', attribute: 'id', value: checkpoint.id });
    return written ? checkpoint : undefined;
  },
});
