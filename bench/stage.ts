import { readTableConfig } from '../lib/config.ts';
import { type Connection, connect } from '../lib/connect.ts';
import { createDynamoDbClient, type DynamoDbClient } from '../lib/store/dynamodb-client.ts';
import { publishDefaultTariff } from '../local/default-tariff.ts';
import { createTable } from '../local/table.ts';

/** A table of its own with the default tariff, and a client with the functions' options that reaches it. */
export interface Stage {
  readonly client: DynamoDbClient;
  readonly tableName: string;
}

/** Creates the table in the engine that AWS_ENDPOINT_URL_DYNAMODB names. */
export const openStage = async (tableName = readTableConfig().tableName): Promise<Stage> => {
  const client = createDynamoDbClient();
  await createTable(client, tableName);
  await publishDefaultTariff(client, { ...process.env, TABLE_NAME: tableName }, () => {});
  return { client, tableName };
};

/** What a new process works with. */
export const connectTo = ({ client, tableName }: Stage): Connection =>
  connect(readTableConfig({ ...process.env, TABLE_NAME: tableName }), client);
