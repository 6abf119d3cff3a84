import type { Line } from '../billing/lines.ts';
import { type Statement, type StatementSummary, summaryOf } from '../billing/statement.ts';
import { asRead, fromItem, toItem } from './items.ts';
import * as keys from './keys.ts';
import { type OutgoingEvent, outgoingPut } from './outgoing-events.ts';
import { createParts, MAX_ROWS_IN_ITEM } from './parts.ts';
import { issuedDraftPut, type StatementDraft } from './statement-drafts.ts';
import type { Table } from './table.ts';

/** A project's committed statements in the order they were committed. */
export interface StatementIndex {
  readonly version: number;
  readonly statements: readonly StatementSummary[];
}

/** As it is stored: many lines are beside it, from before it was committed. */
type StatementItem = Omit<Statement, 'lines'> & (Pick<Statement, 'lines'> | { readonly lineParts: number });

/** Statements, and the index that names the committed ones (protocol rule 6). */
export const createStatements = (table: Table) => ({
  async readStatementIndex(projectId: string): Promise<StatementIndex> {
    const item = await table.get(keys.statementIndexKey(projectId));
    return item ? fromItem<StatementIndex>(item) : { version: 0, statements: [] };
  },

  /**
   * Commits a statement, its index and the events about it together, and the approved draft where
   * there is one; false if the index or the draft changed since it was read. Its id is committed
   * once at most, and never tried with other lines.
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
    const { lines, ...content } = statement;
    const stored: StatementItem =
      lines.length <= MAX_ROWS_IN_ITEM
        ? statement
        : {
            ...content,
            lineParts: await createParts(table).writeRows(keys.statementLinesKey(content), lines),
          };
    const { written } = await table.putTogether([
      {
        item: toItem(keys.statementKey(statement.projectId, statement.month), stored),
        condition: { kind: 'absent' },
      },
      {
        item: toItem(keys.statementIndexKey(statement.projectId), next),
        condition: asRead(read.version === 0 ? undefined : read),
      },
      ...events.map(outgoingPut),
      ...(draft ? [issuedDraftPut(draft)] : []),
    ]);
    return written;
  },

  async readStatement(projectId: string, month: string): Promise<Statement | undefined> {
    const item = await table.get(keys.statementKey(projectId, month));
    const stored = item && fromItem<StatementItem>(item);
    if (!stored || 'lines' in stored) return stored;
    const { lineParts, ...content } = stored;
    const lines = await createParts(table).readRows<Line>(keys.statementLinesKey(content), lineParts);
    return { ...content, lines };
  },
});
