import type { Line } from '../billing/lines.ts';
import type { Statement, StatementSummary } from '../billing/statement.ts';
import { packRows, unpackRows } from './columns.ts';
import { fromItem, toItem } from './items.ts';
import * as keys from './keys.ts';
import { type OutgoingEvent, outgoingPut } from './outgoing-events.ts';
import { createParts } from './parts.ts';
import { issuedDraftPut, type StatementDraft } from './statement-drafts.ts';
import type { Table } from './table.ts';

/** A project's committed statements in the order they were committed. */
export interface StatementIndex {
  readonly version: number;
  readonly statements: readonly StatementSummary[];
}

/** More lines than this are packed beside the item: in it they would cost more, and beyond 1,000 not fit. */
const MAX_LINES_IN_ITEM = 100;

/** A statement with many lines, as it is stored. */
type StatementItem = Omit<Statement, 'lines'> & { readonly lineParts: number };

/** Writes the lines of a statement that has many, before it is committed. */
const createLines = (table: Table) => {
  const { writeParts, readParts } = createParts(table);
  return {
    async detach(statement: Statement): Promise<Statement | StatementItem> {
      const { lines, ...content } = statement;
      if (lines.length <= MAX_LINES_IN_ITEM) return statement;
      return { ...content, lineParts: await writeParts(keys.statementLinesKey(content), packRows(lines)) };
    },

    async attach(stored: Statement | StatementItem): Promise<Statement> {
      if ('lines' in stored) return stored;
      const { lineParts, ...content } = stored;
      const packed = await readParts(keys.statementLinesKey(content), lineParts);
      return { ...content, lines: unpackRows(packed) as unknown as Line[] };
    },
  };
};

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
    const { month, statementId, currency, total, issuedAt } = statement;
    const next: StatementIndex = {
      version: read.version + 1,
      statements: [...read.statements, { month, statementId, currency, total, issuedAt }],
    };
    const stored = await createLines(table).detach(statement);
    const { written } = await table.putTogether([
      {
        item: toItem(keys.statementKey(statement.projectId, month), stored),
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
    return item && createLines(table).attach(fromItem(item));
  },
});
