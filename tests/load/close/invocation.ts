import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { meterClient } from '../../../bench/meter.ts';
import { createDynamoDbTable } from '../../../lib/store/dynamodb-table.ts';
import { createStore } from '../../../lib/store/store.ts';
import { localClientConfig } from '../../../local/environment.ts';
import { closeClock, closeUntil, type Invocation, unitsOf } from './run-closes.ts';

/** What the process of an invocation is given, as JSON. */
export interface InvocationInput {
  readonly endpoint: string;
  readonly tableName: string;
  /** Of all invocations, on the real clock. */
  readonly begunAt: number;
  /** Nothing new is begun after it. */
  readonly seconds: number;
}

export type InvocationMessage = { readonly progress: string } | { readonly done: Invocation };

/** `node tests/load/close/invocation.ts <input>`: one invocation, reported over IPC. */
const [, , argument] = process.argv;
assert(argument !== undefined && process.send, 'started by measure-close.ts');
const { endpoint, tableName, begunAt, seconds } = JSON.parse(argument) as InvocationInput;

const send = (message: InvocationMessage) =>
  new Promise<void>((resolve, reject) => {
    process.send?.(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });

const meter = meterClient(new DynamoDBClient(localClientConfig(endpoint)));
const store = createStore(createDynamoDbTable(meter.client, tableName, pause));
const now = closeClock(begunAt);
const startedAt = performance.now();
const before = process.cpuUsage();
const closed = await closeUntil(
  store,
  { now, pause, newId: randomUUID },
  now() + seconds * 1_000,
  ({ shard, shards, count, of, charges }) =>
    void send({
      progress: `shard ${shard + 1} of ${shards}, ${count} of ${of} projects, ${charges} charges read`,
    }),
);
const { user, system } = process.cpuUsage(before);
await send({
  done: {
    statements: closed.statements,
    isFinished: closed.unfinished !== true,
    seconds: (performance.now() - startedAt) / 1_000,
    processorSeconds: (user + system) / 1e6,
    peakMiB: process.resourceUsage().maxRSS / 1_024,
    ...unitsOf(meter.takeBill()),
  },
});
// Keep-alive connections would prevent the exit.
process.exit();
