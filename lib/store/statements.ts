import type { BilledCharge } from '../billing/billed-charge.ts';
import type { Statement, StatementSummary, StatementSums } from '../billing/statement.ts';
import type { ChargeRef } from './charges.ts';
import { fromItem, mapPages, type Pages, toItem, withExactAmount } from './items.ts';
import type { ProjectMonth } from './keys.ts';
import * as keys from './keys.ts';
import type { Item, Table } from './table.ts';

/** What one statement bills for one charge. */
export interface BilledChargeRecord {
  readonly statementId: string;
  readonly jobId: string;
  readonly usageMonth: string;
  readonly start: number;
  /** Absent where the charge is no longer billed. */
  readonly billed?: BilledCharge;
  /** What the statement before billed; absent the first time. */
  readonly replaces?: BilledCharge;
}

/** A project's committed statements in the order they were committed. */
export interface StatementIndex {
  readonly version: number;
  readonly statements: readonly StatementSummary[];
}

/** An attempt at a project's statement whose invocation ended in order, all its billed charges written: another one may go on with it. */
export interface StatementCheckpoint {
  /** Of this one hand-over: an attempt never stops twice at one place. */
  readonly id: string;
  readonly statementId: string;
  readonly projectId: string;
  readonly month: string;
  /** The version of the head it goes by. */
  readonly indexVersion: number;
  /** What is left to read: of the first usage month what comes after the piece, where given. */
  readonly usageMonths: readonly string[];
  readonly after?: ChargeRef;
  readonly sums: StatementSums;
  readonly leftAt: number;
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

/** Statements, the charges they billed, and the index that says which are committed (protocol rule 6). */
export const createStatements = (table: Table) => ({
  /** Pages of billed charges of all attempts, committed or not, in the order of charges; after a piece's, where given. */
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

  async writeBilledCharges(projectId: string, records: readonly BilledChargeRecord[]): Promise<void> {
    await table.putEach(
      records.map((record) => toItem(keys.billedChargeKey(projectId, record, record.statementId), record)),
    );
  },

  async readStatementIndex(projectId: string): Promise<StatementIndex> {
    const item = await table.get(keys.statementIndexKey(projectId));
    return item ? fromItem<StatementIndex>(item) : { version: 0, statements: [] };
  },

  /** Commits a statement and the head that names it together; false if the head is not the one that was read any more. */
  async commitStatement(statement: Statement, read: StatementIndex): Promise<boolean> {
    const { month, statementId, currency, total, issuedAt } = statement;
    const next: StatementIndex = {
      version: read.version + 1,
      statements: [...read.statements, { month, statementId, currency, total, issuedAt }],
    };
    const { written } = await table.putTogether([
      {
        item: toItem(keys.statementKey(statement.projectId, month), statement),
        condition: { kind: 'absent' },
      },
      {
        item: toItem(keys.statementIndexKey(statement.projectId), next),
        condition:
          read.version === 0
            ? { kind: 'absent' }
            : { kind: 'unchanged', attribute: 'version', value: read.version },
      },
    ]);
    return written;
  },

  /** Leaves an attempt to whoever bills the project next. */
  async saveCheckpoint(checkpoint: StatementCheckpoint): Promise<void> {
    await table.put({ item: toItem(keys.checkpointKey(checkpoint.projectId), checkpoint) });
  },

  /** The attempt that was left, to one taker only, which is remembered until `expiresAt` (epoch seconds). */
  async takeCheckpoint(projectId: string, expiresAt: number): Promise<StatementCheckpoint | undefined> {
    const key = keys.checkpointKey(projectId);
    const item = await table.get(key);
    if (!item) return undefined;
    const checkpoint = fromItem<StatementCheckpoint>(item);
    // A write that was given up may still land: a draft that is gone could come back.
    const { written } = await table.put({
      item: toItem(keys.takenKey(projectId, checkpoint.id), { expiresAt }),
      condition: { kind: 'absent' },
    });
    await table.delete(key, { kind: 'unchanged', attribute: 'id', value: checkpoint.id });
    return written ? checkpoint : undefined;
  },

  async readStatement(projectId: string, month: string): Promise<Statement | undefined> {
    const item = await table.get(keys.statementKey(projectId, month));
    return item && fromItem<Statement>(item);
  },
});
