/** The region of `serverless.yml`; clients need one, DynamoDB Local does not. */
export const LOCAL_REGION = 'eu-west-1';

/** Accepted by DynamoDB Local only. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** Client settings for DynamoDB Local. */
export const localClientConfig = (endpoint: string) => ({
  endpoint,
  region: LOCAL_REGION,
  credentials: LOCAL_CREDENTIALS,
});

/**
 * Environment of a process that uses DynamoDB Local. AWS settings of the caller are removed: the
 * local stack never reaches a real account.
 */
export const localEnvironment = (
  endpoint: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string | undefined> => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_'))),
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_REGION: LOCAL_REGION,
  AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
});
