import type { JobRef } from '../../lib/billing/facts.ts';
import {
  agreeOnSettings,
  type BillingContext,
  createMemory,
  openContext,
} from '../../lib/operations/billing-context.ts';
import { settle } from '../../lib/operations/settle/settle.ts';
import { type DraftTariff, publishTariff } from '../../lib/operations/tariffs/publish.ts';
import { partitionOf } from '../../lib/store/keys.ts';
import { createMemoryTable } from '../../lib/store/memory-table.ts';
import { createStore } from '../../lib/store/store.ts';
import type { Item, Table } from '../../lib/store/table.ts';

/** The real operations over a table in memory, and a clock that only the simulation moves. */
export interface Stage {
  readonly table: Table;
  readonly context: BillingContext;
  readonly clock: { now: number };
  /** Settles the jobs of all facts that were written since the last time, as the stream does. */
  settleWritten(): Promise<void>;
}

/** A table that collects the jobs of the facts that are put. */
const withWrittenJobs = (table: Table, written: Map<string, JobRef>): Table => {
  const collect = ({ pk }: Item) => {
    const partition = partitionOf(pk);
    if (partition?.kind === 'job') written.set(pk, partition.job);
  };
  return {
    ...table,
    async put(put) {
      const outcome = await table.put(put);
      if (outcome.written) collect(put.item);
      return outcome;
    },
    async putTogether(puts) {
      const outcome = await table.putTogether(puts);
      if (outcome.written) for (const { item } of puts) collect(item);
      return outcome;
    },
  };
};

export const createStage = async (start: number, tariffs: readonly DraftTariff[]): Promise<Stage> => {
  const written = new Map<string, JobRef>();
  const table = withWrittenJobs(createMemoryTable(), written);
  const store = createStore(table);
  const clock = { now: start };
  const settings = await agreeOnSettings(store, { timeZone: 'UTC', currency: 'EUR' }, start);
  let ids = 0;
  const context = openContext(store, settings, {
    now: () => clock.now,
    pause: async (ms) => {
      clock.now += ms;
    },
    newId: () => `statement-${++ids}`,
    memory: createMemory(),
  });
  for (const tariff of tariffs) await publishTariff(context, tariff, { backdate: true });
  return {
    ...{ table, context, clock },
    async settleWritten() {
      const jobs = [...written.values()];
      written.clear();
      for (const job of jobs) await settle(context, job);
    },
  };
};
