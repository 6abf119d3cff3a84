import assert from 'node:assert/strict';
import type { BillingContext } from '../../lib/operations/billing-context.ts';
import { readProjectJobs } from '../../lib/operations/reads/read-project-jobs.ts';
import { readUsage } from '../../lib/operations/reads/read-usage.ts';
import { latestJobs } from '../../lib/operations/snapshots/snapshot-jobs.ts';
import { latestUsage } from '../../lib/operations/snapshots/snapshot-usage.ts';
import { takeSnapshot } from '../../lib/operations/snapshots/take-snapshot.ts';
import { CHARGES, usagePartition } from '../../lib/store/keys.ts';
import { createMemoryTable } from '../../lib/store/memory-table.ts';
import { createStore } from '../../lib/store/store.ts';
import type { FigureName } from '../before.ts';
import { contextInMidMonth } from '../budget-stage.ts';
import type { ChargeItem } from '../charge-pages.ts';
import { atMost, type Figure, type Row } from '../figures.ts';
import { foldPlainly } from '../folds.ts';
import { LABEL, PROJECT, writeMonth } from '../large-month.ts';
import { cpuMicroseconds, interleave, medians } from '../rounds.ts';
import { meterTable } from '../table-meter.ts';

type Read = (context: BillingContext, month: string) => Promise<unknown>;

interface Kind {
  readonly what: string;
  readonly name: FigureName;
  /** From the snapshot, as the API answers. */
  readonly read: Read;
  /** From all charges, as before there were snapshots. */
  readonly readAll: Read;
}

const BY_LABEL = { by: 'label', key: LABEL } as const;
const BY_COST = { sort: 'cost', limit: 100 } as const;

const KINDS: readonly Kind[] = [
  {
    ...{ what: 'usage', name: 'read units of usage' },
    read: (context, month) => latestUsage(context, PROJECT, month, context.now()),
    readAll: (context, month) => readUsage(context, PROJECT, month, context.now()),
  },
  {
    ...{ what: 'usage by label', name: 'read units of usage by label' },
    read: (context, month) => latestUsage(context, PROJECT, month, context.now(), BY_LABEL),
    readAll: (context, month) => readUsage(context, PROJECT, month, context.now(), BY_LABEL),
  },
  {
    ...{ what: 'jobs by cost', name: 'read units of jobs by cost' },
    read: (context, month) => latestJobs(context, PROJECT, month, context.now(), BY_COST),
    readAll: (context, month) => readProjectJobs(context, PROJECT, month, context.now(), BY_COST),
  },
];

/** Of the reads that people wait for, on the local stack. */
const LONGEST_MS = 1_500;

/**
 * What reads of a large month cost: units, and processor time in memory, beside plain sums of the same
 * charges and beside reading all of them.
 */
export const row: Row = async ({ rounds, quick, onProgress }) => {
  const memory = createMemoryTable();
  const { context } = await contextInMidMonth(memory);
  const charges = quick ? 6_000 : 100_000;
  onProgress(`writing ${charges} charges`);
  const month = await writeMonth(memory, context.store, context, charges);
  const of = { projectId: PROJECT, usageMonth: month };
  const requested = { requestedAt: context.now() };
  await context.store.saveSnapshotHead(of, undefined, requested, Math.ceil(context.now() / 1_000));
  assert.equal(await takeSnapshot(context, of), 'taken');
  const meter = meterTable(memory);
  const metered = { ...context, store: createStore(meter.table) };
  const stored = memory.query(usagePartition(PROJECT, month), { prefix: CHARGES });
  // Those that run have no minutes yet.
  const pages = await Array.fromAsync(stored, (page) =>
    page.filter((item): item is ChargeItem => item.kind === 'final'),
  );

  const figures: Figure[] = [];
  for (const { what, name, read, readAll } of KINDS) {
    const ofAll = `${what} of ${charges} charges`;
    meter.takeBill();
    await read(metered, month);
    const { reads } = meter.takeBill();
    await readAll(metered, month);
    const { reads: readsOfAll } = meter.takeBill();
    const ms = medians(
      await interleave(
        rounds,
        {
          plainly: async () => cpuMicroseconds(() => foldPlainly([{ projectId: PROJECT, pages }], context)),
          snapshot: async () => cpuMicroseconds(() => read(context, month)),
          all: async () => cpuMicroseconds(() => readAll(context, month)),
        },
        (text) => onProgress(`${what}, ${text}`),
      ),
    );
    figures.push(
      {
        what: `read units, ${ofAll}`,
        ...(quick ? {} : { name }),
        ...{ unit: 'units', measured: reads, floor: 1 },
        note: `all charges read: ${readsOfAll} units`,
      },
      {
        what: `processor time, ${ofAll}`,
        ...{ unit: 'ms', measured: ms.snapshot / 1_000, floor: ms.plainly / 1_000 },
        limit: atMost(LONGEST_MS),
        note: `all charges read: ${(ms.all / 1_000).toFixed(0)} ms; floor: plain sums`,
      },
    );
  }
  return figures;
};
