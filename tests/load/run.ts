import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { createCalendar } from '../../lib/billing/months.ts';
import { createDynamoDbTable } from '../../lib/store/dynamodb-table.ts';
import { createStore } from '../../lib/store/store.ts';
import type { Item, Table } from '../../lib/store/table.ts';
import { localClientConfig } from '../../local/environment.ts';
import { createRandom, type Random } from '../../simulation/random.ts';
import { check, readStatements, type Verdict } from './check.ts';
import { ask, type Closing, closeWithKills } from './closing.ts';
import { createKiller, type Kill } from './kills.ts';
import { type MemorySeries, watchMemory } from './memory.ts';
import { type PartName, type Parts, startParts } from './parts.ts';
import { type Attempt, createSender } from './sender.ts';
import { drawWorkload, type Workload } from './workload.ts';

export interface LoadOptions {
  /** How long events are sent, if the stack keeps up. */
  readonly minutes: number;
  /** Events a second, on average. */
  readonly rate: number;
  /** How often each part is killed, and the close. */
  readonly kills: number;
  readonly seed: number;
  /** Steady, with the heaps watched as well. */
  readonly soak: boolean;
}

/** What happened in a run, before it is added up. */
export interface LoadRun extends Verdict {
  readonly options: LoadOptions;
  readonly jobs: number;
  readonly attempts: readonly Attempt[];
  readonly counts: Readonly<{ events: number; recorded: number; duplicates: number }>;
  readonly acceptedEvents: number;
  readonly sendingSeconds: number;
  readonly kills: readonly Kill[];
  readonly closings: readonly Closing[];
  /** Jobs that were parked because their settle failed, and settled later. */
  readonly redriven: number;
  /** What an audit and the replays of both months still find at the end. */
  readonly auditDifferences: number;
  readonly replayDifferences: number;
  readonly memory: readonly MemorySeries[];
  readonly seconds: number;
}

type OnProgress = (text: string) => void;

const BURST = 4;
const SETTLE_ATTEMPTS = 30;
const LOOK_EVERY_MS = 50;
/** The share of the requests of both ended months after which the first of them is closed. */
const FIRST_CLOSE_AT = 0.6;
/** Beyond what a run that comes to an end can take. */
const limitMs = ({ minutes }: LoadOptions) => (10 + 6 * minutes) * 60_000;

type Victim = PartName | 'close';

/**
 * The drawn order of kills: every part and the close equally often, one database during the second
 * close.
 */
const planKills = (random: Random, kills: number) => {
  const shuffled = <T>(victims: T[]) => [...victims].map(() => random.take(victims));
  const each = <T extends Victim>(victim: T, times: number) => Array.from({ length: times }, () => victim);
  const inSecondClose = kills > 1 ? 1 : 0;
  const ofFirstClose = Math.floor(kills / 2);
  return {
    inTurn: shuffled<PartName>([
      ...each('database', kills - inSecondClose),
      ...each('functions', kills),
      ...each('trigger', kills),
    ]),
    firstClose: each('close', ofFirstClose),
    secondClose: shuffled<Victim>([
      ...each('close', kills - ofFirstClose),
      ...each('database', inSecondClose),
    ]),
  };
};

/**
 * Waits until every charge follows from its facts: the trigger has caught up, no job is parked and
 * an audit finds nothing.
 */
const settleAll = async (parts: Parts): Promise<{ redriven: number; differences: number }> => {
  let redriven = 0;
  for (let attempt = 1; ; attempt += 1) {
    await parts.caughtUp();
    redriven += (await ask<{ settled: string[] }>(parts, 'redrive')).settled.length;
    const { differences } = await ask<{ differences: number }>(parts, 'audit');
    if (differences === 0 || attempt === SETTLE_ATTEMPTS) return { redriven, differences };
    await pause(1_000);
  }
};

