import { type Statement, type StatementSummary, summaryOf } from '../billing/statement.ts';
import { fromItem, toItem } from './items.ts';
import * as keys from './keys.ts';
import { type OutgoingEvent, outgoingPut } from './outgoing-events.ts';
import { issuedDraftPut, type StatementDraft } from './statement-drafts.ts';
import type { Table } from './table.ts';

/** A project's committed statements in the order they were committed. */
export interface StatementIndex {
  readonly version: number;
  readonly statements: readonly StatementSummary[];
}

/** Statements, and the index that names the committed ones (protocol rule 6). */
export const createStatements = (table: Table) => ({
  async readStatementIndex(projectId: string): Promise<StatementIndex> {
    const item = await table.get(keys.statementIndexKey(projectId));
    return item ? fromItem<StatementIndex>(item) : { version: 0, statements: [] };
  },

  /**
   * Commits a statement, its index and the events about it together, and the approved draft where
   * there is one; false if the index or the draft changed since it was read.
   */
  async commitStatement(
    statement: Statement,
    read: StatementIndex,
    {
      events = [],
      draft,
    }: { readonly events?: readonly OutgoingEvent[]; readonly draft?: StatementDraft | undefined } = {},
  ): Promise<boolean> {
    const next: StatementIndex = {
      version: read.version + 1,
      statements: [...read.statements, summaryOf(statement)],
    };
    const { written } = await table.putTogether([
      {
        item: toItem(keys.statementKey(statement.projectId, statement.month), statement),
        condition: { kind: 'absent' },
      },
      {
        item: toItem(keys.statementIndexKey(statement.projectId), next),
        condition:
          read.version === 0
            ? { kind: 'absent' }
            : { kind: 'unchanged', attribute: 'version', value: read.version },
      },
      ...events.map(outgoingPut),
      ...(draft ? [issuedDraftPut(draft)] : []),
    ]);
    return written;
  },

  async readStatement(projectId: string, month: string): Promise<Statement | undefined> {
    const item = await table.get(keys.statementKey(projectId, month));
    return item && fromItem<Statement>(item);
  },
});
