import assert from 'node:assert/strict';
import { DAY_MS } from '../../lib/billing/minutes.ts';
import type { Tariff } from '../../lib/billing/tariff.ts';
import {
  agreeOnSettings,
  type BillingContext,
  createMemory,
  openContext,
} from '../../lib/operations/billing-context.ts';
import { createUnbudgeted, type Unbudgeted } from '../../lib/operations/budgets/mark-changed.ts';
import { closeMonths } from '../../lib/operations/close/close-months.ts';
import { recordEvents } from '../../lib/operations/record-events.ts';
import { settleBatch } from '../../lib/operations/settle/settle-batch.ts';
import { createMemoryTable } from '../../lib/store/memory-table.ts';
import { createStore } from '../../lib/store/store.ts';
import { factsOf, jobsOf } from '../../lib/stream.ts';
import { meterTable, type TableBill } from '../table-meter.ts';
import { recordable } from '../workload.ts';
import { createRounds } from './rounds-table.ts';
import { streamEventOf } from './stream-event.ts';
import { SHARDS, type Step } from './stream-plan.ts';

const TARIFF: Tariff = {
  ...{ name: 'bench', effectiveFrom: Date.parse('2020-01-01T00:00:00Z'), revision: 1, currency: 'EUR' },
  ...{ billableStatuses: ['RUNNING'], maxRunningMs: 28 * DAY_MS, maxSilenceMs: 7 * DAY_MS },
  prices: {
    'ai1-1-gpu': { unit: 'gpu', pricePerHour: '1.93' },
    'ai1-1-cpu': { unit: 'cpu', pricePerHour: '0.03' },
  },
};

/** What invocations of one kind did, all together. */
export interface Counted extends TableBill {
  invocations: number;
  /** Sequential calls of the table. */
  rounds: number;
  /** Jobs settled, each once a batch. */
  jobs: number;
}

export interface Units {
  readonly record: Counted;
  readonly settle: Counted;
  readonly close: TableBill;
}

const nothing = (): Counted => ({ invocations: 0, rounds: 0, jobs: 0, reads: 0, writes: 0 });

/** Plays a plan on a table in memory, at the virtual times of its steps, and closes the month. */
export const countUnits = async (steps: readonly Step[], month: string, begin: number): Promise<Units> => {
  const meter = meterTable(createMemoryTable());
  const rounds = createRounds(meter.table);
  const store = createStore(rounds.table);
  let clock = begin;
  let context: BillingContext | undefined;
  const contextOf = async (memory = createMemory()) => {
    const settings = await agreeOnSettings(store, { timeZone: 'UTC', currency: 'EUR' }, clock);
    let ids = 0;
    const newId = () => `00000000-0000-4000-8000-${String(ids++).padStart(12, '0')}`;
    return openContext(store, settings, { now: () => clock, pause: async () => {}, newId, memory });
  };
  const inRounds = async (operation: () => Promise<unknown>) => rounds.run(operation);
  await inRounds(() => store.publishTariff(TARIFF));
  await inRounds(async () => {
    context = await contextOf();
  });
  /** A warm process a shard. */
  const processes: { context?: BillingContext; readonly unbudgeted: Unbudgeted }[] = Array.from(
    { length: SHARDS },
    () => ({ unbudgeted: createUnbudgeted() }),
  );
  for (const process of processes)
    await inRounds(async () => {
      process.context = await contextOf();
    });
  meter.takeBill();

  const counted = { record: nothing(), settle: nothing() };
  for (const step of steps) {
    clock = begin + step.at;
    const total = counted[step.kind];
    total.invocations += 1;
    total.rounds += await inRounds(async () => {
      if (step.kind === 'record') return recordEvents(store, step.events.map(recordable), clock);
      const process = processes[step.shard];
      assert(process?.context, 'a shard has its process');
      const batch = streamEventOf(step.events);
      const jobs = jobsOf(batch);
      total.jobs += jobs.length;
      return settleBatch(process.context, jobs, {
        unbudgeted: process.unbudgeted,
        delivered: factsOf(batch),
        onFailure: ({ error }) => assert.fail(String(error)),
      });
    });
    const { reads, writes } = meter.takeBill();
    total.reads += reads;
    total.writes += writes;
  }
  await inRounds(async () => {
    assert(context, 'it is open');
    const [closed] = await closeMonths(context, { month });
    assert(closed && closed.statements > 0, 'each project has its statement');
  });
  return { ...counted, close: meter.takeBill() };
};
