import { isDeepStrictEqual } from 'node:util';
import { Refusal } from '../../refusal.ts';
import type { BudgetRequest } from '../../shapes/budget.ts';
import type { Actor, LoggedAction } from '../../store/action-log.ts';
import type { Budget } from '../../store/budgets.ts';
import type { BillingContext } from '../billing-context.ts';
import { type BudgetContent, budgetText, toBudgetContent } from './budget-content.ts';

/** Budgets that count. */
const MAX_BUDGETS = 20;
/** Removed ones keep their names. */
const MAX_NAMES = 200;
/** Attempts to save while others save the same budget, or its project is being checked. */
const MAX_ATTEMPTS = 5;

/** Which budget a person changes. */
export interface BudgetChange {
  readonly projectId: string;
  readonly name: string;
  readonly actor: Actor;
  /** Whether the budget that there is, if any, is the one that the person has seen. */
  readonly isExpected?: ((standing: Budget | undefined) => boolean) | undefined;
}

export interface SetBudget {
  readonly outcome: 'made' | 'changed' | 'unchanged';
  readonly budget: Budget;
}

const contentOf = ({ minor, label, thresholds, stops }: Budget): BudgetContent => ({
  minor,
  ...(label && { label }),
  thresholds,
  stops,
});

const refuseChanged = ({ name, isExpected }: BudgetChange, standing: Budget | undefined): void => {
  if (isExpected && !isExpected(standing))
    throw new Refusal('precondition-failed', `the budget ${name} was changed meanwhile: read it again`);
};

const refuseTooMany = (budgets: readonly Budget[], name: string): void => {
  const others = budgets.filter((other) => other.name !== name);
  const tooMany = (detail: string) =>
    new Refusal('invalid', `the budget is one too many: ${detail}`, {
      errors: [{ pointer: 'name', detail }],
    });
  if (others.filter(({ removed }) => !removed).length >= MAX_BUDGETS)
    throw tooMany(`a project has at most ${MAX_BUDGETS} budgets; remove one first`);
  if (others.length >= MAX_NAMES) throw tooMany('use the name of a budget that was removed');
};

/** Repeats what reads and then saves until its save is not overtaken. */
const untilSaved = async <Saved>(attempt: () => Promise<Saved | undefined>): Promise<Saved> => {
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
    const saved = await attempt();
    if (saved) return saved;
  }
  throw new Refusal('unavailable', 'the budget is being changed by others at the same time: try again');
};

/** The next version of a budget. Its time grows with each, so it tells versions apart. */
const nextOf = (read: Budget | undefined, now: number): Pick<Budget, 'changedAt' | 'version'> => ({
  changedAt: Math.max(now, (read?.changedAt ?? 0) + 1),
  version: (read?.version ?? 0) + 1,
});

const actionOf = (
  context: BillingContext,
  { projectId, name, actor }: BudgetChange,
  said: Pick<LoggedAction, 'action' | 'detail'>,
): LoggedAction => ({
  ...{ id: context.newId(), at: context.now(), by: actor, projectId, target: name },
  ...said,
});

/**
 * Sets a budget. The budget, its entry in the log and the next check of its project, due at once,
 * are written together. The same content again writes nothing.
 */
export const setBudget = async (
  context: BillingContext,
  change: BudgetChange,
  request: BudgetRequest,
): Promise<SetBudget> => {
  const { store, currency } = context;
  const { projectId, name } = change;
  const content = toBudgetContent(request, currency);
  return untilSaved(async () => {
    const budgets = await store.readBudgets(projectId);
    const read = budgets.find((one) => one.name === name);
    const standing = read?.removed ? undefined : read;
    refuseChanged(change, standing);
    if (standing && isDeepStrictEqual(contentOf(standing), content))
      return { outcome: 'unchanged', budget: standing };
    if (!standing) refuseTooMany(budgets, name);

    const now = context.now();
    const budget: Budget = { projectId, name, ...content, ...nextOf(read, now) };
    const before = standing ? `${budgetText(contentOf(standing), currency)} -> ` : '';
    const detail = `${before}${budgetText(content, currency)}`;
    const check = await store.readBudgetCheck(projectId);
    // Written even if it is due already: a check that runs now has not seen the budget, and its
    // save must fail.
    const due = { projectId, dueAt: now, version: (check?.version ?? 0) + 1 };
    const action = actionOf(context, change, { action: 'budget.changed', detail });
    const isSaved = await store.saveBudget(budget, read, action, { next: due, read: check });
    return isSaved ? { outcome: standing ? 'changed' : 'made', budget } : undefined;
  });
};

/** Removes a budget: from now on it fires nothing. It may be made again under its name. */
export const removeBudget = async (context: BillingContext, change: BudgetChange): Promise<Budget> => {
  const { store, currency } = context;
  const { projectId, name } = change;
  return untilSaved(async () => {
    const read = await store.readBudget(projectId, name);
    if (!read || read.removed)
      throw new Refusal('not-found', `the project ${projectId} has no budget ${name}`);
    refuseChanged(change, read);
    const budget: Budget = { ...read, ...nextOf(read, context.now()), removed: true };
    const detail = budgetText(contentOf(read), currency);
    const action = actionOf(context, change, { action: 'budget.removed', detail });
    return (await store.saveBudget(budget, read, action)) ? budget : undefined;
  });
};
