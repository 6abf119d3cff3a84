import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { TableConfig } from './config.ts';
import {
  agreeOnSettings,
  type BillingContext,
  type ContextHooks,
  createMemory,
  findSettings,
  firstSettings,
  openContext,
  type Use,
} from './operations/billing-context.ts';
import { createDynamoDbClient, type DynamoDbClient } from './store/dynamodb-client.ts';
import { createDynamoDbTable } from './store/dynamodb-table.ts';
import type { Settings } from './store/settings.ts';
import { createStore, type Store } from './store/store.ts';

/** On a laptop a person waits for a backdated tariff, and reads cost nothing. */
export const LOCAL_TARIFF_CACHE_MS = 5_000;

export interface Connection {
  readonly store: Store;
  now(): number;
  /**
   * One context per invocation; all share the memory of the process. The first write fixes the time
   * zone and currency of the table.
   */
  openContext(use: Use, hooks?: ContextHooks): Promise<BillingContext>;
}

/** The DynamoDB table, the system clock and random ids. */
export const connect = (
  { stage, tableName, ...configured }: TableConfig,
  client: DynamoDbClient = createDynamoDbClient(),
): Connection => {
  const store = createStore(createDynamoDbTable(client, tableName, pause));
  const now = () => Date.now();
  const memory = createMemory();
  /** Stored settings never change. */
  let settings: Settings | undefined;
  return {
    store,
    now,
    openContext: async (use, hooks) => {
      settings ??=
        use === 'write'
          ? await agreeOnSettings(store, configured, now())
          : await findSettings(store, configured);
      return openContext(store, settings ?? firstSettings(configured, now()), {
        ...{ now, pause, newId: randomUUID, memory, ...hooks },
        ...(stage === 'local' && { tariffCacheMs: LOCAL_TARIFF_CACHE_MS }),
      });
    },
  };
};
