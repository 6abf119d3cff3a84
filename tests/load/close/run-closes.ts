import { MONTH } from '../../../bench/charge-pages.ts';
import { allWritesOf, type Bill } from '../../../bench/meter.ts';
import { CLOSED_AT } from '../../../bench/write-charges.ts';
import { type BillingContext, openContext } from '../../../lib/operations/billing-context.ts';
import {
  type ClosedMonth,
  type CloseProgress,
  closeMonths,
} from '../../../lib/operations/close/close-months.ts';
import type { Store } from '../../../lib/store/store.ts';
import { type ExpectedStatement, wrongOf } from './expected.ts';

export const SETTINGS = { timeZone: 'UTC', currency: 'EUR', since: MONTH };

/** What an invocation of the close has done and used. */
export interface Invocation {
  readonly statements: number;
  readonly isFinished: boolean;
  readonly seconds: number;
  /** With that of counting units. */
  readonly processorSeconds: number;
  readonly peakMiB: number;
  readonly reads: number;
  readonly writes: number;
}

/** The clock of a close at the moment the month may be closed, `begunAt` of the real one. */
export const closeClock = (begunAt: number) => () => CLOSED_AT + Date.now() - begunAt;

/** Closes the month up to a deadline, as an invocation of the function does. */
export const closeUntil = async (
  store: Store,
  process: Pick<BillingContext, 'now' | 'pause' | 'newId'>,
  deadline: number,
  onProgress: (progress: CloseProgress) => void = () => {},
): Promise<ClosedMonth> => {
  const context = openContext(store, SETTINGS, process);
  const [closed] = await closeMonths(context, { month: MONTH, deadline, shared: true, onProgress });
  return closed ?? { month: MONTH, statements: 0 };
};

/** One invocation after the other until the month is closed. */
export const closeWhole = async (
  invoke: (number: number) => Promise<Invocation>,
): Promise<readonly Invocation[]> => {
  const invocations: Invocation[] = [];
  while (invocations.at(-1)?.isFinished !== true) invocations.push(await invoke(invocations.length + 1));
  return invocations;
};

export const unitsOf = (bill: Bill) => ({ reads: bill.reads, writes: allWritesOf(bill) });

/** What is wrong with the statements of the month, by project. */
export const findWrong = async (
  store: Store,
  expected: ReadonlyMap<string, ExpectedStatement>,
): Promise<readonly string[]> => {
  const wrong: string[] = [];
  for (const [projectId, statement] of expected) {
    const what = wrongOf(await store.readStatement(projectId, MONTH), statement);
    if (what !== undefined) wrong.push(`the statement of ${projectId}: ${what}`);
  }
  return wrong;
};
