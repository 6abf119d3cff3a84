import { type Actor, actionPut, type LoggedAction } from './action-log.ts';
import { fromItem, mapItems, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Condition, Put, Table } from './table.ts';

/** A statement that waits for a person. */
export interface StatementDraft {
  readonly projectId: string;
  readonly month: string;
  /** Over what would be issued: its lines, totals and billed charges. */
  readonly digest: string;
  readonly currency: string;
  readonly total: string;
  /** Epoch milliseconds, as all times. */
  readonly preparedAt: number;
  readonly state: 'waits' | 'approved' | 'held back';
  /** By whom, when and why it is approved or held back. */
  readonly decision?: { readonly by: Actor; readonly at: number; readonly reason?: string };
  /** What would be issued, as JSON text, for the differences to a later preview. */
  readonly content: string;
  /** Number of saves. */
  readonly version: number;
}

const versionOf = (read: { readonly version: number } | undefined): Condition =>
  read ? { kind: 'unchanged', attribute: 'version', value: read.version } : { kind: 'absent' };

/** The write that issues an approved draft, to be one of the commit: it must not have changed. */
export const issuedDraftPut = (draft: StatementDraft): Put => ({
  item: toItem(keys.draftKey(draft.projectId, draft.month), { ...draft, version: draft.version + 1 }),
  condition: versionOf(draft),
});

/** Drafts of statements by month and project. They stay when their statement is issued. */
export const createStatementDrafts = (table: Table) => ({
  async readDraft(projectId: string, month: string): Promise<StatementDraft | undefined> {
    const item = await table.get(keys.draftKey(projectId, month));
    return item && fromItem<StatementDraft>(item);
  },

  drafts: (month: string): AsyncIterable<StatementDraft> =>
    mapItems(table.query(keys.draftPartition(month)), fromItem<StatementDraft>),

  /** Saves unless it changed since `read`; a decision with its entry in the log. */
  async saveDraft(
    draft: StatementDraft,
    read: StatementDraft | undefined,
    action?: LoggedAction,
  ): Promise<boolean> {
    const put = {
      item: toItem(keys.draftKey(draft.projectId, draft.month), draft),
      condition: versionOf(read),
    };
    const { written } = action ? await table.putTogether([put, actionPut(action)]) : await table.put(put);
    return written;
  },
});
