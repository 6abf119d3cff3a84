import { isDeepStrictEqual } from 'node:util';
import { Refusal } from '../../refusal.ts';
import type { BudgetRequest } from '../../shapes/budget.ts';
import type { ActionName } from '../../shapes/operations.ts';
import type { Actor } from '../../store/action-log.ts';
import type { Budget, BudgetCheck } from '../../store/budgets.ts';
import type { BillingContext } from '../billing-context.ts';
import { logged } from '../log/logged.ts';
import { type BudgetContent, budgetText, toBudgetContent } from './budget-content.ts';

/** Budgets that count. */
const MAX_BUDGETS = 20;
/** Removed ones keep their names. */
const MAX_NAMES = 200;
/** Attempts to save while others save the same budget, or mark its project for a check. */
const MAX_ATTEMPTS = 20;

/** Which budget a person changes. */
export interface BudgetChange {
  readonly projectId: string;
  readonly name: string;
  readonly actor: Actor;
  /** Whether the budget that there is, if any, is the one that the person has seen. */
  readonly isExpected?: ((standing: Budget | undefined) => boolean) | undefined;
}

export type SetBudget = 'made' | 'changed' | 'unchanged';

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
const untilSaved = async <Outcome>(attempt: () => Promise<Outcome | false>): Promise<Outcome> => {
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
    const saved = await attempt();
    if (saved) return saved;
  }
  throw new Refusal('unavailable', 'the budget is being changed by others at the same time: try again');
};

/** What a save replaces. The check is read first: then no other budget was saved meanwhile. */
interface Seen {
  readonly check: BudgetCheck | undefined;
  readonly read: Budget | undefined;
}

/**
 * Writes the next version of a budget, its entry in the log and the next check of its project,
 * due at once, together. False if another process has saved one of them since.
 */
const save = async (
  context: BillingContext,
  { projectId, name, actor }: BudgetChange,
  { check, read }: Seen,
  changed: BudgetContent & Pick<Budget, 'removed'>,
  said: { readonly action: ActionName; readonly detail: string },
): Promise<boolean> => {
  const { store } = context;
  const now = context.now();
  // Its time grows with each version, so it tells versions apart.
  const changedAt = Math.max(now, (read?.changedAt ?? 0) + 1);
  const budget: Budget = { projectId, name, ...changed, changedAt, version: (read?.version ?? 0) + 1 };
  const action = logged(context, actor, said.action, { projectId, target: name, detail: said.detail });
  // Written even if it is due already: a check that runs now has not seen the change, and its save
  // must fail.
  const next = { ...check, projectId, dueAt: now, version: (check?.version ?? 0) + 1 };
  return store.saveBudget(budget, read, action, { next, read: check });
};

/** Sets a budget. The same content again writes nothing. */
export const setBudget = async (
  context: BillingContext,
  change: BudgetChange,
  request: BudgetRequest,
): Promise<SetBudget> => {
  const { store, currency } = context;
  const { projectId, name } = change;
  const content = toBudgetContent(request, currency);
  return untilSaved(async () => {
    const check = await store.readBudgetCheck(projectId);
    const budgets = await store.readBudgets(projectId);
    const read = budgets.find((one) => one.name === name);
    const standing = read?.removed ? undefined : read;
    refuseChanged(change, standing);
    if (standing && isDeepStrictEqual(contentOf(standing), content)) return 'unchanged';
    if (!standing) refuseTooMany(budgets, name);
    const before = standing ? `${budgetText(contentOf(standing), currency)} -> ` : '';
    const detail = `${before}${budgetText(content, currency)}`;
    const said = { action: 'budget.changed', detail } as const;
    const isSaved = await save(context, change, { check, read }, content, said);
    return isSaved && (standing ? 'changed' : 'made');
  });
};

/** Removes a budget: from now on it fires nothing. It may be made again under its name. */
export const removeBudget = async (context: BillingContext, change: BudgetChange): Promise<void> => {
  const { projectId, name } = change;
  await untilSaved(async () => {
    const check = await context.store.readBudgetCheck(projectId);
    const read = await context.store.readBudget(projectId, name);
    if (!read || read.removed)
      throw new Refusal('not-found', `the project ${projectId} has no budget ${name}`);
    refuseChanged(change, read);
    const content = contentOf(read);
    const said = { action: 'budget.removed', detail: budgetText(content, context.currency) } as const;
    return save(context, change, { check, read }, { ...content, removed: true }, said);
  });
};
