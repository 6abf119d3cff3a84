import { createActionLog } from './action-log.ts';
import { createAudits } from './audits.ts';
import { createBilledCharges } from './billed-charges.ts';
import { createBudgets } from './budgets.ts';
import { createChangedMonths } from './changed-months.ts';
import { createChargeRepair } from './charge-repair.ts';
import { createCharges } from './charges.ts';
import { createCloseProgress } from './close-progress.ts';
import { createEndpoints } from './endpoints.ts';
import { createFacts } from './facts.ts';
import { createOutgoingEvents } from './outgoing-events.ts';
import { createParkedJobs } from './parked-jobs.ts';
import { createPolls } from './polls.ts';
import { createReconciliations } from './reconciliations.ts';
import { createScratchTable } from './scratch-table.ts';
import { createSettings } from './settings.ts';
import { createSnapshots } from './snapshots.ts';
import { createStatementCheckpoints } from './statement-checkpoints.ts';
import { createStatementDrafts } from './statement-drafts.ts';
import { createStatements } from './statements.ts';
import type { Table } from './table.ts';
import { createTariffs } from './tariffs.ts';

const createSubjects = (table: Table) => ({
  ...createFacts(table),
  ...createCharges(table),
  ...createChargeRepair(table),
  ...createBilledCharges(table),
  ...createStatements(table),
  ...createStatementCheckpoints(table),
  ...createReconciliations(table),
  ...createChangedMonths(table),
  ...createCloseProgress(table),
  ...createTariffs(table),
  ...createParkedJobs(table),
  ...createPolls(table),
  ...createAudits(table),
  ...createOutgoingEvents(table),
  ...createEndpoints(table),
  ...createBudgets(table),
  ...createStatementDrafts(table),
  ...createActionLog(table),
  ...createSnapshots(table),
  ...createSettings(table),
});

/** The store, by subject. Keys and items are used in the files behind it only. */
export interface Store extends ReturnType<typeof createSubjects> {
  /** The same store for a preview: what is written to it stays in memory. */
  scratch(): Store;
}

export const createStore = (table: Table): Store => ({
  ...createSubjects(table),
  scratch: () => createStore(createScratchTable(table)),
});
