import assert from 'node:assert/strict';
import { Refusal } from '../../refusal.ts';
import type { Actor, LoggedAction } from '../../store/action-log.ts';
import type { StatementDraft } from '../../store/statement-drafts.ts';
import type { StatementIndex } from '../../store/statements.ts';
import type { BillingContext } from '../billing-context.ts';
import { freeShardOf } from '../close/shard-lease.ts';
import { logged } from '../log/logged.ts';

/** What a person decides about the draft of a statement. */
export interface Decided {
  readonly projectId: string;
  readonly month: string;
  readonly decision: 'approve' | 'hold';
  /** Of the draft that was read; without it, of the one that is there. */
  readonly digest?: string | undefined;
  /** Required to hold. */
  readonly reason?: string | undefined;
  readonly by: Actor;
}

const STATES = { approve: 'approved', hold: 'held back' } as const;
const ACTIONS = { approve: 'statement.approved', hold: 'statement.held-back' } as const;

const conflict = (message: string, { digest }: Pick<StatementDraft, 'digest'>): Refusal =>
  new Refusal('conflict', message, { members: { digest } });

/** Refuses what cannot be decided: an issued statement, no draft, a void one, or another than was read. */
const refuse = (
  draft: StatementDraft | undefined,
  { statements }: StatementIndex,
  { projectId, month, digest }: Decided,
  lastClosed: string | undefined,
): StatementDraft => {
  const what = `${projectId} for ${month}`;
  const issued = statements.find((statement) => statement.month === month);
  if (issued)
    throw new Refusal('conflict', `the statement of ${what} is issued already, and never changes`, {
      members: { statementId: issued.statementId },
    });
  if (!draft || draft.state === 'withdrawn')
    throw new Refusal(
      'not-found',
      `there is no draft of ${what}: a close makes it, if there is something to bill`,
    );
  assert(draft.state !== 'issued', 'a draft is issued together with the index that names its statement');
  if (lastClosed !== undefined && month <= lastClosed)
    throw conflict(
      `${month} is closed, so the draft of ${what} is void: the next statement has what it is about`,
      draft,
    );
  if (digest !== undefined && digest !== draft.digest)
    throw conflict(
      `the draft of ${what} has changed since it was read: it is ${draft.digest} now, of ${draft.total} ${draft.currency}`,
      draft,
    );
  return draft;
};

const actionOf = (
  context: BillingContext,
  { by, decision, projectId, month, reason }: Decided,
  { total, currency, digest }: StatementDraft,
): LoggedAction => {
  const detail = `${total} ${currency}, ${digest}${reason === undefined ? '' : `: ${reason}`}`;
  return logged(context, by, ACTIONS[decision], { projectId, target: month, detail });
};

/**
 * Approves or holds back a draft, with its entry in the log of actions. It issues nothing: a close
 * does, and is free to at once. The same decision again changes nothing.
 */
export const decide = async (context: BillingContext, decided: Decided): Promise<StatementDraft> => {
  const { store } = context;
  const { projectId, month, decision, reason, by } = decided;
  if (decision === 'hold' && reason === undefined)
    throw new Refusal('invalid', 'say why the statement is held back', {
      errors: [{ pointer: '/reason', detail: 'reason is required to hold a statement' }],
    });
  for (;;) {
    const lastClosed = await store.readLastClosedMonth();
    const read = await store.readDraft(projectId, month);
    // After the draft: where a close has issued it by now, the index names the statement.
    const draft = refuse(read, await store.readStatementIndex(projectId), decided, lastClosed);
    const state = STATES[decision];
    if (draft.state === state && draft.decision?.reason === reason) return draft;
    const next: StatementDraft = {
      ...draft,
      state,
      decision: { by, at: context.now(), ...(reason !== undefined && { reason }) },
      version: draft.version + 1,
    };
    if (!(await store.saveDraft(next, draft, actionOf(context, decided, draft)))) continue;
    await freeShardOf(context, month, projectId);
    return next;
  }
};
