import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { createDynamoDbClient, type DynamoDbClient } from '../lib/store/dynamodb-client.ts';

type RetryStrategy = Extract<
  NonNullable<DynamoDBClientConfig['retryStrategy']>,
  { readonly acquireInitialRetryToken: unknown }
>;

/** A call is tried again for so long before its command fails. */
const PATIENCE_MS = 120_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** Scans of a large table on a busy machine take seconds. */
const TIMEOUTS = { requestTimeout: 30_000, connectionTimeout: 5_000, throwOnRequestTimeout: true };

/** Nothing is at this address. */
const ABSENT = new Set(['ECONNREFUSED', 'ENOTFOUND']);
/** How often a call is made where nothing has ever answered. */
const ATTEMPTS_AT_NOTHING = 2;

export interface TablePatience {
  readonly now: () => number;
  /** Called with what a call failed of before it is made again, and for how long it has been tried. */
  readonly onRetry?: (error: Error, forMs: number) => void;
  readonly patienceMs?: number;
  readonly requestTimeoutMs?: number;
}

interface Failure extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Half of the longest pause to all of it, so that calls that failed together are not made again together. */
const pauseMs = (retries: number): number =>
  Math.min(FIRST_PAUSE_MS * 2 ** (retries - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);

/**
 * Makes calls again with growing pauses, so that a table that is slow makes a command slow. Where nothing has ever answered and
 * nothing listens, it fails at once.
 */
const createRetries = ({
  now,
  onRetry = () => {},
  patienceMs = PATIENCE_MS,
}: TablePatience): RetryStrategy => {
  let hasAnswered = false;
  const tokenOf = (since: number, retries: number) => ({
    since,
    getRetryCount: () => retries,
    getRetryDelay: () => 0,
    getRetryCost: () => 0,
  });
  type Token = ReturnType<typeof tokenOf>;
  return {
    acquireInitialRetryToken: async () => tokenOf(now(), 0),
    refreshRetryTokenForRetry: async (token, { errorType, error }) => {
      const { since } = token as Token;
      const failure = error as Failure;
      const retries = token.getRetryCount() + 1;
      hasAnswered ||= failure.$metadata?.httpStatusCode !== undefined;
      const isNothingThere = !hasAnswered && ABSENT.has(failure.code ?? '') && retries >= ATTEMPTS_AT_NOTHING;
      if (errorType === 'CLIENT_ERROR' || now() - since >= patienceMs || isNothingThere) throw failure;
      onRetry(failure, now() - since);
      await sleep(pauseMs(retries));
      return tokenOf(since, retries);
    },
    recordSuccess: () => {
      hasAnswered = true;
    },
  };
};

/** AWS's client for the commands of a person, who would rather wait than begin again. */
export const createPatientClient = (
  connection: Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'>,
  patience: TablePatience,
): DynamoDbClient =>
  createDynamoDbClient({
    ...connection,
    retryStrategy: createRetries(patience),
    requestHandler: { ...TIMEOUTS, requestTimeout: patience.requestTimeoutMs ?? TIMEOUTS.requestTimeout },
  });
