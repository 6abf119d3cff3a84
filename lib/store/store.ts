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

type Facts = ReturnType<typeof createFacts>;
type Charges = ReturnType<typeof createCharges>;
type ChargeRepair = ReturnType<typeof createChargeRepair>;
type BilledCharges = ReturnType<typeof createBilledCharges>;
type Statements = ReturnType<typeof createStatements>;
type StatementCheckpoints = ReturnType<typeof createStatementCheckpoints>;
type Reconciliations = ReturnType<typeof createReconciliations>;
type ChangedMonths = ReturnType<typeof createChangedMonths>;
type CloseProgress = ReturnType<typeof createCloseProgress>;
type Tariffs = ReturnType<typeof createTariffs>;
type ParkedJobs = ReturnType<typeof createParkedJobs>;
type Polls = ReturnType<typeof createPolls>;
type Audits = ReturnType<typeof createAudits>;
type OutgoingEvents = ReturnType<typeof createOutgoingEvents>;
type Endpoints = ReturnType<typeof createEndpoints>;
type Budgets = ReturnType<typeof createBudgets>;
type StatementDrafts = ReturnType<typeof createStatementDrafts>;
type ActionLog = ReturnType<typeof createActionLog>;
type Settings = ReturnType<typeof createSettings>;
type Snapshots = ReturnType<typeof createSnapshots>;

/** The store, by subject. Keys and items are used in the files behind it only. */
export interface Store
  extends Facts,
    Charges,
    ChargeRepair,
    BilledCharges,
    Statements,
    StatementCheckpoints,
    Reconciliations,
    ChangedMonths,
    CloseProgress,
    Tariffs,
    ParkedJobs,
    Polls,
    Audits,
    OutgoingEvents,
    Endpoints,
    Budgets,
    StatementDrafts,
    ActionLog,
    Snapshots,
    Settings {
  /** The same store for a preview: what is written to it stays in memory. */
  scratch(): Store;
}

export const createStore = (table: Table): Store => ({
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
  scratch: () => createStore(createScratchTable(table)),
});
