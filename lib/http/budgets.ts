import type { BillingContext } from '../operations/billing-context.ts';
import { readBudgetStates } from '../operations/budgets/budget-states.ts';
import type { BudgetChange } from '../operations/budgets/set-budget.ts';
import type { BudgetState } from '../shapes/budget.ts';
import type { HttpAnswer } from './answers.ts';
import { etagOf, hasContent, isMatched } from './etags.ts';
import type { HttpRequest } from './http-request.ts';
import { notFound } from './parameters.ts';

/** The tag of what a budget is set to: its time changes with each change of it. */
const tagOf = (name: string, changedAt: number): string => etagOf(name, String(changedAt));

/**
 * Whether a write is about what its sender has read: the budget of `if-match`, or none of
 * `if-none-match: *`. Absent without these headers.
 */
export const expectationOf = (request: HttpRequest, name: string): BudgetChange['isExpected'] => {
  const [isNamed, isExcluded] = ['if-match', 'if-none-match'].map((header) => request.headers.has(header));
  if (!isNamed && !isExcluded) return undefined;
  return (standing) => {
    const tag = standing && tagOf(name, standing.changedAt);
    return (!isNamed || isMatched(request, tag)) && !(tag !== undefined && hasContent(request, tag));
  };
};

/** How the budget stands in the current month. */
export const readBudgetState = async (
  context: BillingContext,
  projectId: string,
  name: string,
  now: number,
): Promise<BudgetState> => {
  const states = await readBudgetStates(context, projectId, context.calendar.monthOf(now).id, now);
  const state = states.find((one) => one.name === name);
  if (!state) throw notFound();
  return state;
};

/** The answer with the tag for `if-match`. It is of the settings; the figures change each minute. */
export const withBudgetTag = (answer: HttpAnswer, { name, changedAt }: BudgetState): HttpAnswer => ({
  ...answer,
  headers: { ...answer.headers, etag: tagOf(name, Date.parse(changedAt)) },
});
