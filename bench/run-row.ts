import { fork } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { LOCAL_TOKEN_SECRET, LOCAL_WEBHOOK_SECRET } from '../lib/config.ts';
import { childExit, stopChild } from '../local/child.ts';
import { startDynamoDb } from '../local/dynamodb.ts';
import { localEnvironment } from '../local/environment.ts';
import { freePorts } from '../local/free-ports.ts';
import type { Line, RowOptions } from './figures.ts';
import type { Told } from './row-process.ts';

/** The environment of a deployed function, except that it is local. */
const environmentOf = (endpoint: string) => ({
  ...localEnvironment(endpoint),
  STAGE: 'local',
  TABLE_NAME: 'jobmeter-bench',
  WEBHOOK_SECRET: LOCAL_WEBHOOK_SECRET,
  TOKEN_SECRET: LOCAL_TOKEN_SECRET,
});

/** Runs one benchmark in a process of its own, with a fresh DynamoDB Local. */
export const runRow = async (
  name: string,
  { onProgress, ...options }: RowOptions,
): Promise<readonly Line[]> => {
  const [port = 0] = await freePorts(1);
  const dynamoDb = await startDynamoDb({ port });
  const child = fork(new URL('row-process.ts', import.meta.url), [name, JSON.stringify(options)], {
    env: environmentOf(dynamoDb.endpoint),
    // A month of a million charges is in memory at once.
    execArgv: ['--expose-gc', '--max-old-space-size=4096'],
    // Functions log to standard output.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const exited = childExit(child);
  const complaints = child.stderr ? text(child.stderr) : '';
  try {
    let lines: readonly Line[] | undefined;
    child.on('message', (told: Told) => {
      if ('lines' in told) lines = told.lines;
      else onProgress(told.progress);
    });
    const how = await exited;
    if (!lines) throw new Error(`the benchmark ${name} failed (${how}): ${await complaints}`);
    return lines;
  } finally {
    await stopChild(child, exited);
    await dynamoDb.stop();
  }
};
