import { randomUUID } from 'node:crypto';
import type {
  BatchWriteItemInput,
  BatchWriteItemOutput,
  DeleteItemInput,
  DeleteItemOutput,
  GetItemInput,
  GetItemOutput,
  PutItemInput,
  PutItemOutput,
  QueryInput,
  QueryOutput,
  ScanInput,
  ScanOutput,
  TransactWriteItemsInput,
  TransactWriteItemsOutput,
} from '@aws-sdk/client-dynamodb';
import { Sha256 } from '@smithy/core/checksum';
import {
  isServerError,
  isThrottlingError,
  isTransientError,
  StandardRetryStrategy,
} from '@smithy/core/retry';
import { HttpRequest } from '@smithy/core/transport';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';

/** What the table needs of DynamoDB. AWS's own `DynamoDB` is one, and `createDynamoDbClient` makes a lighter one. */
export interface DynamoDbClient {
  getItem(input: GetItemInput): Promise<GetItemOutput>;
  query(input: QueryInput): Promise<QueryOutput>;
  scan(input: ScanInput): Promise<ScanOutput>;
  putItem(input: PutItemInput): Promise<PutItemOutput>;
  deleteItem(input: DeleteItemInput): Promise<DeleteItemOutput>;
  batchWriteItem(input: BatchWriteItemInput): Promise<BatchWriteItemOutput>;
  transactWriteItems(input: TransactWriteItemsInput): Promise<TransactWriteItemsOutput>;
}

/** Where DynamoDB is, and whose calls it answers. */
export interface DynamoDbConnection {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'];
}

type Answer = Readonly<Record<string, unknown>>;

const textOf = async (body: AsyncIterable<Buffer>): Promise<string> => {
  const chunks = await Array.fromAsync(body);
  return (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString();
};

/** What comes from a machine on the way need not be JSON. */
const refusalIn = (text: string): Answer => {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
};

/** An error as AWS's client throws it: named by its kind, with what DynamoDB says beside it. */
const errorOf = (httpStatusCode: number, text: string): Error => {
  const { __type, message, Message, ...members } = refusalIn(text);
  const unnamed = httpStatusCode >= 500 ? 'ServiceUnavailable' : 'UnknownError';
  const name = String(__type ?? unnamed).replace(/^.*#/, '');
  const error = new Error(String(message ?? Message ?? `DynamoDB answered ${httpStatusCode}`));
  return Object.assign(error, members, { name, $metadata: { httpStatusCode } });
};

type Failure = Parameters<typeof isThrottlingError>[0];

const kindOf = (failure: Failure) => {
  if (isThrottlingError(failure)) return 'THROTTLING';
  if (isTransientError(failure)) return 'TRANSIENT';
  return isServerError(failure) ? 'SERVER_ERROR' : 'CLIENT_ERROR';
};

/** Which calls are made again and after what pause. AWS's own clients take the same. */
export type RetryStrategy = Pick<
  StandardRetryStrategy,
  'acquireInitialRetryToken' | 'refreshRetryTokenForRetry' | 'recordSuccess'
>;

/** As AWS's clients do: with growing pauses, and fewer of them while everything fails. */
const standardRetries = (): RetryStrategy => new StandardRetryStrategy({ maxAttempts: 8, baseDelay: 25 });

/** Runs `attempt` until it succeeds or fails for good. */
const createRetry =
  (strategy: RetryStrategy) =>
  async <T>(attempt: () => Promise<T>): Promise<T> => {
    let token = await strategy.acquireInitialRetryToken('');
    for (;;) {
      try {
        const result = await attempt();
        strategy.recordSuccess(token);
        return result;
      } catch (error) {
        const failure = error as Failure;
        const errorInfo = { error: failure, errorType: kindOf(failure) } as const;
        token = await strategy.refreshRetryTokenForRetry(token, errorInfo).catch(() => {
          throw error;
        });
      }
    }
  };

/** How long a call may take: one that hangs is given up and tried again. */
export const TIMEOUTS = { requestTimeout: 5_000, connectionTimeout: 2_000, throwOnRequestTimeout: true };

export interface ClientOptions {
  readonly timeouts?: typeof TIMEOUTS;
  readonly retries?: RetryStrategy;
}

/**
 * DynamoDB's JSON protocol, made of AWS's own parts: its signature, its connections, its retries.
 *
 * Throttled calls are tried again with growing pauses for some seconds.
 */
export const createDynamoDbClient = (
  { endpoint, region, credentials }: DynamoDbConnection,
  { timeouts = TIMEOUTS, retries = standardRetries() }: ClientOptions = {},
): DynamoDbClient => {
  const { protocol, host, hostname, port } = new URL(endpoint);
  const signer = new SignatureV4({ service: 'dynamodb', region, credentials, sha256: Sha256 });
  const http = new NodeHttpHandler(timeouts);
  const retry = createRetry(retries);

  const operation = (name: string) => {
    const headers = {
      host,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${name}`,
    };
    return async (input: object) => {
      const body = JSON.stringify(input);
      const request = {
        ...{ method: 'POST', protocol, hostname, path: '/', body },
        ...(port !== '' && { port: Number(port) }),
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      };
      return retry(async () => {
        const { response } = await http.handle(new HttpRequest(await signer.sign(request)));
        const text = await textOf(response.body);
        if (response.statusCode !== 200) throw errorOf(response.statusCode, text);
        return JSON.parse(text);
      });
    };
  };

  const transactWriteItems = operation('TransactWriteItems');
  return {
    getItem: operation('GetItem'),
    query: operation('Query'),
    scan: operation('Scan'),
    putItem: operation('PutItem'),
    deleteItem: operation('DeleteItem'),
    batchWriteItem: operation('BatchWriteItem'),
    // A transaction whose answer is lost is told again with the same token, so it does not lose against itself.
    transactWriteItems: (input) => transactWriteItems({ ClientRequestToken: randomUUID(), ...input }),
  };
};
