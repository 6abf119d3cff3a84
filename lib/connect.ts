import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { readEngineConfig } from './config.ts';
import { agreeOnSettings, createMemory, type Ledger, openLedger, type Use } from './operations/ledger.ts';
import { createDynamoDbClient, type DynamoDbClient } from './store/dynamodb-client.ts';
import { createDynamoDbTable } from './store/dynamodb-table.ts';
import { createStore, type Settings, type Store } from './store/store.ts';

export interface Connection {
  readonly store: Store;
  now(): number;
  /** One ledger an invocation; all share what the process remembers. */
  openLedger(use?: Use): Promise<Ledger>;
}

/** What a process works with: the real table, the real clock, random ids. */
export const connect = (
  { tableName, timeZone, currency }: { tableName: string; timeZone: string; currency: string },
  client: DynamoDbClient = createDynamoDbClient(readEngineConfig()),
): Connection => {
  const store = createStore(createDynamoDbTable(client, tableName, pause));
  const now = () => Date.now();
  const memory = createMemory();
  let settings: Promise<Settings> | undefined;
  return {
    store,
    now,
    openLedger: async (use) => {
      settings ??= agreeOnSettings(store, { timeZone, currency }, now(), use);
      try {
        return openLedger(store, await settings, { now, pause, newId: randomUUID, memory });
      } catch (error) {
        settings = undefined;
        throw error;
      }
    },
  };
};
