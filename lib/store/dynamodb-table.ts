import type { DynamoDbClient } from './dynamodb-client.ts';
import { createDynamoDbReads } from './dynamodb-reads.ts';
import { createDynamoDbWrites } from './dynamodb-writes.ts';
import type { Table } from './table.ts';

/** The table in DynamoDB. `pause` waits between the attempts of a write. */
export const createDynamoDbTable = (
  client: DynamoDbClient,
  tableName: string,
  pause: (ms: number) => Promise<unknown>,
): Table => ({
  ...createDynamoDbReads(client, tableName),
  ...createDynamoDbWrites({ client, tableName, pause }),
});
