import type { Charge } from '../../lib/billing/charges.ts';
import type { ReportedFact } from '../../lib/billing/facts.ts';
import { jobPartition } from '../../lib/store/keys.ts';
import { createStore } from '../../lib/store/store.ts';
import type { Item, Table } from '../../lib/store/table.ts';
import {
  compareBills,
  compareCharges,
  compareFrozen,
  compareLog,
  type Differences,
} from '../../simulation/compare.ts';
import { itemsOn } from '../../simulation/items-on.ts';
import { statementsOn, walkLogs } from '../../simulation/judge.ts';
import { keyOf } from '../../simulation/observe.ts';

/** What is not as it must be once all is sent, settled and closed. */
export interface Verdict {
  /**
   * Events answered 202 that are not in the log as they were sent, and events that were never sent.
   */
  readonly lostEvents: Differences;
  /** Charges that are not the oracle's. */
  readonly wrongCharges: Differences;
  /**
   * Lines of all statements together whose minutes or cents are not the oracle's, and wrong totals.
   */
  readonly wrongLines: Differences;
  /** Statements that are not what they were when they were first read. */
  readonly changedStatements: Differences;
}

export interface Outcome {
  readonly table: Table;
  readonly sent: readonly ReportedFact[];
  readonly accepted: ReadonlyMap<string, ReportedFact>;
  readonly lastClosedMonth: string;
  /** As they were read right after their close. */
  readonly statements: ReadonlyMap<string, Item>;
}

/** The statements there are, by key. */
export const readStatements = async (table: Table): Promise<Map<string, Item>> =>
  new Map((await itemsOn(table, 'STATEMENT')).map((item) => [keyOf(item), item]));

/** A job at a time: each event is looked for among all of the log it is given. */
const compareLogs = ({ sent, accepted }: Outcome, log: readonly ReportedFact[]): Differences => {
  const logs = Map.groupBy(log, jobPartition);
  const answered = Map.groupBy(accepted, ([, fact]) => jobPartition(fact));
  return [...Map.groupBy(sent, jobPartition)].flatMap(([job, ofJob]) =>
    compareLog(new Map(answered.get(job)), ofJob, logs.get(job) ?? []),
  );
};

/**
 * Compares the table with what was sent and answered, by the oracle of the simulation. Months are
 * those of UTC, amounts are in EUR.
 */
export const check = async (outcome: Outcome): Promise<Verdict> => {
  const { table, sent, lastClosedMonth } = outcome;
  const { log, pieces } = await walkLogs(createStore(table), sent, 'UTC');
  const charges = (await itemsOn(table, 'CHARGE#')).map((item) => item as unknown as Charge);
  return {
    lostEvents: compareLogs(outcome, log),
    wrongCharges: compareCharges(pieces, charges),
    wrongLines: compareBills(pieces, await statementsOn(table), 'EUR', lastClosedMonth),
    changedStatements: compareFrozen(outcome.statements, await readStatements(table)),
  };
};
