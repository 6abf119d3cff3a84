import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { DescribeTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type LocalDynamoDb, startDynamoDb } from '../../local/dynamodb.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../local/environment.ts';
import { readServerlessFile } from '../../local/serverless-file.ts';
import { type StreamTriggerOptions, startStreamTrigger } from '../../local/stream-trigger.ts';
import { createTable } from '../../local/table.ts';

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

let database: LocalDynamoDb;
let client: DynamoDBClient;
let streams: DynamoDBStreamsClient;
let tableName = '';
let streamArn = '';
let tables = 0;

beforeAll(async () => {
  database = await startDynamoDb({ port: await freePort() });
  const options = { endpoint: database.endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS };
  client = new DynamoDBClient(options);
  streams = new DynamoDBStreamsClient(options);
}, 60_000);

afterAll(async () => {
  client.destroy();
  streams.destroy();
  await database.stop();
});

beforeEach(async () => {
  tables += 1;
  tableName = `stream-${tables}`;
  await createTable(client, tableName);
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  streamArn = Table?.LatestStreamArn ?? '';
});

const put = (sk: string, version = 1) =>
  client.send(
    new PutItemCommand({
      TableName: tableName,
      Item: { pk: { S: 'JOB#job-1' }, sk: { S: sk }, version: { N: String(version) } },
    }),
  );

const putAll = async (sks: readonly string[]) => {
  for (const sk of sks) await put(sk);
};

const sortKey = ({ dynamodb }: DynamoDBRecord) => dynamodb?.Keys?.sk?.S ?? '';
const sequenceNumber = ({ dynamodb }: DynamoDBRecord) => dynamodb?.SequenceNumber ?? '';
const facts = (count: number) => Array.from({ length: count }, (_, index) => `EVENT#${index}`);

interface Overrides {
  readonly settings?: Partial<StreamTriggerOptions['settings']>;
  readonly backoffMs?: StreamTriggerOptions['backoffMs'];
  readonly elapsedMs?: () => number;
  readonly windowMs?: number;
}

/**
 * Starts the trigger with the deployed settings and no waiting; it is stopped when the test ends.
 */
const start = (
  invoke: (keys: string[], event: DynamoDBStreamEvent) => unknown,
  { settings = {}, backoffMs = () => 0, ...overrides }: Overrides = {},
) => {
  const calls: string[][] = [];
  const log: string[] = [];
  const trigger = startStreamTrigger({
    client: streams,
    streamArn,
    settings: { ...readServerlessFile().stream, ...settings },
    invoke: async (event) => {
      const keys = event.Records.map(sortKey);
      calls.push(keys);
      return invoke(keys, event);
    },
    onLog: (line) => log.push(line),
    backoffMs,
    ...overrides,
  });
  onTestFinished(() => trigger.stop());
  return { trigger, calls, log };
};

test('a function gets records in the shape Lambda gives them', async () => {
  let seen: DynamoDBRecord | undefined;
  const { trigger } = start((_keys, event) => {
    seen = event.Records[0];
  });
  await put('EVENT#1');
  await trigger.idle();
  expect(seen).toEqual({
    eventID: expect.any(String),
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: expect.any(String),
    eventSourceARN: streamArn,
    dynamodb: {
      ApproximateCreationDateTime: expect.any(Number),
      Keys: { pk: { S: 'JOB#job-1' }, sk: { S: 'EVENT#1' } },
      NewImage: { pk: { S: 'JOB#job-1' }, sk: { S: 'EVENT#1' }, version: { N: '1' } },
      SequenceNumber: expect.stringMatching(/^\d+$/),
      SizeBytes: expect.any(Number),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  });
  // Seconds, not milliseconds.
  expect(seen?.dynamodb?.ApproximateCreationDateTime).toBeLessThan(Date.now() / 100);
});

test('the changes of an item arrive in order', async () => {
  const versions: unknown[] = [];
  const { trigger } = start(
    (_keys, event) => {
      versions.push(...event.Records.map(({ dynamodb }) => dynamodb?.NewImage?.version?.N));
    },
    { settings: { filterPatterns: [], batchSize: 3 } },
  );
  for (let version = 1; version <= 20; version += 1) await put('EVENT#1', version);
  await trigger.idle();
  expect(versions).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 1)));
});

