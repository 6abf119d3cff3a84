import { createHash } from 'node:crypto';
import { type Actor, actionPut, type LoggedAction } from './action-log.ts';
import { asRead, fromItem, mapItems, toItem } from './items.ts';
import * as keys from './keys.ts';
import { createParts } from './parts.ts';
import type { Put, Table } from './table.ts';

/** By whom, when and why a draft is approved or held back. Epoch milliseconds, as all times. */
export interface DraftDecision {
  readonly by: Actor;
  readonly at: number;
  readonly reason?: string;
}

/** A statement that waits for a person. */
export interface StatementDraft {
  readonly projectId: string;
  readonly month: string;
  /** Over what would be issued: its lines, totals and billed charges. */
  readonly digest: string;
  readonly currency: string;
  readonly total: string;
  readonly preparedAt: number;
  /** `withdrawn`: by now there is nothing to bill. */
  readonly state: 'waits' | 'approved' | 'held back' | 'issued' | 'withdrawn';
  readonly decision?: DraftDecision;
  /** The approved draft that it took the place of: facts arrived, so that was not issued. */
  readonly before?: {
    readonly digest: string;
    readonly total: string;
    readonly decision: DraftDecision;
  };
  /** What would be issued, as JSON text, or the hash of that where it is large: see {@link keptAs}. */
  readonly content: string;
  /** Parts of large content, which are beside the draft. */
  readonly contentParts?: number;
  /** Number of saves. */
  readonly version: number;
}

/** Longer content is compressed, beside the draft. */
const MAX_CONTENT_IN_ITEM = 20_000;

const isLarge = (text: string) => text.length > MAX_CONTENT_IN_ITEM;

/** What a draft says of its content: the content, or the hash of one that is large. */
export const keptAs = (text: string): string =>
  isLarge(text) ? `sha256:${createHash('sha256').update(text).digest('hex')}` : text;

/** The write that issues an approved draft, to be one of the commit: it must not have changed. */
export const issuedDraftPut = (draft: StatementDraft): Put => ({
  item: toItem(keys.draftKey(draft.projectId, draft.month), {
    ...draft,
    state: 'issued',
    version: draft.version + 1,
  }),
  condition: asRead(draft),
});

/** Drafts of statements by month and project. They stay when their statement is issued. */
export const createStatementDrafts = (table: Table) => ({
  async readDraft(projectId: string, month: string): Promise<StatementDraft | undefined> {
    const item = await table.get(keys.draftKey(projectId, month));
    return item && fromItem<StatementDraft>(item);
  },

  drafts: (month: string): AsyncIterable<StatementDraft> =>
    mapItems(table.query(keys.draftPartition(month)), fromItem<StatementDraft>),

  async hasDrafts(month: string): Promise<boolean> {
    for await (const page of table.query(keys.draftPartition(month), { limit: 1 })) return page.length > 0;
    return false;
  },

  /** Keeps the content of a draft that is to be saved, by its hash where it is large. */
  async keepDraftContent(
    { projectId, month }: Pick<StatementDraft, 'projectId' | 'month'>,
    text: string,
  ): Promise<Pick<StatementDraft, 'content' | 'contentParts'>> {
    const content = keptAs(text);
    if (!isLarge(text)) return { content };
    const key = keys.draftContentKey(projectId, month, content);
    return { content, contentParts: await createParts(table).writeRows(key, [{ text }]) };
  },

  /** What would be issued by a draft, as JSON text. */
  async readDraftContent({
    projectId,
    month,
    content,
    contentParts,
  }: Pick<StatementDraft, 'projectId' | 'month' | 'content' | 'contentParts'>): Promise<string> {
    if (contentParts === undefined) return content;
    const key = keys.draftContentKey(projectId, month, content);
    const [row] = await createParts(table).readRows<{ readonly text: string }>(key, contentParts);
    return row?.text ?? '';
  },

  /** Saves unless it changed since `read`; a decision with its entry in the log. */
  async saveDraft(
    draft: StatementDraft,
    read: StatementDraft | undefined,
    action?: LoggedAction,
  ): Promise<boolean> {
    const put = {
      item: toItem(keys.draftKey(draft.projectId, draft.month), draft),
      condition: asRead(read),
    };
    const { written } = action ? await table.putTogether([put, actionPut(action)]) : await table.put(put);
    return written;
  },
});
