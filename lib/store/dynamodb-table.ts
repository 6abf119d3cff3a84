import {
  BatchWriteItemCommand,
  type ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  ScanCommand,
  type ScanCommandOutput,
  type TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type DynamoDbClient, rethrow } from './dynamodb-client.ts';
import type { Condition, Item, Key, Put, Table } from './table.ts';
import { TableUnavailable } from './unavailable.ts';

/** DynamoDB takes at most this many items in one BatchWriteItem. */
const BATCH_ITEMS = 25;
/**
 * Items on a page of a scan. Without a limit DynamoDB Local reads all that is left of a segment for each page, and with 200,000
 * items in the table runs out of memory.
 */
const SCAN_PAGE_ITEMS = 1_000;
/** How often what was throttled, or met a transaction, is tried, with a doubling pause, before it is an error. */
const ATTEMPTS = 8;
const pauseMs = (attempt: number) => 25 * 2 ** attempt;

/** Why a transaction is worth another try: the conditions are looked at again then. */
const THROTTLED = new Set(['ThrottlingError', 'ProvisionedThroughputExceeded']);
const MET_ANOTHER = 'TransactionConflict';

const hasName = (error: unknown, name: string) => error instanceof Error && error.name === name;
const isConditionFailed = (error: unknown): error is ConditionalCheckFailedException =>
  hasName(error, 'ConditionalCheckFailedException');
const isCancelled = (error: unknown): error is TransactionCanceledException =>
  hasName(error, 'TransactionCanceledException');

type ItemShape = Record<string, unknown>;

const toKey = ({ pk, sk }: Key) => ({ pk: { S: pk }, sk: { S: sk } });
const toAttributes = (item: Item) =>
  marshall(item as ItemShape, { removeUndefinedValues: true, convertClassInstanceToMap: true });
const fromAttributes = (attributes: Parameters<typeof unmarshall>[0]) => unmarshall(attributes) as Item;

/** A condition as DynamoDB writes it. */
const toExpression = (condition: Condition | undefined) => {
  switch (condition?.kind) {
    case undefined:
      return {};
    case 'absent':
      return { ConditionExpression: 'attribute_not_exists(pk)' };
    case 'not newer': {
      const limits = Object.entries(condition.than);
      return {
        ConditionExpression: `attribute_not_exists(pk) OR (${limits.map((_, i) => `#a${i} <= :v${i}`).join(' AND ')})`,
        ExpressionAttributeNames: Object.fromEntries(limits.map(([name], i) => [`#a${i}`, name])),
        ExpressionAttributeValues: marshall(
          Object.fromEntries(limits.map(([, value], i) => [`:v${i}`, value])),
        ),
      };
    }
    case 'unchanged':
      if (condition.value === undefined)
        return {
          ConditionExpression: 'attribute_not_exists(#a)',
          ExpressionAttributeNames: { '#a': condition.attribute },
        };
      return {
        ConditionExpression: '#a = :v',
        ExpressionAttributeNames: { '#a': condition.attribute },
        ExpressionAttributeValues: marshall({ ':v': condition.value }),
      };
  }
};

const toKeyCondition = (pk: string, prefix: string) =>
  prefix === ''
    ? { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: marshall({ ':pk': pk }) }
    : {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: marshall({ ':pk': pk, ':prefix': prefix }),
      };

/** Keys and attributes by their partitions: an attribute may be called as a word of the language is. */
const toProjection = (attributes: readonly string[]) => ({
  ProjectionExpression: ['pk', 'sk', ...attributes.map((_, i) => `#a${i}`)].join(', '),
  ...(attributes.length > 0 && {
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name, i) => [`#a${i}`, name])),
  }),
});

