import { readFile } from 'node:fs/promises';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { parseTariff } from '../lib/operations/tariffs/publish.ts';
import type { DynamoDbClient } from '../lib/store/dynamodb-client.ts';

const DEFAULT_TARIFF = new URL('../tariffs/2023-02-14-running.json', import.meta.url);

/** Publishes the product page's tariff where there is none yet, so that jobs have a price from the start. */
export const publishDefaultTariff = async (
  client: DynamoDbClient,
  env: Readonly<Record<string, string | undefined>>,
  onLog: (line: string) => void,
): Promise<void> => {
  const draft = parseTariff(JSON.parse(await readFile(DEFAULT_TARIFF, 'utf8')));
  const ledger = await connect(readTableConfig(env), client).openLedger('write');
  if ((await ledger.store.readTariffs()).length > 0) return;
  if (draft.currency !== ledger.currency)
    onLog(
      `the default tariff is in ${draft.currency} and was not published: publish one in ${ledger.currency}`,
    );
  else await ledger.store.publishTariff({ ...draft, revision: 1 });
};
