import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SignJWT } from 'jose';
import { LABEL, PROJECT, writeMonth } from '../../../bench/large-month.ts';
import { meterTable, type TableBill } from '../../../bench/table-meter.ts';
import { ITEMS_TOGETHER, writeTogether } from '../../../bench/write-charges.ts';
import { HOUR_MS } from '../../../lib/billing/minutes.ts';
import { type BillingContext, firstSettings, openContext } from '../../../lib/operations/billing-context.ts';
import { takeSnapshot } from '../../../lib/operations/snapshots/take-snapshot.ts';
import type { Usage } from '../../../lib/shapes/usage.ts';
import { createDynamoDbTable } from '../../../lib/store/dynamodb-table.ts';
import { CHARGES, TARIFFS } from '../../../lib/store/keys.ts';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';
import { createStore } from '../../../lib/store/store.ts';
import type { Item, Key, Table } from '../../../lib/store/table.ts';
import { localClientConfig } from '../../../local/environment.ts';
import { readLocalSettings } from '../../../local/settings.ts';
import type { Fill } from '../../../local/stack.ts';
import { type Parts, startParts } from '../parts.ts';
import { measurePage, type PageTimes } from './page-times.ts';

export interface LargeOptions {
  readonly charges: number;
  /** Of them, those in the table itself: reads from a snapshot need none. */
  readonly stored: number;
  readonly rounds: number;
  /** Directory for pictures of the page. */
  readonly pictures?: string | undefined;
}

/** What taking a snapshot costs, apart from the engine. */
export interface Taking {
  /** Of copying the charges; an invocation may hand it over. */
  readonly copyingMs: number;
  /** Of adding them up, which one invocation does. */
  readonly addingUpMs: number;
  readonly bill: TableBill;
}

/** Milliseconds of one answer: the first one, and each of the rounds. */
export interface Times {
  readonly first: number;
  readonly rounds: readonly number[];
}

export interface LargeRun {
  readonly options: LargeOptions;
  readonly machine: { readonly processors: number; readonly loadAverage: number };
  /** Usage before there was a snapshot. */
  readonly before: { readonly status: number; readonly ms: number };
  readonly taking: Taking;
  readonly reads: Readonly<Record<string, Times>>;
  readonly page: PageTimes;
  /** Whether the total of the snapshot is what all charges add up to. */
  readonly isExact: boolean;
}

const settings = { timeZone: 'UTC', currency: 'EUR' };

const contextOf = (table: Table): BillingContext =>
  openContext(createStore(table), firstSettings(settings, Date.now()), {
    now: Date.now,
    pause,
    newId: randomUUID,
  });

