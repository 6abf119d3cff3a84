import {
  CreateTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { readServerlessFile } from './serverless-file.ts';

/** Creates the table of `serverless.yml` if it is absent, and waits until it is active. */
export const createTable = async (client: DynamoDBClient, tableName: string): Promise<void> => {
  const { AttributeDefinitions, BillingMode, KeySchema, StreamSpecification } = readServerlessFile().table;
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        AttributeDefinitions,
        BillingMode,
        KeySchema,
        StreamSpecification: { StreamEnabled: true, ...StreamSpecification },
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 30 }, { TableName: tableName });
};
