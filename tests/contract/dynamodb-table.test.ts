import { randomUUID } from 'node:crypto';
import {
  type BatchWriteItemCommandInput,
  DynamoDB,
  ResourceNotFoundException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDynamoDbTable } from '../../lib/store/dynamodb-table.ts';
import type { Item, Table } from '../../lib/store/table.ts';
import { TableUnavailable } from '../../lib/store/unavailable.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../local/dynamodb.ts';
import { freePorts } from '../../local/free-ports.ts';
import { createTable } from '../../local/table.ts';
import { allOf } from '../../simulation/items-on.ts';
import { outgoingStoreContract } from './outgoing-store.contract.ts';
import { storeContract } from './store.contract.ts';
import { tableContract } from './table.contract.ts';

let dynamoDb: LocalDynamoDb;
const clients: DynamoDB[] = [];

beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  dynamoDb = await startDynamoDb({ port });
});

afterAll(async () => {
  for (const client of clients) client.destroy();
  await dynamoDb?.stop();
});

const createClient = () => {
  const client = new DynamoDB({ endpoint: dynamoDb.endpoint });
  clients.push(client);
  return client;
};

const noPause = () => Promise.resolve();

const createEmptyTable = async () => {
  const client = createClient();
  const tableName = `contract-${randomUUID()}`;
  await createTable(client, tableName);
  return createDynamoDbTable(client, tableName, noPause);
};

tableContract('DynamoDB', createEmptyTable);
storeContract('DynamoDB', createEmptyTable);
outgoingStoreContract('DynamoDB', createEmptyTable);

describe('a throttled DynamoDB', () => {
  const createThrottled = async () => {
    const client = createClient();
    const tableName = `throttled-${randomUUID()}`;
    await createTable(client, tableName);
    const pauses: number[] = [];
    const table = createDynamoDbTable(client, tableName, async (ms) => pauses.push(ms));
    let calls = 0;
    return {
      table,
      pauses,
      calls: () => calls,

      /** Of each batch only the first `taken` items are written; the rest is left over. */
      leaveOver(taken: number) {
        client.middlewareStack.add(
          (next, { commandName }) =>
            async (args) => {
              if (commandName !== 'BatchWriteItemCommand') return next(args);
              calls += 1;
              const requests = (args.input as BatchWriteItemCommandInput).RequestItems?.[tableName] ?? [];
              const now = requests.slice(0, taken);
              const left = requests.slice(taken);
              if (now.length > 0) await next({ ...args, input: { RequestItems: { [tableName]: now } } });
              const UnprocessedItems = left.length > 0 ? { [tableName]: left } : {};
              return { response: {}, output: { $metadata: {}, UnprocessedItems } };
            },
          { step: 'initialize' },
        );
      },

      /** The first `times` writes of one item meet a transaction. */
      conflict(times: number) {
        let met = 0;
        client.middlewareStack.add(
          (next, { commandName }) =>
            async (args) => {
              met += 1;
              if (commandName !== 'PutItemCommand' || met > times) return next(args);
              throw new TransactionConflictException({ message: 'a transaction is at it', $metadata: {} });
            },
          { step: 'initialize' },
        );
      },

      /** The first `times` transactions are cancelled for `codes`, one for each item. */
      cancel(times: number, codes: readonly string[]) {
        client.middlewareStack.add(
          (next, { commandName }) =>
            async (args) => {
              if (commandName !== 'TransactWriteItemsCommand') return next(args);
              calls += 1;
              if (calls > times) return next(args);
              throw new TransactionCanceledException({
                message: 'cancelled',
                $metadata: {},
                CancellationReasons: codes.map((Code) => ({ Code })),
              });
            },
          { step: 'initialize' },
        );
      },
    };
  };

  test('a write that a transaction is in the way of is tried again, after a pause that grows', async () => {
    const { table, pauses, conflict } = await createThrottled();
    conflict(3);
    const item = { pk: 'met', sk: 'a' };
    expect(await table.put({ item, condition: { kind: 'absent' } })).toEqual({ written: true });
    expect(await table.get(item)).toEqual(item);
    expect(pauses).toHaveLength(3);
    expect(growing(pauses)).toBe(true);
    conflict(Number.POSITIVE_INFINITY);
    await expect(table.put({ item })).rejects.toMatchObject({
      name: 'TableUnavailable',
      cause: expect.any(TransactionConflictException),
    });
  });

  const items = (pk: string, count: number) =>
    Array.from({ length: count }, (_, i): Item => ({ pk, sk: `${100 + i}`, i }));
  const pair = [{ item: { pk: 'pair', sk: 'a' } }, { item: { pk: 'pair', sk: 'b' } }];
  const growing = (pauses: readonly number[]) => pauses.every((ms, i) => ms > (pauses[i - 1] ?? 0));

  test('leftovers of a batch are written again, after a pause that grows', async () => {
    const { table, pauses, leaveOver } = await createThrottled();
    leaveOver(10);
    await table.putEach(items('left', 25));
    expect(await allOf(table.query('left'))).toEqual(items('left', 25));
    expect(pauses).toHaveLength(2);
    expect(growing(pauses)).toBe(true);
  });

  test('a batch without leftovers is not paused for', async () => {
    const { table, pauses, calls, leaveOver } = await createThrottled();
    leaveOver(25);
    await table.putEach(items('whole', 60));
    expect(await allOf(table.query('whole'))).toEqual(items('whole', 60));
    expect([calls(), pauses]).toEqual([3, []]);
  });

  test('a batch of which nothing is ever taken is an error in the end, never a silent loss', async () => {
    const { table, calls, leaveOver } = await createThrottled();
    leaveOver(0);
    await expect(table.putEach(items('stuck', 3))).rejects.toMatchObject({
      name: 'TableUnavailable',
      message: expect.stringContaining('throttled'),
    });
    expect(calls()).toBeGreaterThan(1);
  });

  test.each(['ThrottlingError', 'ProvisionedThroughputExceeded', 'TransactionConflict'])(
    'a transaction cancelled for %s is tried again, after a pause that grows',
    async (code) => {
      const { table, pauses, cancel } = await createThrottled();
      cancel(3, ['None', code]);
      expect(await table.putTogether(pair)).toEqual({ written: true });
      expect(await allOf(table.query('pair'))).toHaveLength(2);
      expect(pauses).toHaveLength(3);
      expect(growing(pauses)).toBe(true);
    },
  );

  test.each(['ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'a transaction that is always cancelled for %s is an error in the end',
    async (code) => {
      const { table, cancel } = await createThrottled();
      cancel(Number.POSITIVE_INFINITY, [code, 'None']);
      await expect(table.putTogether(pair)).rejects.toMatchObject({
        name: 'TableUnavailable',
        cause: expect.any(TransactionCanceledException),
      });
    },
  );

  test.each(['ThrottlingError', 'ProvisionedThroughputExceeded', 'TransactionConflict'])(
    'a transaction cancelled for its condition is lost, also if there was a %s as well',
    async (code) => {
      const { table, pauses, cancel } = await createThrottled();
      cancel(1, [code, 'ConditionalCheckFailed']);
      expect(await table.putTogether(pair)).toEqual({ written: false });
      expect(pauses).toEqual([]);
    },
  );

  test('a transaction that always meets another one is lost in the end', async () => {
    const { table, pauses, calls, cancel } = await createThrottled();
    cancel(Number.POSITIVE_INFINITY, ['TransactionConflict', 'None']);
    expect(await table.putTogether(pair)).toEqual({ written: false });
    expect(calls()).toBe(pauses.length + 1);
    expect(growing(pauses)).toBe(true);
  });

  test('a transaction cancelled for any other reason is an error at once', async () => {
    const { table, calls, cancel } = await createThrottled();
    cancel(1, ['ValidationError', 'None']);
    await expect(table.putTogether(pair)).rejects.toThrow(TransactionCanceledException);
    expect(calls()).toBe(1);
  });
});

test('every read of DynamoDB is strongly consistent, as DynamoDB Local always is', async () => {
  const client = createClient();
  const tableName = `consistent-${randomUUID()}`;
  await createTable(client, tableName);
  const reads: [string | undefined, boolean | undefined][] = [];
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        reads.push([commandName, 'ConsistentRead' in args.input ? args.input.ConsistentRead : undefined]);
        return next(args);
      },
    { step: 'initialize' },
  );
  const table = createDynamoDbTable(client, tableName, noPause);
  await table.get({ pk: 'a', sk: 'a' });
  await allOf(table.query('a'));
  await Array.fromAsync(table.scan({}));
  expect(reads).toEqual([
    ['GetItemCommand', true],
    ['QueryCommand', true],
    ['ScanCommand', true],
  ]);
});

