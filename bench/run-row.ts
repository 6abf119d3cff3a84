import { fork } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { LOCAL_ENDPOINT_KEY } from '../lib/config/endpoints.ts';
import { LOCAL_TOKEN_SECRET, LOCAL_WEBHOOK_SECRET } from '../lib/config.ts';
import { childExit, stopChild } from '../local/child.ts';
import { startDynamoDb } from '../local/dynamodb.ts';
import { localEnvironment } from '../local/environment.ts';
import { freePorts } from '../local/free-ports.ts';
import type { Line, RowOptions } from './figures.ts';
import type { RowMessage } from './row-process.ts';

/** Environment of a deployed function, with local settings. */
export const benchEnvironment = (endpoint: string) => ({
  ...localEnvironment(endpoint),
  STAGE: 'local',
  TABLE_NAME: 'jobmeter-bench',
  WEBHOOK_SECRET: LOCAL_WEBHOOK_SECRET,
  TOKEN_SECRET: LOCAL_TOKEN_SECRET,
  ENDPOINT_KEY: LOCAL_ENDPOINT_KEY,
  // Certificates of this machine, which Lambda has not: parsing them is a seventh of a start.
  NODE_EXTRA_CA_CERTS: undefined,
  // The default of a deployed stage: logSample in serverless.yml.
  LOG_SAMPLE: '0.01',
});

/** Runs a benchmark in its own process with a fresh DynamoDB Local. */
export const runRow = async (
  name: string,
  { onProgress, ...options }: RowOptions,
): Promise<readonly Line[]> => {
  const [port = 0] = await freePorts(1);
  const dynamoDb = await startDynamoDb({ port });
  const child = fork(new URL('row-process.ts', import.meta.url), [name, JSON.stringify(options)], {
    env: benchEnvironment(dynamoDb.endpoint),
    // A million charges are in memory at once.
    execArgv: ['--expose-gc', '--max-old-space-size=4096'],
    // Functions log to standard output.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const exited = childExit(child);
  const errors = child.stderr ? text(child.stderr) : '';
  try {
    let lines: readonly Line[] | undefined;
    child.on('message', (message: RowMessage) => {
      if ('lines' in message) lines = message.lines;
      else onProgress(message.progress);
    });
    const how = await exited;
    if (!lines) throw new Error(`the benchmark ${name} failed (${how}): ${await errors}`);
    return lines;
  } finally {
    await stopChild(child, exited);
    await dynamoDb.stop();
  }
};
