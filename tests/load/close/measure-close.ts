import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDbTable } from '../../../lib/store/dynamodb-table.ts';
import { createStore } from '../../../lib/store/store.ts';
import { childExit, stopChild } from '../../../local/child.ts';
import { startDynamoDb } from '../../../local/dynamodb.ts';
import { localClientConfig } from '../../../local/environment.ts';
import { freePorts } from '../../../local/free-ports.ts';
import { createTable } from '../../../local/table.ts';
import { watchProcesses } from '../jobs/watch-processes.ts';
import type { InvocationInput, InvocationMessage } from './invocation.ts';
import { closeWhole, findWrong, type Invocation } from './run-closes.ts';
import { type MonthSize, seedMonth } from './seed-month.ts';

export interface CloseOptions extends MonthSize {
  /** Seconds that an invocation begins new work in. */
  readonly invocation: number;
}

/** What a step took, and what DynamoDB Local did of it. */
export interface Step {
  readonly seconds: number;
  readonly databaseProcessorSeconds: number;
}

export interface CloseRun {
  readonly options: CloseOptions;
  readonly machine: { readonly processors: number; readonly loadAverage: number };
  readonly seeding: Step;
  readonly closing: Step;
  readonly invocations: readonly Invocation[];
  readonly databasePeakMiB: number;
  /** What is wrong with which statement: nothing. */
  readonly wrong: readonly string[];
}

const TABLE_NAME = 'load-close';

/** Runs an invocation in a new process, as Lambda may. */
const invoke = async (input: InvocationInput, onProgress: (text: string) => void): Promise<Invocation> => {
  const child = fork(new URL('invocation.ts', import.meta.url), [JSON.stringify(input)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const exited = childExit(child);
  const errors = child.stderr ? text(child.stderr) : '';
  try {
    let done: Invocation | undefined;
    child.on('message', (message: InvocationMessage) => {
      if ('done' in message) done = message.done;
      else onProgress(message.progress);
    });
    const how = await exited;
    if (!done) throw new Error(`an invocation of the close failed (${how}): ${await errors}`);
    return done;
  } finally {
    await stopChild(child, exited);
  }
};

/** Writes a month of charges to DynamoDB Local, closes it, and compares its statements. */
export const measureClose = async (
  options: CloseOptions,
  onProgress: (text: string) => void,
): Promise<CloseRun> => {
  const machine = { processors: availableParallelism(), loadAverage: loadavg()[0] ?? 0 };
  onProgress('starting DynamoDB Local');
  const [port = 0] = await freePorts(1);
  const database = await startDynamoDb({ port, longRun: true });
  const client = new DynamoDBClient(localClientConfig(database.endpoint));
  const watch = watchProcesses(() => ({ database: database.pid }));
  const step = async <Result>(work: () => Promise<Result>): Promise<Step & { readonly result: Result }> => {
    const startedAt = performance.now();
    const before = (await watch.used()).database?.cpuSeconds ?? 0;
    const result = await work();
    const after = (await watch.used()).database?.cpuSeconds ?? 0;
    return {
      result,
      seconds: (performance.now() - startedAt) / 1_000,
      databaseProcessorSeconds: after - before,
    };
  };
  try {
    await createTable(client, TABLE_NAME, { hasStream: false });
    const table = createDynamoDbTable(client, TABLE_NAME, pause);
    const { result: expected, ...seeding } = await step(() =>
      seedMonth(table, options, (written) => onProgress(`${written} of ${options.charges} charges written`)),
    );
    const input = { endpoint: database.endpoint, tableName: TABLE_NAME, begunAt: Date.now() };
    const { result: invocations, ...closing } = await step(() =>
      closeWhole((number) =>
        invoke({ ...input, seconds: options.invocation }, (progress) =>
          onProgress(`invocation ${number}: ${progress}`),
        ),
      ),
    );
    onProgress('comparing statements');
    const wrong = await findWrong(createStore(table), expected);
    const statements = invocations.reduce((sum, invocation) => sum + invocation.statements, 0);
    assert(wrong.length > 0 || statements === expected.size, 'each statement is issued once');
    const databasePeakMiB = (await watch.used()).database?.peakMiB ?? Number.NaN;
    return { options, machine, seeding, closing, invocations, databasePeakMiB, wrong };
  } finally {
    watch.stop();
    client.destroy();
    await database.stop();
  }
};
