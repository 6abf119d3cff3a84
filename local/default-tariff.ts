import { readFile } from 'node:fs/promises';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { parseTariff } from '../lib/operations/tariffs/publish.ts';
import type { DynamoDbClient } from '../lib/store/dynamodb-client.ts';

const DEFAULT_TARIFF = new URL('../tariffs/2023-02-14-running.json', import.meta.url);

/** Publishes the default tariff in a table without tariffs, so that jobs have a price. */
export const publishDefaultTariff = async (
  client: DynamoDbClient,
  env: Readonly<Record<string, string | undefined>>,
  onLog: (line: string) => void,
): Promise<void> => {
  const draft = parseTariff(JSON.parse(await readFile(DEFAULT_TARIFF, 'utf8')));
  const context = await connect(readTableConfig(env), client).openContext('write');
  if ((await context.store.readTariffs()).length > 0) return;
  if (draft.currency !== context.currency)
    onLog(
      `the default tariff is in ${draft.currency} and was not published: publish one in ${context.currency}`,
    );
  else await context.store.publishTariff({ ...draft, revision: 1 });
};
