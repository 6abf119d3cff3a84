import { DAY_MS } from '../../billing/minutes.ts';
import type { StatementDraft } from '../../store/statement-drafts.ts';
import type { StatementIndex } from '../../store/statements.ts';
import type { BillingContext } from '../billing-context.ts';
import { statementIssued } from '../outgoing/statement-events.ts';
import { isOfDraft, keepDraft, withdrawDraft } from './draft-statement.ts';
import {
  type Attempt,
  beginAttempt,
  NO_RECORDS,
  type PrepareOptions,
  prepareStatement,
} from './prepare-statement.ts';
import { readDigest } from './read-digest.ts';
import { createRecordWriter } from './record-writer.ts';
import { hasContent } from './statement-totals.ts';

/**
 * Whether a close issues statements by itself, or once a person has approved each. A month that has
 * drafts must be closed with `approve`: else none is looked for.
 */
export type Issue = 'at once' | 'approve';

/** Retention of the record that a checkpoint was taken: far longer than a write can be delayed. */
const TAKEN_RETENTION_MS = 90 * DAY_MS;

const hasStatementFor = ({ statements }: StatementIndex, month: string): boolean =>
  statements.some((statement) => statement.month === month);

export interface BillOptions extends PrepareOptions {
  /** A checkpoint since then is resumed; without it none is looked for. */
  readonly resumeSince?: number;
  readonly issue?: Issue;
}

export type Billed =
  | 'issued'
  | 'issued before'
  | 'nothing to bill'
  | 'checkpointed'
  /** Its draft waits for a person. */
  | 'waits'
  | 'held back';

/** One attempt, from the index and the draft that were read. */
interface Reading {
  readonly statementIndex: StatementIndex;
  readonly draft: StatementDraft | undefined;
}

/**
 * Keeps what would be issued as a draft, unless one is held back. Records nothing; `changed` if
 * another draft was saved.
 */
const draftStatement = async (
  context: BillingContext,
  { statementIndex, draft }: Reading,
  attempt: Attempt,
  options: PrepareOptions,
): Promise<Billed | 'changed'> => {
  const prepared = await prepareStatement(context, statementIndex, attempt, NO_RECORDS, options);
  if (prepared === 'changed') return 'changed';
  // Without records there is nothing to resume.
  if ('checkpoint' in prepared) return 'checkpointed';
  if (draft?.state === 'held back') return 'held back';
  const { due } = prepared;
  if (!hasContent(due)) return (await withdrawDraft(context, due, draft)) ? 'nothing to bill' : 'changed';
  return (await keepDraft(context, due, draft)) ? 'waits' : 'changed';
};

/**
 * Records what is billed, then commits. What is not as it was approved is a draft again, and what has
 * a draft is issued by approval only.
 */
const issueStatement = async (
  context: BillingContext,
  { statementIndex, draft }: Reading,
  attempt: Attempt,
  options: PrepareOptions,
): Promise<Billed | 'changed' | 'needs approval'> => {
  const { store } = context;
  const { statementId } = attempt;
  const sink = createRecordWriter(store, attempt);
  const prepared = await prepareStatement(context, statementIndex, attempt, sink, options);
  if (prepared === 'changed') return 'changed';
  if ('checkpoint' in prepared) {
    await store.saveCheckpoint(prepared.checkpoint);
    return 'checkpointed';
  }
  const { due } = prepared;
  if (!hasContent(due)) return (await withdrawDraft(context, due, draft)) ? 'nothing to bill' : 'changed';
  if (draft && !isOfDraft(due, draft)) return (await keepDraft(context, due, draft)) ? 'waits' : 'changed';
  // A close that needs approval may have made one since this one began.
  if (!draft && (await store.readDraft(due.projectId, due.month))) return 'needs approval';
  const { by, at } = draft?.decision ?? {};
  const approvedBy = by && at !== undefined && { approvedBy: { ...by, at } };
  const statement = { ...due, statementId, issuedAt: context.now(), ...approvedBy };
  const events = [statementIssued(statement, statementIndex)];
  return (await store.commitStatement(statement, statementIndex, { events, draft })) ? 'issued' : 'changed';
};

/**
 * Issues a project's statement for `month` exactly once. Statement and index are committed
 * together, conditional on the index that was read; the loser starts again with a fresh id
 * (protocol rule 6). Where it needs approval, the approved draft is in the same transaction, and
 * only its very content is committed. At the deadline the attempt is saved as a checkpoint, after
 * all its writes, for one invocation to resume. Any other end means a fresh id: a write of the dead
 * attempt may still arrive.
 */
export const billProject = async (
  context: BillingContext,
  projectId: string,
  month: string,
  { issue = 'at once', resumeSince, ...options }: BillOptions = {},
): Promise<Billed> => {
  const { store } = context;
  let needsApproval = issue === 'approve';
  const takenUntil = Math.ceil((context.now() + TAKEN_RETENTION_MS) / 1000);
  let checkpoint = resumeSince === undefined ? undefined : await store.takeCheckpoint(projectId, takenUntil);
  for (;;) {
    // Before the index: where another close has issued the draft by now, the index names the statement.
    const draft = needsApproval ? await store.readDraft(projectId, month) : undefined;
    const statementIndex = await store.readStatementIndex(projectId);
    if (hasStatementFor(statementIndex, month)) return 'issued before';
    const mayIssue = draft ? draft.state === 'approved' : !needsApproval;
    // A draft is of no records: there is nothing to resume.
    const isResumable =
      mayIssue &&
      checkpoint &&
      checkpoint.leftAt >= (resumeSince ?? Infinity) &&
      checkpoint.month === month &&
      checkpoint.indexVersion === statementIndex.version;
    const attempt: Attempt =
      checkpoint && isResumable ? checkpoint : await beginAttempt(context, context.newId(), projectId, month);
    checkpoint = undefined;
    const work = mayIssue ? issueStatement : draftStatement;
    const billed = await work(context, { statementIndex, draft }, attempt, { ...options, readDigest });
    needsApproval ||= billed === 'needs approval';
    if (billed !== 'changed' && billed !== 'needs approval') return billed;
    if (
      (await store.readStatement(projectId, month)) &&
      !hasStatementFor(await store.readStatementIndex(projectId), month)
    )
      throw new Error(`the index of ${projectId} does not name its statement of ${month}: it is damaged`);
  }
};