const tokenOf = (secret: string): Promise<string> =>
  new SignJWT({ projects: [PROJECT], scope: 'usage:read', sub: 'load' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('3 hours')
    .sign(new TextEncoder().encode(secret));

const timed = async <Result>(work: () => Promise<Result>) => {
  const startedAt = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedAt };
};

const processorMs = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

/** A context whose time is up as soon as all charges of a snapshot are copied. */
const timedOut = (context: BillingContext): BillingContext => {
  let isCopied = false;
  const { store } = context;
  return {
    ...context,
    now: () => context.now() + (isCopied ? HOUR_MS : 0),
    store: {
      ...store,
      saveSnapshotHead: (of, read, head, expiresAt) => {
        isCopied ||= head.taking?.isWhole === true;
        return store.saveSnapshotHead(of, read, head, expiresAt);
      },
    },
  };
};

/** Takes snapshots of a month in memory: once in two parts to time, once to count the units. */
const measureTaking = async (table: Table, month: string): Promise<Taking> => {
  const of = { projectId: PROJECT, usageMonth: month };
  await createStore(table).saveSnapshotHead(of, undefined, { requestedAt: Date.now() }, 2 ** 31);
  const context = contextOf(table);
  const copyingMs = await processorMs(async () =>
    assert.equal(await takeSnapshot(timedOut(context), of, Date.now() + HOUR_MS / 2), 'handed over'),
  );
  const addingUpMs = await processorMs(async () => assert.equal(await takeSnapshot(context, of), 'taken'));
  const meter = meterTable(table);
  assert.equal(await takeSnapshot(contextOf(meter.table), of), 'taken');
  return { copyingMs, addingUpMs, bill: meter.takeBill() };
};

/** Copies some of the items. */
const copyItems = async (
  from: Table,
  to: Table,
  isCopied: (key: Key) => boolean,
  onCopied: (count: number) => void = () => {},
) => {
  let items: Item[] = [];
  let count = 0;
  const flush = async () => {
    await writeTogether(to, items);
    count += items.length;
    onCopied(count);
    items = [];
  };
  for await (const key of from.scan({})) {
    const item = isCopied(key) ? await from.get(key) : undefined;
    if (item) items.push(item);
    if (items.length >= ITEMS_TOGETHER) await flush();
  }
  await flush();
};

const isOfSnapshot = ({ pk }: Key): boolean => pk.startsWith('SNAPSHOT');
const isCharge = ({ sk }: Key): boolean => sk.startsWith(CHARGES);

const measureReads = async (get: (path: string) => Promise<Response>, month: string, rounds: number) => {
  const paths = {
    usage: 'usage?',
    'usage by label': `usage?groupBy=label:${LABEL}&`,
    'usage by flavor': 'usage?groupBy=flavor&',
    'jobs by cost': 'jobs?sort=cost&limit=100&',
  };
  const reads: Record<string, { first: number; rounds: number[] }> = {};
  for (let round = 0; round <= rounds; round += 1)
    for (const [name, path] of Object.entries(paths)) {
      const { result, ms } = await timed(async () => {
        const response = await get(`${path}month=${month}`);
        return { status: response.status, body: (await response.json()) as { snapshot?: object } };
      });
      assert(
        result.status === 200 && result.body.snapshot,
        `${name} is not answered from a snapshot: ${result.status} ${JSON.stringify(result.body).slice(0, 300)}`,
      );
      if (round === 0) reads[name] = { first: ms, rounds: [] };
      else reads[name]?.rounds.push(ms);
    }
  return reads;
};

/** A month in memory, and a way to write it to a table of the stack. */
const createMonth = ({ charges, stored }: LargeOptions, onProgress: (text: string) => void) => {
  const memory = createMemoryTable();
  let month: string | undefined;
  const fill: Fill = async (client, tableName) => {
    const table = createDynamoDbTable(client, tableName, pause);
    const context = contextOf(memory);
    for (const tariff of await createStore(table).readTariffs()) await context.store.publishTariff(tariff);
    onProgress(`making ${charges} charges`);
    month = await writeMonth(memory, context.store, context, charges);
    let copied = 0;
    await copyItems(
      memory,
      table,
      (key) => key.pk !== TARIFFS && (!isCharge(key) || ++copied <= stored),
      (count) => onProgress(`${count} items written`),
    );
  };
  return { memory, fill, month: () => month ?? assert.fail('the table is filled') };
};

const measureOn = async (
  parts: Parts,
  { memory, month: monthOf }: ReturnType<typeof createMonth>,
  tokenSecret: string,
  options: LargeOptions,
  onProgress: (text: string) => void,
): Promise<LargeRun> => {
  const machine = { processors: availableParallelism(), loadAverage: loadavg()[0] ?? 0 };
  const client = new DynamoDBClient(localClientConfig(parts.endpoint));
  try {
    const table = createDynamoDbTable(client, parts.tableName, pause);
    const { charges } = options;
    const month = monthOf();
    onProgress('taking a snapshot');
    const taking = await measureTaking(memory, month);
    await parts.caughtUp();
    const token = await tokenOf(tokenSecret);
    const get = (path: string) =>
      fetch(`${parts.url}/v1/projects/${PROJECT}/${path}`, { headers: { authorization: `Bearer ${token}` } });
    onProgress('reading usage without a snapshot');
    const before = await timed(() => get('usage'));
    const exact = before.result.ok ? ((await before.result.json()) as Usage) : undefined;
    // What DynamoDB Local takes to read a large partition says nothing.
    await copyItems(memory, table, isOfSnapshot);
    onProgress('reading from the snapshot');
    // The engine may still be busy with what was refused.
    for (let attempt = 0; attempt < 30 && !(await get('usage')).ok; attempt += 1) await pause(1_000);
    const reads = await measureReads(get, month, options.rounds);
    const usage = (await (await get('usage')).json()) as Usage;
    onProgress('opening the page');
    const page = await measurePage(parts.url, PROJECT, token, options);
    const isSame =
      exact === undefined || options.stored < charges || exact.lines.length === usage.lines.length;
    return {
      ...{ options, machine, taking, reads, page },
      before: { status: before.result.status, ms: before.ms },
      isExact: usage.snapshot?.charges === charges && isSame,
    };
  } finally {
    client.destroy();
  }
};

/** Starts the local stack, writes a large month, and measures what reads of it cost. */
export const measureLarge = async (
  options: LargeOptions,
  onProgress: (text: string) => void,
): Promise<LargeRun> => {
  onProgress('starting the stack');
  const month = createMonth(options, onProgress);
  const parts = await startParts({ fill: month.fill });
  try {
    const { tokenSecret } = readLocalSettings(parts.environment);
    return await Promise.race([measureOn(parts, month, tokenSecret, options, onProgress), parts.died]);
  } finally {
    await parts.stop();
  }
};
