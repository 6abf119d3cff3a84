import { deriveCharges } from '../lib/billing/charges.ts';
import type { Transition } from '../lib/billing/facts.ts';
import { DAY_MS, MINUTE_MS } from '../lib/billing/minutes.ts';
import { createTariffBook } from '../lib/billing/tariff.ts';
import type { BillingContext } from '../lib/operations/billing-context.ts';
import { createStore, type Store } from '../lib/store/store.ts';
import type { Item, Table } from '../lib/store/table.ts';
import { createRandom, type Random } from '../simulation/random.ts';

export const PROJECT = 'large';
export const LABEL = 'team';

/** One job in so many still runs; of these the facts are written too, since reads need them. */
const RUNNING_ONE_IN = 200;
const TEAMS = 20;
const USERS = 200;
/** Items of one call of the store. */
const ITEMS_TOGETHER = 2_500;
const VERSIONS = { factsSeen: 2, tariffsSeen: 0 };

/** What happened to a job with one run in the month. */
const factsOf = (index: number, start: number, now: number, random: Random) => {
  const jobId = `job-${String(index).padStart(7, '0')}`;
  const gpus = random.integer(1, 8);
  const labels = {
    [LABEL]: `team-${random.integer(0, TEAMS - 1)}`,
    user: `user-${random.integer(0, USERS - 1)}`,
  };
  const isRunning = index % RUNNING_ONE_IN === 0;
  // Nothing is silent: that is another figure of the page.
  const from = isRunning ? Math.max(start, now - DAY_MS / 2) : start;
  const begun = from + random.integer(0, Math.max(0, now - from - 2 * MINUTE_MS));
  const ended = Math.min(now, begun + MINUTE_MS + random.integer(0, DAY_MS / 2));
  const fact = (status: Transition['status'], time: number): Transition => ({
    ...{ kind: 'transition', projectId: PROJECT, jobId, status, time, labels },
    ...{ source: 'https://load.example', id: `${jobId}-${status}-${random.integer(0, 2 ** 31)}` },
    resources: {
      flavor: index % 5 === 0 ? 'ai1-1-cpu' : 'ai1-1-gpu',
      milliUnits: { gpu: gpus * 1_000, cpu: gpus * 13_000 },
    },
  });
  return { isRunning, facts: [fact('RUNNING', begun), ...(isRunning ? [] : [fact('DONE', ended)])] };
};

/** A store that writes what it is given to write at once in batches, without conditions. */
const batchingStore = (table: Table) => {
  let items: Item[] = [];
  const flush = async () => {
    const written = items;
    items = [];
    if (written.length > 0) await table.putEach(written);
  };
  const add = async (item: Item) => {
    items.push(item);
    if (items.length >= ITEMS_TOGETHER) await flush();
    return { written: true } as const;
  };
  return { store: createStore({ ...table, put: ({ item }) => add(item) }), flush };
};

/** Writes a month of one project up to now: as many jobs as charges, with the charges that settle makes. */
export const writeMonth = async (
  table: Table,
  store: Store,
  { calendar, now }: Pick<BillingContext, 'calendar' | 'now'>,
  charges: number,
): Promise<string> => {
  const batching = batchingStore(table);
  const tariffs = createTariffBook(await store.readTariffs());
  const random = createRandom(1);
  const until = now();
  const month = calendar.monthOf(until);
  await store.markChanged(
    month.id,
    { projectId: PROJECT, usageMonth: month.id },
    Math.ceil((until + 800 * DAY_MS) / 1_000),
  );
  for (let index = 0; index < charges; index += 1) {
    const { facts, isRunning } = factsOf(index, month.start, until, random);
    if (isRunning) for (const fact of facts) await store.recordFact(fact, fact.id, until);
    for (const charge of deriveCharges(facts, tariffs, calendar))
      await batching.store.writeCharges([charge], VERSIONS);
  }
  await batching.flush();
  return month.id;
};
