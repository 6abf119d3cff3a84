import { actionPut, type LoggedAction } from './action-log.ts';
import { asRead, fromItem, mapItems, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Put, Table } from './table.ts';

/** When a budget says something, and what it does then. */
export interface Threshold {
  /** A share of the amount in hundredths of a percent, or money in minor units of the currency. */
  readonly at: { readonly basisPoints: number } | { readonly minor: bigint };
  readonly on: 'spent' | 'forecast';
  readonly action: 'notify' | 'stop';
}

/** An amount for each calendar month, of a project or of the jobs with one label. */
export interface Budget {
  readonly projectId: string;
  readonly name: string;
  /** In minor units of the currency. */
  readonly minor: bigint;
  /** Only jobs with it count. */
  readonly label?: { readonly key: string; readonly value: string };
  readonly thresholds: readonly Threshold[];
  /** Which jobs a `stop` is about: the costliest until what remains fits, or all. */
  readonly stops: 'until it fits' | 'all';
  /** Epoch milliseconds. */
  readonly changedAt: number;
  /** It does not count any more, and may be made again. */
  readonly removed?: true;
  /** Number of saves. */
  readonly version: number;
}

/** How a budget stood at a check, for a list of those that are close to their limit. */
export interface BudgetFigures {
  readonly name: string;
  readonly month: string;
  /** The amount, in minor units of the currency as text. */
  readonly minor: string;
  /** Of its jobs up to the check, in minor units as text. */
  readonly spentMinor: string;
  /** The next crossing if nothing changes. Epoch milliseconds. */
  readonly nextCrossingAt?: number;
}

/** When the budgets of a project are to be checked next. */
export interface BudgetCheck {
  readonly projectId: string;
  /** Epoch milliseconds. */
  readonly dueAt: number;
  /** When they were checked last; absent before the first check. Epoch milliseconds. */
  readonly checkedAt?: number;
  /** As of then, of the current month. */
  readonly figures?: readonly BudgetFigures[];
  /** Number of saves. */
  readonly version: number;
}

type StoredBudget = Omit<Budget, 'minor' | 'thresholds'> & { readonly content: string };

/** A text: the table returns small integers as numbers, and amounts are exact. */
const toStored = ({ minor, thresholds, ...budget }: Budget): StoredBudget => ({
  ...budget,
  content: JSON.stringify({ minor, thresholds }, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  ),
});

const toBudget = ({ content, ...budget }: StoredBudget): Budget => ({
  ...budget,
  ...JSON.parse(content, (name, value) => (name === 'minor' ? BigInt(value) : value)),
});

const checkPut = (check: BudgetCheck, read: BudgetCheck | undefined): Put => ({
  item: toItem(keys.budgetCheckKey(check.projectId), check),
  condition: asRead(read),
});

/** Budgets by project, removed ones too, and when they are checked. */
export const createBudgets = (table: Table) => ({
  readBudgets: (projectId: string): Promise<Budget[]> =>
    Array.fromAsync(
      mapItems(table.query(keys.budgetPartition(projectId)), (item) =>
        toBudget(fromItem<StoredBudget>(item)),
      ),
    ),

  async readBudget(projectId: string, name: string): Promise<Budget | undefined> {
    const item = await table.get(keys.budgetKey(projectId, name));
    return item && toBudget(fromItem<StoredBudget>(item));
  },

  /**
   * Saves a budget with its entry in the log, and when its project is checked next: all or none.
   * False if the budget or the check was saved since it was read.
   */
  async saveBudget(
    budget: Budget,
    read: Budget | undefined,
    action: LoggedAction,
    check: { readonly next: BudgetCheck; readonly read: BudgetCheck | undefined },
  ): Promise<boolean> {
    const { written } = await table.putTogether([
      {
        item: toItem(keys.budgetKey(budget.projectId, budget.name), toStored(budget)),
        condition: asRead(read),
      },
      actionPut(action),
      checkPut(check.next, check.read),
    ]);
    return written;
  },

  /** Every project with budgets, and when they are to be checked. */
  budgetChecks: (): AsyncIterable<BudgetCheck> =>
    mapItems(table.query(keys.BUDGET_CHECKS), fromItem<BudgetCheck>),

  /** Whether any project has budgets, or had some that are removed. */
  async hasBudgets(): Promise<boolean> {
    for await (const page of table.query(keys.BUDGET_CHECKS, { limit: 1 })) return page.length > 0;
    return false;
  },

  async readBudgetCheck(projectId: string): Promise<BudgetCheck | undefined> {
    const item = await table.get(keys.budgetCheckKey(projectId));
    return item && fromItem<BudgetCheck>(item);
  },

  /** Saves unless another process has saved since `read`; whether it did. */
  async saveBudgetCheck(check: BudgetCheck, read: BudgetCheck | undefined): Promise<boolean> {
    return (await table.put(checkPut(check, read))).written;
  },
});