test('records wait for further ones until the window of the first has passed', async () => {
  let [looks, lastLook] = [0, Number.POSITIVE_INFINITY];
  let onLook: () => void = () => undefined;
  const looked = new Promise<void>((resolve) => {
    onLook = resolve;
  });
  await put('EVENT#1');
  const { trigger, calls } = start(() => undefined, {
    windowMs: 1_000,
    elapsedMs: () => {
      looks += 1;
      onLook();
      return looks < lastLook ? 0 : 1_000;
    },
  });
  await looked;
  await putAll(['EVENT#2', 'EVENT#3']);
  // The window ends at a look after a read that began once they were written.
  lastLook = looks + 3;
  await trigger.idle();
  expect(calls).toEqual([['EVENT#1', 'EVENT#2', 'EVENT#3']]);
});

test('a batch that is full does not wait for its window', async () => {
  const { trigger, calls } = start(() => undefined, {
    ...{ windowMs: 1_000, elapsedMs: () => 0, settings: { batchSize: 2 } },
  });
  await putAll(facts(4));
  await trigger.idle();
  expect(calls).toEqual([
    ['EVENT#0', 'EVENT#1'],
    ['EVENT#2', 'EVENT#3'],
  ]);
});

test('records written before the start arrive too', async () => {
  await putAll(facts(3));
  const { trigger, calls } = start(() => undefined);
  await trigger.idle();
  expect(calls.flat()).toEqual(facts(3));
});

test('only new facts reach the function', async () => {
  const { trigger, calls } = start(() => undefined);
  await putAll(['EVENT#1', 'CHARGE#1', 'CUT#2026-11', 'STATEMENT']);
  await put('EVENT#1', 2);
  await trigger.idle();
  expect(calls.flat()).toEqual(['EVENT#1', 'CUT#2026-11']);
  expect(trigger.stats).toEqual({ handled: 2, failedInvocations: 0, givenUp: 0 });
});

test('a partial failure is retried from the lowest failed record', async () => {
  await putAll(facts(5));
  let failed = false;
  const { trigger, calls } = start((_keys, event) => {
    if (failed) return { batchItemFailures: [] };
    failed = true;
    const [, , third, fourth] = event.Records.map(sequenceNumber);
    return { batchItemFailures: [{ itemIdentifier: fourth }, { itemIdentifier: third }] };
  });
  await trigger.idle();
  expect(calls).toEqual([facts(5), facts(5).slice(2)]);
  expect(trigger.stats).toEqual({ handled: 5, failedInvocations: 1, givenUp: 0 });
});

test.each([
  ['an identifier that is not in the batch', { batchItemFailures: [{ itemIdentifier: 'other' }] }],
  ['an answer of another form', { batchItemFailures: [{ id: '1' }] }],
])('%s fails the whole batch', async (_name, answer) => {
  await putAll(facts(2));
  const answers: unknown[] = [answer];
  const { trigger, calls } = start(() => answers.shift(), {
    settings: { bisectBatchOnFunctionError: false },
  });
  await trigger.idle();
  expect(calls).toEqual([facts(2), facts(2)]);
});

