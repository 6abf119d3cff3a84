import type { Charge } from '../../../lib/billing/charges.ts';
import type {
  Cutoff,
  Fact,
  JobRef,
  ReportedFact,
  Resources,
  Retraction,
  Transition,
} from '../../../lib/billing/facts.ts';
import type { Line } from '../../../lib/billing/lines.ts';
import type { Status } from '../../../lib/billing/statuses.ts';
import type { Tariff } from '../../../lib/billing/tariff.ts';
import {
  agreeOnSettings,
  type BillingContext,
  openContext,
} from '../../../lib/operations/billing-context.ts';
import { type CloseOptions, closeMonths } from '../../../lib/operations/close/close-months.ts';
import { recordEvents } from '../../../lib/operations/record-events.ts';
import { settle } from '../../../lib/operations/settle/settle.ts';
import { jobPartition } from '../../../lib/store/keys.ts';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';
import { createStore } from '../../../lib/store/store.ts';
import type { Table } from '../../../lib/store/table.ts';
import { itemsOn } from '../../../simulation/items-on.ts';
import { pricesOf } from '../billing/builders.ts';

export const at = (iso: string): number => Date.parse(iso);

const DAY_MS = 24 * 60 * 60 * 1000;

/** A job counts 28 days without a sign of life: tests about silence have a tariff of their own. */
export const TARIFF: Tariff = {
  name: 'running time',
  effectiveFrom: at('2023-02-14T00:00:00Z'),
  revision: 1,
  currency: 'EUR',
  billableStatuses: ['RUNNING'],
  maxRunningMs: 28 * DAY_MS,
  maxSilenceMs: 28 * DAY_MS,
  prices: pricesOf({ 'ai1-1-cpu': '0.03', 'ai1-1-gpu': '1.93' }),
};

export const TWO_GPUS: Resources = { flavor: 'ai1-1-gpu', milliUnits: { gpu: 2_000, cpu: 26_000 } };
export const TWO_CPUS: Resources = { flavor: 'ai1-1-cpu', milliUnits: { cpu: 2_000 } };

/** A job of proj-1, unless another project is given. */
export const jobRef = (jobId: string, projectId = 'proj-1'): JobRef => ({ projectId, jobId });

export const cutoff = (jobId: string, month: string): Cutoff => ({ kind: 'cutoff', ...jobRef(jobId), month });

const SOURCE = 'https://gra.training.example';

/** What `jobId` reports; unless said otherwise it is a job of proj-1 on two GPUs. */
export const status = (
  jobId: string,
  entered: Status,
  time: string,
  said: Partial<Pick<Transition, 'id' | 'projectId' | 'resources' | 'labels' | 'timeoutMs'>> = {
    resources: TWO_GPUS,
  },
): Transition => ({
  kind: 'transition',
  jobId,
  projectId: 'proj-1',
  source: SOURCE,
  id: `${entered} ${time}`,
  status: entered,
  time: at(time),
  ...said,
});

export const retraction = (of: Transition, time: string): Retraction => ({
  kind: 'retraction',
  jobId: of.jobId,
  projectId: of.projectId,
  source: of.source,
  id: `not ${of.id}`,
  time: at(time),
  retracts: { source: of.source, id: of.id },
  reason: 'sent by mistake',
});

/** An event as validation hands it on. */
export const recordable = (fact: ReportedFact) => ({ fact, fingerprint: JSON.stringify(fact) });

/**
 * A context over a table in memory, and a clock that only the test moves. Each call of `open` is a
 * new invocation.
 */
export const createWorld = async ({
  now = '2026-10-01T00:00:00Z',
  timeZone = 'UTC',
  currency = 'EUR',
  tariffs = [TARIFF],
}: {
  readonly now?: string;
  readonly timeZone?: string;
  readonly currency?: string;
  readonly tariffs?: readonly Tariff[];
} = {}) => {
  const table = createMemoryTable();
  const store = createStore(table);
  const clock = { now: at(now) };
  let ids = 0;

  const open = async (over: Table = table): Promise<BillingContext> => {
    const opened = createStore(over);
    const settings = await agreeOnSettings(opened, { timeZone, currency }, clock.now);
    return openContext(opened, settings, {
      now: () => clock.now,
      pause: async (ms) => {
        clock.now += ms;
      },
      newId: () => `statement-${++ids}`,
    });
  };

  await open();
  for (const tariff of tariffs) await store.publishTariff(tariff);

  const record = (...facts: ReportedFact[]) => recordEvents(store, facts.map(recordable), clock.now);

  return {
    table,
    store,
    clock,
    open,
    setClock(iso: string) {
      clock.now = at(iso);
    },

    record,

    /** Records facts of any kind, cutoffs too, and settles nothing. */
    async write(fact: Fact) {
      if (fact.kind === 'cutoff') await store.recordCutoff(fact, clock.now);
      else await record(fact);
    },

    /** Records the facts and settles their jobs, as the stream would. */
    async tell(...facts: ReportedFact[]) {
      await record(...facts);
      const context = await open();
      const jobs = new Map(
        facts.map(({ projectId, jobId }) => [jobPartition({ projectId, jobId }), { projectId, jobId }]),
      );
      for (const job of jobs.values()) await settle(context, job);
    },

    settle: async (job: JobRef) => settle(await open(), job),

    close: async (options?: CloseOptions) => closeMonths(await open(), options),

    /** Closes everything that has ended at `iso`. */
    async closeAt(iso: string) {
      clock.now = at(iso);
      return closeMonths(await open());
    },

    charges: (projectId: string, usageMonth: string): Promise<Charge[]> =>
      Array.fromAsync(store.charges(projectId, usageMonth)),

    /** Every item whose sort key begins so, by key. */
    items: async (prefix: string) =>
      (await itemsOn(table, prefix)).sort((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1)),

    async statement(projectId: string, month: string) {
      const statement = await store.readStatement(projectId, month);
      if (!statement) throw new Error(`${projectId} has no statement of ${month}`);
      return statement;
    },

    /** All stored charges that are not void, by key, without the versions of their writer. */
    async standing() {
      const items = await itemsOn(table, 'CHARGE#');
      return new Map(
        items
          .filter((item) => item.kind !== 'void')
          .map(({ factsSeen: _, tariffsSeen: __, pk, sk, ...charge }) => [`${pk} ${sk}`, charge]),
      );
    },
  };
};

export type World = Awaited<ReturnType<typeof createWorld>>;

/** A line in a few words. */
export const inShort = ({ kind, usageMonth, flavor, minutes, amount }: Line) =>
  `${kind} ${usageMonth} ${flavor} ${minutes} min ${amount}`;
