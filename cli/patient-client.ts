import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { createDynamoDbClient, type DynamoDbClient } from '../lib/store/dynamodb-client.ts';

type RetryStrategy = Extract<
  NonNullable<DynamoDBClientConfig['retryStrategy']>,
  { readonly acquireInitialRetryToken: unknown }
>;

/** How long a call is retried. */
const PATIENCE_MS = 120_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** Scans of a large table on a busy machine take seconds. */
const TIMEOUTS = { requestTimeout: 30_000, connectionTimeout: 5_000, throwOnRequestTimeout: true };

/** Errors of an address where nothing listens. */
const ABSENT = new Set(['ECONNREFUSED', 'ENOTFOUND']);
/** Attempts while nothing has ever responded. */
const ATTEMPTS_WHEN_ABSENT = 2;

export interface TablePatience {
  readonly now: () => number;
  /** Called before a retry with the error and the time since the first attempt. */
  readonly onRetry?: (error: Error, forMs: number) => void;
  readonly patienceMs?: number;
  readonly requestTimeoutMs?: number;
}

interface Failure extends Error {
  readonly code?: string;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    /** Of every failure while the clock of this machine is some minutes off. */
    readonly clockSkewCorrected?: boolean;
  };
}

/** A refusal that AWS's client takes for one that a corrected time of the signature cures. */
const isRefusedForTheClock = ({ $metadata = {} }: Failure): boolean =>
  $metadata.clockSkewCorrected === true && $metadata.httpStatusCode === 400;

/** Exponential backoff with jitter, so that calls that failed together do not retry together. */
const pauseMs = (retries: number): number =>
  Math.min(FIRST_PAUSE_MS * 2 ** (retries - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);

/**
 * Retries with growing pauses, so that a slow table only makes a command slow. Fails at once where
 * nothing has ever responded and nothing listens.
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
      const isAbsent = !hasAnswered && ABSENT.has(failure.code ?? '') && retries >= ATTEMPTS_WHEN_ABSENT;
      const isRefused =
        errorType === 'CLIENT_ERROR' ||
        (errorType === 'TRANSIENT' && isRefusedForTheClock(failure) && retries > 1);
      if (isRefused || now() - since >= patienceMs || isAbsent) throw failure;
      onRetry(failure, now() - since);
      await sleep(pauseMs(retries));
      return tokenOf(since, retries);
    },
    recordSuccess: () => {
      hasAnswered = true;
    },
  };
};

/** AWS's client for interactive commands, with long retries. */
export const createPatientClient = (
  connection: Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'>,
  patience: TablePatience,
): DynamoDbClient =>
  createDynamoDbClient({
    ...connection,
    retryStrategy: createRetries(patience),
    requestHandler: { ...TIMEOUTS, requestTimeout: patience.requestTimeoutMs ?? TIMEOUTS.requestTimeout },
  });
