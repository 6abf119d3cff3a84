import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { Sha256 } from './sha256.ts';
import { TableUnavailable } from './unavailable.ts';

/** The part of the AWS client that the table uses. */
export type DynamoDbClient = Pick<DynamoDBClient, 'send'>;

/**
 * The AWS client. Endpoint, region and credentials come from the environment unless `config` has
 * them. `deploy/lean-client.js` selects what is bundled for a function.
 */
export const createDynamoDbClient = (config: DynamoDBClientConfig = {}): DynamoDBClient =>
  new DynamoDBClient({
    retryMode: 'standard',
    maxAttempts: 8,
    sha256: Sha256,
    // Nothing is added to the client's steps later, so they are put in order once for each command.
    cacheMiddleware: true,
    // By default a call that hangs does not time out, and so is never retried.
    requestHandler: { requestTimeout: 5_000, connectionTimeout: 2_000, throwOnRequestTimeout: true },
    ...config,
  });

/** Names and codes of transient failures of DynamoDB, its client and the network. */
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
  // An answer of a proxy need not be JSON, and then the error has no name.
  ($metadata?.httpStatusCode ?? 0) >= 500;

/** Throws the error of a call: as `TableUnavailable` if it is transient. */
export const rethrow = (error: unknown): never => {
  throw error instanceof Error && isTransient(error) ? new TableUnavailable(error) : error;
};
