import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { assertPortFree, type OnLog } from './child.ts';
import { publishDefaultTariff } from './default-tariff.ts';
import { startDynamoDb } from './dynamodb.ts';
import { localClientConfig, localEnvironment } from './environment.ts';
import { createInvoke, startFunctions } from './functions.ts';
import { createRetries } from './retries.ts';
import { readServerlessFile } from './serverless-file.ts';
import type { LocalSettings } from './settings.ts';
import { type StreamTrigger, type StreamTriggerOptions, startStreamTrigger } from './stream-trigger.ts';
import { createTable, openStream } from './table.ts';

export interface StackOptions extends LocalSettings {
  /** Further environment of the functions, e.g. BILLING_TIME_ZONE. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Receives all log lines. */
  readonly onLog: OnLog;
  /** Overrides the stream trigger of `settle-jobs`. */
  readonly adaptStream?: (asDeployed: StreamTriggerOptions) => StreamTriggerOptions;
}

export interface Stack {
  readonly url: string;
  /** Of DynamoDB Local. */
  readonly endpoint: string;
  readonly tableName: string;
  /** Of `settle-jobs`; idle once the events out that it caused were handed on too. */
  readonly trigger: Pick<StreamTrigger, 'stats' | 'idle'>;
  /** Calls a function by its name in `serverless.yml`. */
  invoke(functionName: string, event: unknown): Promise<unknown>;
  /** Resolves with a one-line reason when a part ends unexpectedly. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

const STAGE = 'local';
/** A signal to the process group ends children first: time to learn that it was intended. */
const EXIT_GRACE_MS = 300;

/** Environment of the functions. */
export const functionsEnvironment = (
  endpoint: string,
  {
    webhookSecret,
    tokenSecret,
    endpointKey,
    schedules,
    environment,
  }: Pick<StackOptions, 'webhookSecret' | 'tokenSecret' | 'endpointKey' | 'schedules' | 'environment'>,
): Record<string, string | undefined> => ({
  ...localEnvironment(endpoint),
  // Lambda runs in UTC, and so do schedules, whatever the local time zone.
  TZ: 'UTC',
  SCHEDULES: String(schedules),
  WEBHOOK_SECRET: webhookSecret,
  TOKEN_SECRET: tokenSecret,
  ENDPOINT_KEY: endpointKey,
  // Request logs are for deployed stages.
  POWERTOOLS_LOG_LEVEL: process.env.POWERTOOLS_LOG_LEVEL ?? 'WARN',
  ...environment,
});

/** Writes to a new table before it has a stream: for more than a few thousand writes far faster. */
export type Fill = (client: DynamoDB, tableName: string) => Promise<void>;

/** Creates the table and returns the ARN of its stream. */
export const openTable = async (
  endpoint: string,
  tableName: string,
  env: Readonly<Record<string, string | undefined>>,
  onLog: OnLog,
  fill?: Fill,
): Promise<string> => {
  const client = new DynamoDB(localClientConfig(endpoint));
  try {
    await createTable(client, tableName, { hasStream: !fill });
    await publishDefaultTariff(client, { ...env, STAGE, TABLE_NAME: tableName }, onLog);
    await fill?.(client, tableName);
    return await openStream(client, tableName);
  } finally {
    client.destroy();
  }
};

/** DynamoDB Local and the functions; if one cannot start, the other is stopped. */
const startServers = async (
  env: Record<string, string | undefined>,
  { port, lambdaPort, dynamoDbPort, dataDir, onLog }: StackOptions,
) => {
  // Independent, and each takes over a second.
  const [database, functions] = await Promise.allSettled([
    startDynamoDb({ port: dynamoDbPort, dataDir }),
    startFunctions({ port, lambdaPort, onLog, env }),
  ]);
  const stop = async () => {
    // Callers are stopped before callees, so that shutdown causes no failures.
    if (functions.status === 'fulfilled') await functions.value.stop();
    if (database.status === 'fulfilled') await database.value.stop();
  };
  try {
    if (database.status === 'rejected') throw database.reason;
    if (functions.status === 'rejected') throw functions.reason;
    return { url: functions.value.url, database: database.value, functions: functions.value, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

type Servers = Awaited<ReturnType<typeof startServers>>;

/** Resolves with a one-line reason when a server ends before the stack is stopped. */
const unexpectedExit = ({ database, functions }: Servers, isStopped: () => boolean): Promise<string> => {
  const crash = async (name: string, exited: Promise<string>): Promise<string> => {
    const how = await exited;
    await sleep(EXIT_GRACE_MS);
    // Intended: never resolves.
    return isStopped() ? new Promise(() => {}) : `${name} stopped unexpectedly: ${how}`;
  };
  return Promise.race([
    crash('DynamoDB Local', database.exited),
    crash('serverless-offline', functions.exited),
  ]);
};

type Call = (name: string) => (event: unknown) => Promise<unknown>;

/** The two readers of the stream, and retries of deliveries where no schedule runs them. */
const startTriggers = (
  call: Call,
  source: Pick<StreamTriggerOptions, 'client' | 'streamArn' | 'onLog'>,
  { schedules, dataDir, batchWindowMs, adaptStream = (asDeployed) => asDeployed }: StackOptions,
) => {
  const { stream, eventsOut } = readServerlessFile();
  const retries = createRetries(() => call('retry-deliveries')({}));
  const deliver = call('deliver-events');
  const settling = startStreamTrigger(
    adaptStream({ ...source, settings: stream, windowMs: batchWindowMs, invoke: call('settle-jobs') }),
  );
  const delivering = startStreamTrigger({
    ...{ ...source, settings: eventsOut },
    invoke: (event) =>
      deliver(event).finally(() => {
        if (!schedules) retries.wake();
      }),
  });
  // A table on disk may have what was not delivered before.
  if (!schedules && dataDir !== undefined) retries.wake();
  return {
    trigger: {
      stats: settling.stats,
      idle: async () => {
        await settling.idle();
        await delivering.idle();
      },
    },
    stop: async () => {
      await Promise.all([settling.stop(), delivering.stop()]);
      await retries.stop();
    },
  };
};

/** Starts DynamoDB Local, the table, the functions with their HTTP API, and the stream triggers. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const { port, lambdaPort, dynamoDbPort, onLog } = options;
  await assertPortFree(port, 'PORT');
  await assertPortFree(lambdaPort, 'LAMBDA_PORT');
  await assertPortFree(dynamoDbPort, 'DYNAMODB_PORT');
  const { service } = readServerlessFile();
  const tableName = `${service}-${STAGE}`;
  const endpoint = `http://localhost:${dynamoDbPort}`;
  const env = functionsEnvironment(endpoint, options);
  const functionCall = (name: string) => createInvoke(lambdaPort, `${service}-${STAGE}-${name}`);

  const servers = await startServers(env, options);
  try {
    const streamArn = await openTable(endpoint, tableName, env, onLog);
    const client = new DynamoDBStreamsClient(localClientConfig(endpoint));
    const triggers = startTriggers(functionCall, { client, streamArn, onLog }, options);
    const stopAll = () => triggers.stop().then(servers.stop);
    let stopped: Promise<void> | undefined;
    return {
      ...{ url: servers.url, endpoint, tableName, trigger: triggers.trigger },
      invoke: (name, event) => functionCall(name)(event),
      exited: unexpectedExit(servers, () => stopped !== undefined),
      stop: () => {
        stopped ??= stopAll().finally(() => client.destroy());
        return stopped;
      },
    };
  } catch (error) {
    await servers.stop();
    throw error;
  }
};
