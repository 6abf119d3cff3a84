import {
  BatchWriteItemCommand,
  type ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  type TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type DynamoDbClient, rethrow } from './dynamodb-client.ts';
import { fromAttributes, toAttributes, toExpression, toKey } from './dynamodb-expressions.ts';
import type { Item, Put, Table, WriteOutcome } from './table.ts';
import { TableUnavailable } from './unavailable.ts';

/** The limit of a BatchWriteItem. */
const BATCH_ITEMS = 25;
/** Attempts at a write that is throttled or meets a transaction, with doubling pauses. */
const ATTEMPTS = 8;
const pauseMs = (attempt: number) => 25 * 2 ** attempt;

/** Reasons to try a cancelled transaction again. Its conditions are checked again then. */
const THROTTLED = new Set(['ThrottlingError', 'ProvisionedThroughputExceeded']);
const CONFLICT = 'TransactionConflict';

const hasName = (error: unknown, name: string) => error instanceof Error && error.name === name;
const isConditionFailed = (error: unknown): error is ConditionalCheckFailedException =>
  hasName(error, 'ConditionalCheckFailedException');
const isCancelled = (error: unknown): error is TransactionCanceledException =>
  hasName(error, 'TransactionCanceledException');

interface Target {
  readonly client: DynamoDbClient;
  readonly tableName: string;
  readonly pause: (ms: number) => Promise<unknown>;
}

const toPut = (tableName: string, { item, condition }: Put) => ({
  TableName: tableName,
  Item: toAttributes(item),
  ...toExpression(condition),
});

/** Repeats an attempt until it gives an outcome. The last one has to. */
const withRetries = async <Outcome>(
  { pause }: Target,
  attempt: (isLast: boolean) => Promise<Outcome | 'retry'>,
): Promise<Outcome> => {
  for (let count = 1; ; count += 1) {
    const outcome = await attempt(count === ATTEMPTS);
    if (outcome !== 'retry') return outcome;
    await pause(pauseMs(count));
  }
};

const putOne = (target: Target, put: Put): Promise<WriteOutcome> =>
  withRetries(target, async (isLast): Promise<WriteOutcome | 'retry'> => {
    try {
      const request = new PutItemCommand({
        ...toPut(target.tableName, put),
        ...(put.condition && { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
      });
      await target.client.send(request);
      return { written: true };
    } catch (error) {
      if (isConditionFailed(error))
        return { written: false, existing: error.Item && fromAttributes(error.Item) };
      const isInTransaction = hasName(error, 'TransactionConflictException');
      return isLast || !isInTransaction ? rethrow(error) : 'retry';
    }
  });

const putTogether = (target: Target, puts: readonly Put[]): Promise<{ readonly written: boolean }> =>
  withRetries(target, async (isLast) => {
    try {
      const TransactItems = puts.map((put) => ({ Put: toPut(target.tableName, put) }));
      await target.client.send(new TransactWriteItemsCommand({ TransactItems }));
      return { written: true };
    } catch (error) {
      if (!isCancelled(error)) return rethrow(error);
      const reasons = error.CancellationReasons?.map((reason) => reason.Code ?? '') ?? [];
      if (reasons.includes('ConditionalCheckFailed')) return { written: false };
      const isConflict = reasons.includes(CONFLICT);
      if (!isConflict && !reasons.some((reason) => THROTTLED.has(reason))) throw error;
      if (!isLast) return 'retry';
      if (isConflict) return { written: false };
      throw new TableUnavailable(error);
    }
  });

const putBatch = async (target: Target, items: readonly Item[]): Promise<void> => {
  const { client, tableName } = target;
  let requests = items.map((item) => ({ PutRequest: { Item: toAttributes(item) } }));
  await withRetries(target, async (isLast) => {
    const { UnprocessedItems } = await client
      .send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }))
      .catch(rethrow);
    requests = (UnprocessedItems?.[tableName] ?? []) as typeof requests;
    if (requests.length === 0) return 'written';
    if (isLast) throw new TableUnavailable(new Error('it stayed throttled'));
    return 'retry';
  });
};

/**
 * Writes of a table in DynamoDB. The client retries throttled calls; batches that are left over and
 * writes that meet a transaction are retried here.
 */
export const createDynamoDbWrites = (
  target: Target,
): Pick<Table, 'put' | 'putTogether' | 'putEach' | 'delete'> => ({
  put: (put) => putOne(target, put),

  putTogether: (puts) => putTogether(target, puts),

  putEach: async (items) => {
    for (let start = 0; start < items.length; start += BATCH_ITEMS)
      await putBatch(target, items.slice(start, start + BATCH_ITEMS));
  },

  delete: async (key, condition) => {
    try {
      const request = { TableName: target.tableName, Key: toKey(key), ...toExpression(condition) };
      await target.client.send(new DeleteItemCommand(request));
      return { deleted: true };
    } catch (error) {
      if (isConditionFailed(error)) return { deleted: false };
      return rethrow(error);
    }
  },
});