interface Play {
  readonly options: LoadOptions;
  readonly parts: Parts;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** Sends everything and closes both months while parts die, and settles all. */
const disturb = async ({ options, parts, signal, onProgress }: Play, workload: Workload, table: Table) => {
  const { ended, running, months, projects } = workload;
  const random = createRandom(options.seed + 1);
  const plan = planKills(random, options.kills);
  const [first] = ended[0]?.facts ?? [];
  assert(first, 'a workload has events');
  const sender = createSender(parts.url, parts.webhookSecret, signal);
  const killer = createKiller(parts, random, () => sender.send([first]));

  let sent = 0;
  const onSent = () => {
    sent += 1;
    const of = ended.length + running.length;
    onProgress(`${sent} of ${of} requests, ${sender.accepted.size} events, ${killer.kills.length} kills`);
  };
  const reached = async (share: number) => {
    while (sent < ended.length * share) await pause(LOOK_EVERY_MS, undefined, { signal });
  };
  const killInTurn = async () => {
    for (const [turn, part] of plan.inTurn.entries()) {
      await reached((turn + 1) / (plan.inTurn.length + 1));
      await killer.strike(part);
    }
  };
  const closings: Closing[] = [];
  const statements = new Map<string, Item>();
  const close = async (month: string, victims: readonly Victim[]) => {
    const closing = { parts, killer, random, store: createStore(table), projects };
    closings.push(await closeWithKills(closing, month, victims));
    for (const [key, statement] of await readStatements(table))
      if (!statements.has(key)) statements.set(key, statement);
  };

  await sender.send([first]);
  const memory = watchMemory(parts, { heaps: options.soak, signal });
  const since = performance.now();
  await Promise.all([
    sender.sendAll(ended, onSent),
    killInTurn(),
    // What is late for this month is corrected on the statement of the next.
    reached(FIRST_CLOSE_AT).then(() => close(months[0], plan.firstClose)),
  ]);
  onProgress('settling what was sent of months that have ended');
  const before = await settleAll(parts);
  await Promise.all([sender.sendAll(running, onSent), close(months[1], plan.secondClose)]);
  const sendingSeconds = (performance.now() - since) / 1000;
  const series = memory.stop();
  onProgress('settling everything');
  const after = await settleAll(parts);
  return {
    ...{ sender, kills: killer.kills, closings, statements, memory: series, sendingSeconds },
    redriven: before.redriven + after.redriven,
    auditDifferences: before.differences + after.differences,
  };
};

const play = async (stage: Play): Promise<LoadRun> => {
  const { options, parts, onProgress } = stage;
  const { seed, minutes, rate, soak } = options;
  const startedAt = performance.now();
  const workload = drawWorkload(createRandom(seed), {
    ...{ calendar: createCalendar('UTC'), now: Date.now() },
    ...{ events: minutes * 60 * rate, eventsPerSecond: rate, burst: soak ? 1 : BURST },
  });
  const client = new DynamoDB(localClientConfig(parts.endpoint));
  const table = createDynamoDbTable(client, parts.tableName, pause);
  try {
    const { sender, statements, ...disturbed } = await disturb(stage, workload, table);
    onProgress('comparing with the oracle');
    const { accepted, attempts, counts } = sender;
    const sent = [...workload.ended, ...workload.running].flatMap(({ facts }) => facts);
    const { months, jobs } = workload;
    const verdict = await check({ table, sent, accepted, lastClosedMonth: months[1], statements });
    let replayDifferences = 0;
    for (const month of months)
      replayDifferences += (await ask<{ differences: number }>(parts, 'replay', month)).differences;
    return {
      ...{ options, jobs, attempts, counts, acceptedEvents: accepted.size },
      ...{ ...verdict, ...disturbed, replayDifferences },
      seconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    client.destroy();
  }
};

/**
 * Starts the stack, loads it, kills its parts, and compares what is left with what must be. Leaves
 * nothing behind.
 */
export const runLoad = async (
  options: LoadOptions,
  interrupted: AbortSignal,
  onProgress: OnProgress,
): Promise<LoadRun> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobmeter-load-'));
  const ending = new AbortController();
  const limit = setTimeout(
    () => ending.abort(new Error('the run did not come to its end in time')),
    limitMs(options),
  );
  const signal = AbortSignal.any([ending.signal, interrupted]);
  const { promise: ended, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason));
  ended.catch(() => {});
  try {
    onProgress('starting the stack');
    const parts = await startParts({ dataDir, inspected: options.soak });
    try {
      return await Promise.race([play({ options, parts, signal, onProgress }), parts.died, ended]);
    } catch (error) {
      throw new Error([String(error), ...parts.log.slice(-20)].join('\n'), { cause: error });
    } finally {
      ending.abort();
      await parts.stop();
    }
  } finally {
    clearTimeout(limit);
    await rm(dataDir, { recursive: true, force: true });
  }
};
