import {
  GetItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { type DynamoDbClient, rethrow } from './dynamodb-client.ts';
import { fromAttributes, toKey, toKeyCondition, toProjection } from './dynamodb-expressions.ts';
import type { Table } from './table.ts';

/**
 * The most items of a page: of charges more than fit into one. Without it DynamoDB Local reads all
 * that is left of a partition or segment for each page, a time that grows with its square.
 */
const PAGE_ITEMS = 2_000;

/** Consistent reads of a table in DynamoDB. */
export const createDynamoDbReads = (
  client: DynamoDbClient,
  tableName: string,
): Pick<Table, 'get' | 'query' | 'scan'> => ({
  get: async (key) => {
    const { Item: found } = await client
      .send(new GetItemCommand({ TableName: tableName, Key: toKey(key), ConsistentRead: true }))
      .catch(rethrow);
    return found && fromAttributes(found);
  },

  async *query(pk, { prefix = '', after, backwards, ...most } = {}) {
    const { limit = Number.POSITIVE_INFINITY, pageItems = PAGE_ITEMS } = most;
    let left = limit;
    let start = after === undefined ? undefined : toKey({ pk, sk: after });
    do {
      const request = new QueryCommand({
        TableName: tableName,
        ConsistentRead: true,
        ...toKeyCondition(pk, { prefix, start: start?.sk.S, backwards }),
        ...(start && { ExclusiveStartKey: start }),
        ...(backwards && { ScanIndexForward: false }),
        Limit: Math.min(left, pageItems),
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
        Limit: PAGE_ITEMS,
        ...toProjection(attributes),
        ...(segment && { Segment: segment.index, TotalSegments: segment.of }),
        ...(start && { ExclusiveStartKey: start }),
      });
      const page: ScanCommandOutput = await client.send(request).catch(rethrow);
      for (const found of page.Items ?? []) yield fromAttributes(found);
      start = page.LastEvaluatedKey as typeof start;
    } while (start);
  },
});
