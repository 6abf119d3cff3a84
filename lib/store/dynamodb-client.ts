import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { TableUnavailable } from './unavailable.ts';

/** What the table needs of AWS's client. */
export type DynamoDbClient = Pick<DynamoDBClient, 'send'>;

/**
 * AWS's client. Endpoint, region and credentials are those of the environment, as AWS defines it,
 * unless `config` has them. `deploy/lean-client.js` says what of it is bundled for a function.
 */
export const createDynamoDbClient = (config: DynamoDBClientConfig = {}): DynamoDBClient =>
  new DynamoDBClient({
    retryMode: 'standard',
    maxAttempts: 8,
    // By default a call that hangs is not abandoned, so it would never be retried.
    requestHandler: { requestTimeout: 5_000, connectionTimeout: 2_000, throwOnRequestTimeout: true },
    ...config,
  });

/** Names and codes of failures that pass: of DynamoDB, of its client and of the network. */
const TRANSIENT: ReadonlySet<unknown> = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'LimitExceededException',
  'TransactionInProgressException',
  'TransactionConflictException',
  'InternalServerError',
  'ServiceUnavailable',
  'TimeoutError',
  'NetworkingError',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

interface ErrorTraits {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $retryable?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const isTransient = ({ name, code, $retryable, $metadata }: ErrorTraits): boolean =>
  TRANSIENT.has(name) ||
  TRANSIENT.has(code) ||
  $retryable !== undefined ||
  // What comes from a machine on the way need not be JSON, and then has no name.
  ($metadata?.httpStatusCode ?? 0) >= 500;

/** Throws what a call failed with: `TableUnavailable` if the failure passes by itself. */
export const rethrow = (error: unknown): never => {
  throw error instanceof Error && isTransient(error) ? new TableUnavailable(error) : error;
};
