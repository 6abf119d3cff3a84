import { keptAs, type StatementDraft } from '../../store/statement-drafts.ts';
import type { BillingContext } from '../billing-context.ts';
import { dueView } from '../public-shapes.ts';
import type { DueStatement } from './prepare-statement.ts';

/** What a draft keeps of a statement: all that its reader sees. */
const contentOf = (due: DueStatement): string => JSON.stringify(dueView(due));

/** Whether a statement is the one of the draft, to the last charge and line. */
export const isOfDraft = (due: DueStatement, { digest, content }: StatementDraft): boolean =>
  due.digest === digest && keptAs(contentOf(due)) === content;

/**
 * The draft of a statement, in place of the one that was read: an approval of that is taken back,
 * and kept in `before`.
 */
const renewedDraft = async (
  { store, now }: BillingContext,
  due: DueStatement,
  read: StatementDraft | undefined,
): Promise<StatementDraft> => {
  const { projectId, month, digest, currency, total } = due;
  const before =
    read?.state === 'approved' && read.decision
      ? { digest: read.digest, total: read.total, decision: read.decision }
      : read?.before;
  return {
    ...{ projectId, month, digest, currency, total, preparedAt: now(), state: 'waits' },
    ...(before && { before }),
    ...(await store.keepDraftContent(due, contentOf(due))),
    version: (read?.version ?? 0) + 1,
  };
};

/** Saves the draft of a statement unless it is there; false if the one that was read changed. */
export const keepDraft = async (
  context: BillingContext,
  due: DueStatement,
  read: StatementDraft | undefined,
): Promise<boolean> =>
  read?.state === 'waits' && isOfDraft(due, read)
    ? true
    : context.store.saveDraft(await renewedDraft(context, due, read), read);

/** Withdraws the draft of a statement that has nothing to bill; false if it changed. */
export const withdrawDraft = async (
  context: BillingContext,
  due: DueStatement,
  read: StatementDraft | undefined,
): Promise<boolean> =>
  read === undefined || read.state === 'withdrawn'
    ? true
    : context.store.saveDraft({ ...(await renewedDraft(context, due, read)), state: 'withdrawn' }, read);
