import { Refusal } from '../../refusal.ts';
import type { Actor, LoggedAction } from '../../store/action-log.ts';
import type { StatementDraft } from '../../store/statement-drafts.ts';
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

/** Refuses what cannot be decided: no draft, one that is issued or void, or another than was read. */
const refuse = (
  draft: StatementDraft | undefined,
  { projectId, month, digest }: Decided,
  lastClosed: string | undefined,
): StatementDraft => {
  const what = `${projectId} for ${month}`;
  if (!draft || draft.state === 'withdrawn')
    throw new Refusal(
      'not-found',
      `there is no draft of ${what}: a close makes it, if there is something to bill`,
    );
  if (draft.state === 'issued')
    throw conflict(`the statement of ${what} is issued already, and never changes`, draft);
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
  const { projectId, month, decision, reason, by } = decided;
  if (decision === 'hold' && reason === undefined)
    throw new Refusal('invalid', 'say why the statement is held back', {
      errors: [{ pointer: '/reason', detail: 'reason is required to hold a statement' }],
    });
  for (;;) {
    const lastClosed = await context.store.readLastClosedMonth();
    const draft = refuse(await context.store.readDraft(projectId, month), decided, lastClosed);
    const state = STATES[decision];
    if (draft.state === state && draft.decision?.reason === reason) return draft;
    const next: StatementDraft = {
      ...draft,
      state,
      decision: { by, at: context.now(), ...(reason !== undefined && { reason }) },
      version: draft.version + 1,
    };
    if (!(await context.store.saveDraft(next, draft, actionOf(context, decided, draft)))) continue;
    await freeShardOf(context, month, projectId);
    return next;
  }
};