test('a throwing function is retried with growing pauses until its records are too old', async () => {
  await putAll(facts(2));
  const failures: number[] = [];
  let elapsed = 0;
  const { trigger, calls, log } = start(
    (keys) => {
      elapsed += 16_000;
      if (keys.includes('EVENT#0')) throw new Error('cannot settle');
    },
    {
      settings: { bisectBatchOnFunctionError: false, maximumRecordAgeInSeconds: 60 },
      elapsedMs: () => elapsed,
      backoffMs: (count) => {
        failures.push(count);
        return 0;
      },
    },
  );
  await trigger.idle();
  expect(calls).toEqual([facts(2), facts(2), facts(2), facts(2)]);
  expect(failures).toEqual([1, 2, 3, 4]);
  expect(trigger.stats).toEqual({ handled: 0, failedInvocations: 4, givenUp: 2 });
  expect(log.at(-1)).toMatch(/gave up on 2 record\(s\), too old: .*EVENT#0.*EVENT#1/);

  await put('EVENT#later');
  await trigger.idle();
  expect(calls.at(-1)).toEqual(['EVENT#later']);
});

test.each([
  ['throws', () => Promise.reject(new Error('poison'))],
  [
    'reports the first record as failed',
    (event: DynamoDBStreamEvent) => ({
      batchItemFailures: event.Records.filter((record) => sortKey(record) === 'EVENT#5').map((record) => ({
        itemIdentifier: sequenceNumber(record),
      })),
    }),
  ],
])('bisecting isolates a poison record when the function %s', async (_name, fail) => {
  await putAll(facts(9));
  let failuresAlone = 0;
  const { trigger } = start((keys, event) => {
    if (!keys.includes('EVENT#5') || failuresAlone === 3) return undefined;
    if (keys.length === 1) failuresAlone += 1;
    return fail(event);
  });
  await trigger.idle();
  expect(failuresAlone).toBe(3);
  expect(trigger.stats).toMatchObject({ handled: 9, givenUp: 0 });
});

test('records written while the function is failing arrive once it works', async () => {
  let working = false;
  const { promise: failedTwice, resolve } = Promise.withResolvers<void>();
  const { trigger, calls } = start(
    (_keys) => {
      if (working) return undefined;
      if (calls.length === 2) resolve();
      throw new Error('down');
    },
    { backoffMs: () => 1 },
  );
  await put('EVENT#0');
  await failedTwice;
  await putAll(facts(4).slice(1));
  working = true;
  await trigger.idle();
  expect([...new Set(calls.flat())]).toEqual(facts(4));
  expect(trigger.stats).toMatchObject({ handled: 4, givenUp: 0 });
});

test('a record that has been tried for too long is given up, however old it was when it was read', async () => {
  await put('EVENT#0');
  let elapsed = 1_000_000_000;
  const { trigger, log } = start(
    () => {
      elapsed += 40_000;
      throw new Error('down');
    },
    { settings: { maximumRecordAgeInSeconds: 60 }, elapsedMs: () => elapsed },
  );
  await trigger.idle();
  expect(trigger.stats).toEqual({ handled: 0, failedInvocations: 2, givenUp: 1 });
  expect(log.at(-1)).toMatch(/gave up on 1 record\(s\), too old: .*EVENT#0/);
});

test('what was not handled before a stop is handed over by the next start', async () => {
  await putAll(facts(2));
  const { promise: called, resolve } = Promise.withResolvers<void>();
  const first = start(
    () => {
      resolve();
      throw new Error('down');
    },
    { backoffMs: () => 60_000 },
  );
  await called;
  await first.trigger.stop();
  expect(first.trigger.stats).toMatchObject({ handled: 0, givenUp: 0 });

  const second = start(() => undefined);
  await second.trigger.idle();
  expect(second.calls.flat()).toEqual(facts(2));
});

test('idle waits for a function that is still at work', async () => {
  const { promise: finish, resolve } = Promise.withResolvers<void>();
  const { promise: called, resolve: onCall } = Promise.withResolvers<void>();
  const { trigger } = start(async () => {
    onCall();
    await finish;
  });
  await put('EVENT#1');
  let isIdle = false;
  const idle = trigger.idle().then(() => {
    isIdle = true;
  });
  await called;
  expect(isIdle).toBe(false);
  resolve();
  await idle;
  expect(trigger.stats.handled).toBe(1);
});
