import { createAudits } from './audits.ts';
import { createCharges } from './charges.ts';
import { createCloseProgress } from './close-progress.ts';
import { createFacts } from './facts.ts';
import { createParkedJobs } from './parked-jobs.ts';
import { createSettings } from './settings.ts';
import { createStatements } from './statements.ts';
import type { Table } from './table.ts';
import { createTariffs } from './tariffs.ts';

type Facts = ReturnType<typeof createFacts>;
type Charges = ReturnType<typeof createCharges>;
type Statements = ReturnType<typeof createStatements>;
type CloseProgress = ReturnType<typeof createCloseProgress>;
type Tariffs = ReturnType<typeof createTariffs>;
type ParkedJobs = ReturnType<typeof createParkedJobs>;
type Audits = ReturnType<typeof createAudits>;
type Settings = ReturnType<typeof createSettings>;

/** All that jobmeter stores, by subject. Only the files behind it know keys and items. */
export interface Store
  extends Facts,
    Charges,
    Statements,
    CloseProgress,
    Tariffs,
    ParkedJobs,
    Audits,
    Settings {}

export const createStore = (table: Table): Store => ({
  ...createFacts(table),
  ...createCharges(table),
  ...createStatements(table),
  ...createCloseProgress(table),
  ...createTariffs(table),
  ...createParkedJobs(table),
  ...createAudits(table),
  ...createSettings(table),
});
