import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateTableCommand,
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

/** The ARN of the table's stream; without one it begins now, and earlier writes are not in it. */
export const openStream = async (client: DynamoDBClient, tableName: string): Promise<string> => {
  const described = await client.send(new DescribeTableCommand({ TableName: tableName }));
  if (described.Table?.LatestStreamArn) return described.Table.LatestStreamArn;
  const { StreamSpecification } = readServerlessFile().table;
  const update = {
    TableName: tableName,
    StreamSpecification: { StreamEnabled: true, ...StreamSpecification },
  };
  const { TableDescription: table } = await client.send(new UpdateTableCommand(update));
  if (!table?.LatestStreamArn) throw new Error(`table ${tableName} has no stream`);
  return table.LatestStreamArn;
};
