/** The region of `serverless.yml`. DynamoDB Local does not care, but clients need one. */
export const LOCAL_REGION = 'eu-west-1';

/** Accepted by DynamoDB Local and by nothing else. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** What a client needs to reach DynamoDB Local, and nothing else. */
export const localClientConfig = (endpoint: string) => ({
  endpoint,
  region: LOCAL_REGION,
  credentials: LOCAL_CREDENTIALS,
});

/**
 * The environment of a process that talks to DynamoDB Local.
 *
 * Every AWS setting of the person at the keyboard is left out: the local stack can never reach a real account.
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
