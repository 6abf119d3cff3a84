import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTableCommand, DynamoDB } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { assertPortFree, type OnLog } from './child.ts';
import { publishDefaultTariff } from './default-tariff.ts';
import { startDynamoDb } from './dynamodb.ts';
import { localClientConfig, localEnvironment } from './environment.ts';
import { createInvoke, startFunctions } from './functions.ts';
import { readServerlessFile } from './serverless-file.ts';
import type { LocalSettings } from './settings.ts';
import { type StreamTrigger, type StreamTriggerOptions, startStreamTrigger } from './stream-trigger.ts';
import { createTable } from './table.ts';

export interface StackOptions extends LocalSettings {
  /** Further environment of the functions, e.g. BILLING_TIME_ZONE. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Every line the functions and the stack itself log. */
  readonly onLog: OnLog;
  /** Changes how the stream is read and what it calls; without it the stream calls `settle-jobs`, as deployed. */
  readonly adaptStream?: (asDeployed: StreamTriggerOptions) => StreamTriggerOptions;
}

export interface Stack {
  readonly url: string;
  /** Of DynamoDB Local. */
  readonly endpoint: string;
  readonly tableName: string;
  readonly trigger: StreamTrigger;
  /** Calls a function by its name in `serverless.yml`, as a schedule would. */
  invoke(functionName: string, event: unknown): Promise<unknown>;
  /** Resolves with one clear line when a part ends by itself, and not because of `stop`. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

const STAGE = 'local';
/** A signal to a whole process group ends the children first; whoever hears of it needs a moment to say that it was meant. */
const EXIT_GRACE_MS = 300;

/** What the functions are started with. */
export const functionsEnvironment = (
  endpoint: string,
  {
    webhookSecret,
    tokenSecret,
    schedules,
    environment,
  }: Pick<StackOptions, 'webhookSecret' | 'tokenSecret' | 'schedules' | 'environment'>,
): Record<string, string | undefined> => ({
  ...localEnvironment(endpoint),
  // The zone of Lambda; schedules are in UTC, whatever the zone of this machine.
  TZ: 'UTC',
  SCHEDULES: String(schedules),
  WEBHOOK_SECRET: webhookSecret,
  TOKEN_SECRET: tokenSecret,
  // A line for every request is for a deployed stage; here only what went wrong is worth reading.
  POWERTOOLS_LOG_LEVEL: process.env.POWERTOOLS_LOG_LEVEL ?? 'WARN',
  ...environment,
});

/** The table, ready for use. Gives the ARN of its stream. */
export const openTable = async (
  endpoint: string,
  tableName: string,
  env: Readonly<Record<string, string | undefined>>,
  onLog: OnLog,
) => {
  const client = new DynamoDB(localClientConfig(endpoint));
  try {
    await createTable(client, tableName);
    await publishDefaultTariff(client, { ...env, STAGE, TABLE_NAME: tableName }, onLog);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    if (!Table?.LatestStreamArn) throw new Error(`table ${tableName} has no stream`);
    return Table.LatestStreamArn;
  } finally {
    client.destroy();
  }
};

/** Starts DynamoDB Local, the table, the functions behind their HTTP API, and the stream between them. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const {
    port,
    lambdaPort,
    dynamoDbPort,
    dataDir,
    onLog,
    adaptStream = (asDeployed) => asDeployed,
  } = options;
  await assertPortFree(port, 'PORT');
  await assertPortFree(lambdaPort, 'LAMBDA_PORT');
  await assertPortFree(dynamoDbPort, 'DYNAMODB_PORT');
  const { service, stream } = readServerlessFile();
  const tableName = `${service}-${STAGE}`;
  const endpoint = `http://localhost:${dynamoDbPort}`;

  const env = functionsEnvironment(endpoint, options);

  // Both take over a second to start, and neither needs the other for that.
  const [database, functions] = await Promise.allSettled([
    startDynamoDb({ port: dynamoDbPort, dataDir }),
    startFunctions({ port, lambdaPort, onLog, env }),
  ]);
  const stopAll = async (trigger?: StreamTrigger) => {
    // What calls is stopped before what is called, so that nothing fails on the way out.
    await trigger?.stop();
    if (functions.status === 'fulfilled') await functions.value.stop();
    if (database.status === 'fulfilled') await database.value.stop();
  };
  try {
    if (database.status === 'rejected') throw database.reason;
    if (functions.status === 'rejected') throw functions.reason;
    const streamArn = await openTable(endpoint, tableName, env, onLog);
    const streamsClient = new DynamoDBStreamsClient(localClientConfig(endpoint));
    const functionCall = (name: string) => createInvoke(lambdaPort, `${service}-${STAGE}-${name}`);
    const trigger = startStreamTrigger(
      adaptStream({
        client: streamsClient,
        streamArn,
        settings: stream,
        invoke: functionCall('settle-jobs'),
        onLog,
      }),
    );
    let stopped: Promise<void> | undefined;
    const crash = async (name: string, exited: Promise<string>): Promise<string> => {
      const how = await exited;
      await sleep(EXIT_GRACE_MS);
      // Meant: whoever stopped it gives the reason, so this never answers.
      return stopped ? new Promise(() => {}) : `${name} stopped unexpectedly: ${how}`;
    };
    return {
      url: functions.value.url,
      endpoint,
      tableName,
      trigger,
      invoke: (name, event) => functionCall(name)(event),
      exited: Promise.race([
        crash('DynamoDB Local', database.value.exited),
        crash('serverless-offline', functions.value.exited),
      ]),
      stop: () => {
        stopped ??= stopAll(trigger).finally(() => streamsClient.destroy());
        return stopped;
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
};