const ITEM = { pk: 'a', sk: 'a' };
const CONDITION = { kind: 'unchanged', from: { a: 1 } } as const;

/** Every operation of a table. */
const OPERATIONS: Record<keyof Table, (table: Table) => Promise<unknown>> = {
  get: (table) => table.get(ITEM),
  query: (table) => allOf(table.query('a')),
  scan: (table) => Array.fromAsync(table.scan({})),
  put: (table) => table.put({ item: ITEM, condition: CONDITION }),
  putTogether: (table) => table.putTogether([{ item: ITEM }]),
  putEach: (table) => table.putEach([ITEM]),
  delete: (table) => table.delete(ITEM, CONDITION),
};

describe.each(Object.entries(OPERATIONS))('%s', (_, operate) => {
  test('of DynamoDB that does not answer as it should is an error, not an outcome', async () => {
    const table = createDynamoDbTable(createClient(), 'no-such-table', noPause);
    await expect(operate(table)).rejects.toThrow(ResourceNotFoundException);
  });

  test.each([
    ['that is throttled', { name: 'ThrottlingException' }],
    ['that has too few units', { name: 'ProvisionedThroughputExceededException' }],
    ['in a busy transaction', { name: 'TransactionInProgressException' }],
    ['that has a fault', { name: 'InternalServerError' }],
    ['that does not answer in time', { name: 'TimeoutError' }],
    ['that cannot be connected to', { code: 'ECONNREFUSED' }],
    ['whose client calls the failure retryable', { $retryable: {} }],
    ['behind a machine that is busy', { $metadata: { httpStatusCode: 503 } }],
  ])('of DynamoDB %s is unavailable, with the reason', async (_reason, properties) => {
    const cause = Object.assign(new Error('inside'), properties);
    const send = () => Promise.reject(cause);
    const table = createDynamoDbTable({ send }, 'table', noPause);
    const failure = await operate(table).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TableUnavailable);
    expect(failure).toMatchObject({ cause, message: 'the table is not available: inside' });
  });
});
