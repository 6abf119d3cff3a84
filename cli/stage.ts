import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { Refusal } from '../lib/refusal.ts';
import { createDynamoDbClient } from '../lib/store/dynamodb-client.ts';
import { localClientConfig } from '../local/environment.ts';
import { readLocalSettings } from '../local/settings.ts';

/** Options every command has. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly stage: string;
}

/**
 * The table of a stage: DynamoDB Local for `local`, otherwise the deployed one with the caller's own AWS credentials. The billing
 * time zone and currency are those the table was first used with.
 */
export const connectStage = async ({ stage }: GlobalOptions) => {
  const config = readTableConfig({ TABLE_NAME: `jobmeter-${stage}`, ...process.env, STAGE: stage });
  const client = createDynamoDbClient(
    stage === 'local'
      ? { ...localClientConfig(`http://localhost:${readLocalSettings().dynamoDbPort}`), maxAttempts: 2 }
      : {},
  );
  const stored = await connect(config, client).store.readSettings();
  if (!stored && stage !== 'local' && process.env.BILLING_TIME_ZONE === undefined)
    throw new Refusal(
      'invalid',
      `stage ${stage} has not been used yet, and its first use fixes time zone and currency for good: ` +
        'set BILLING_TIME_ZONE and BILLING_CURRENCY to what it was deployed with',
    );
  return connect({ ...config, ...stored }, client);
};
