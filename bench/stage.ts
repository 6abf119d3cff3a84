import { readTableConfig } from '../lib/config.ts';
import { type Connection, connect } from '../lib/connect.ts';
import { createDynamoDbClient, type DynamoDbClient } from '../lib/store/dynamodb-client.ts';
import { publishDefaultTariff } from '../local/default-tariff.ts';
import { createTable, type TableOptions } from '../local/table.ts';

/** A table with the default tariff, and a client with the options of the functions. */
export interface Stage {
  readonly client: DynamoDbClient;
  readonly tableName: string;
}

/** Creates the table at AWS_ENDPOINT_URL_DYNAMODB. */
export const openStage = async (
  tableName = readTableConfig().tableName,
  options?: TableOptions,
): Promise<Stage> => {
  const client = createDynamoDbClient();
  await createTable(client, tableName, options);
  await publishDefaultTariff(client, { ...process.env, TABLE_NAME: tableName }, () => {});
  return { client, tableName };
};

/** A connection as of a new process. */
export const connectTo = ({ client, tableName }: Stage): Connection =>
  connect(readTableConfig({ ...process.env, TABLE_NAME: tableName }), client);
