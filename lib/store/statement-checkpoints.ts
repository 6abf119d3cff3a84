import type { LineSums } from '../billing/lines.ts';
import type { StatementSums } from '../billing/statement.ts';
import type { ChargeRef } from './charges.ts';
import { fromItem, toItem } from './items.ts';
import * as keys from './keys.ts';
import { createParts, MAX_ROWS_IN_ITEM } from './parts.ts';
import type { Table } from './table.ts';

/** How far the digest of a resumed attempt was computed: over the billed charges up to `after`. */
export interface DigestProgress {
  /** Of the hash, as its library saves it. */
  readonly state: Uint8Array;
  readonly usageMonth: string;
  readonly after: ChargeRef;
}

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
  /** How many records of each committed statement were read of the first one, up to `after`. */
  readonly recordsRead?: Readonly<Record<string, number>>;
  readonly sums: StatementSums;
  /** Present where all is added up, and the digest is under way. */
  readonly digest?: DigestProgress;
  readonly leftAt: number;
}

/** As it is stored: many sums of lines are beside it. */
type CheckpointItem = StatementCheckpoint & { readonly sumParts?: number };

const sumsKey = ({ projectId, id }: StatementCheckpoint) => keys.checkpointSumsKey(projectId, id);

export const createStatementCheckpoints = (table: Table) => ({
  /** Saves an attempt for the next close of the project. */
  async saveCheckpoint(checkpoint: StatementCheckpoint): Promise<void> {
    const { sums, projectId } = checkpoint;
    const stored: CheckpointItem =
      sums.lines.length <= MAX_ROWS_IN_ITEM
        ? checkpoint
        : {
            ...{ ...checkpoint, sums: { ...sums, lines: [] } },
            sumParts: await createParts(table).writeRows(sumsKey(checkpoint), sums.lines),
          };
    await table.put({ item: toItem(keys.checkpointKey(projectId), stored) });
  },

  /** Gives a checkpoint to one caller only. That is stored until `expiresAt` (epoch seconds). */
  async takeCheckpoint(projectId: string, expiresAt: number): Promise<StatementCheckpoint | undefined> {
    const key = keys.checkpointKey(projectId);
    const item = await table.get(key);
    if (!item) return undefined;
    const { sumParts, ...checkpoint } = fromItem<CheckpointItem>(item);
    // A write that timed out may still arrive, and so restore a deleted checkpoint.
    const { written } = await table.put({
      item: toItem(keys.takenKey(projectId, checkpoint.id), { expiresAt }),
      condition: { kind: 'absent' },
    });
    await table.delete(key, { kind: 'unchanged', from: { id: checkpoint.id } });
    if (!written) return undefined;
    if (sumParts === undefined) return checkpoint;
    const lines = await createParts(table).readRows<LineSums>(sumsKey(checkpoint), sumParts);
    return { ...checkpoint, sums: { ...checkpoint.sums, lines } };
  },
});
