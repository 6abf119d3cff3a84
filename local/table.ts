import {
  CreateTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { readServerlessFile } from './serverless-file.ts';

export interface TableOptions {
  /**
   * Without it nothing is told of writes: in DynamoDB Local twice the writes in a stream take four
   * times as long.
   */
  readonly hasStream?: boolean;
}

/** Creates the table of `serverless.yml` if it is absent, and waits until it is active. */
export const createTable = async (
  client: DynamoDBClient,
  tableName: string,
  { hasStream = true }: TableOptions = {},
): Promise<void> => {
  const { AttributeDefinitions, BillingMode, KeySchema, StreamSpecification } = readServerlessFile().table;
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        AttributeDefinitions,
        BillingMode,
        KeySchema,
        ...(hasStream && { StreamSpecification: { StreamEnabled: true, ...StreamSpecification } }),
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 30 }, { TableName: tableName });
};