/** The table in DynamoDB. The client retries throttled calls; what a batch or transaction leaves over, or a transaction is in the way of, is retried here. */
export const createDynamoDbTable = (
  client: DynamoDbClient,
  tableName: string,
  pause: (ms: number) => Promise<unknown>,
): Table => {
  const toPut = ({ item, condition }: Put) => ({
    TableName: tableName,
    Item: toAttributes(item),
    ...toExpression(condition),
  });

  return {
    get: async (key) => {
      const { Item: found } = await client
        .send(new GetItemCommand({ TableName: tableName, Key: toKey(key), ConsistentRead: true }))
        .catch(rethrow);
      return found && fromAttributes(found);
    },

    async *query(pk, { prefix = '', after, limit = Number.POSITIVE_INFINITY, backwards } = {}) {
      let left = limit;
      let start = after === undefined ? undefined : toKey({ pk, sk: after });
      do {
        const request = new QueryCommand({
          TableName: tableName,
          ConsistentRead: true,
          ...toKeyCondition(pk, prefix),
          ...(start && { ExclusiveStartKey: start }),
          ...(backwards && { ScanIndexForward: false }),
          ...(Number.isFinite(left) && { Limit: left }),
        });
        const page: QueryCommandOutput = await client.send(request).catch(rethrow);
        yield (page.Items ?? []).map(fromAttributes);
        left -= page.Items?.length ?? 0;
        start = page.LastEvaluatedKey as typeof start;
      } while (start && left > 0);
    },

    async *scan({ segment, after, attributes = [] }) {
      let start = after && toKey(after);
      do {
        const request = new ScanCommand({
          TableName: tableName,
          ConsistentRead: true,
          Limit: SCAN_PAGE_ITEMS,
          ...toProjection(attributes),
          ...(segment && { Segment: segment.index, TotalSegments: segment.of }),
          ...(start && { ExclusiveStartKey: start }),
        });
        const page: ScanCommandOutput = await client.send(request).catch(rethrow);
        for (const found of page.Items ?? []) yield fromAttributes(found);
        start = page.LastEvaluatedKey as typeof start;
      } while (start);
    },

    put: async (put) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const request = new PutItemCommand({
            ...toPut(put),
            ...(put.condition && { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
          });
          await client.send(request);
          return { written: true };
        } catch (error) {
          if (isConditionFailed(error))
            return { written: false, existing: error.Item && fromAttributes(error.Item) };
          // A transaction is at the item: it is over in a moment.
          if (attempt === ATTEMPTS || !hasName(error, 'TransactionConflictException')) rethrow(error);
          await pause(pauseMs(attempt));
        }
      }
    },

    putTogether: async (puts) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const TransactItems = puts.map((put) => ({ Put: toPut(put) }));
          await client.send(new TransactWriteItemsCommand({ TransactItems }));
          return { written: true };
        } catch (error) {
          if (!isCancelled(error)) return rethrow(error);
          const reasons = error.CancellationReasons?.map((reason) => reason.Code ?? '') ?? [];
          if (reasons.includes('ConditionalCheckFailed')) return { written: false };
          const hasMetAnother = reasons.includes(MET_ANOTHER);
          if (!hasMetAnother && !reasons.some((reason) => THROTTLED.has(reason))) throw error;
          if (attempt === ATTEMPTS) {
            if (hasMetAnother) return { written: false };
            throw new TableUnavailable(error);
          }
          await pause(pauseMs(attempt));
        }
      }
    },

    putEach: async (items) => {
      for (let start = 0; start < items.length; start += BATCH_ITEMS) {
        let requests = items
          .slice(start, start + BATCH_ITEMS)
          .map((item) => ({ PutRequest: { Item: toAttributes(item) } }));
        for (let attempt = 1; ; attempt += 1) {
          const { UnprocessedItems } = await client
            .send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }))
            .catch(rethrow);
          requests = (UnprocessedItems?.[tableName] ?? []) as typeof requests;
          if (requests.length === 0) break;
          if (attempt === ATTEMPTS) throw new TableUnavailable(new Error('it stayed throttled'));
          await pause(pauseMs(attempt));
        }
      }
    },

    delete: async (key, condition) => {
      try {
        const request = { TableName: tableName, Key: toKey(key), ...toExpression(condition) };
        await client.send(new DeleteItemCommand(request));
        return { deleted: true };
      } catch (error) {
        if (isConditionFailed(error)) return { deleted: false };
        return rethrow(error);
      }
    },
  };
};
