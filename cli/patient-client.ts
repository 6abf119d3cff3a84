import { DynamoDB, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

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

type RetryStrategy = Extract<
  NonNullable<DynamoDBClientConfig['retryStrategy']>,
  { readonly acquireInitialRetryToken: unknown }
>;

export interface Patience {
  readonly now: () => number;
  /** Called with what a call failed of before it is made again, and for how long it has been tried. */
  readonly onRetry?: (error: Error, forMs: number) => void;
  readonly patienceMs?: number;
}

interface Failure extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * Makes calls again with growing pauses, so that a table that is slow makes a command slow. Where nothing has ever answered and
 * nothing listens, it fails at once.
 */
const createRetries = ({ now, onRetry = () => {}, patienceMs = PATIENCE_MS }: Patience): RetryStrategy => {
  let hasAnswered = false;
  const beganAt = new WeakMap<object, number>();
  const tokenOf = (since: number, retries: number) => {
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** (retries - 1), LONGEST_PAUSE_MS);
    const pause = retries === 0 ? 0 : longest * (0.5 + Math.random() / 2);
    const token = { getRetryCount: () => retries, getRetryDelay: () => pause, getRetryCost: () => 0 };
    beganAt.set(token, since);
    return token;
  };
  return {
    acquireInitialRetryToken: async () => tokenOf(now(), 0),
    refreshRetryTokenForRetry: async (token, { errorType, error }) => {
      const failure = error as Failure;
      const since = beganAt.get(token) ?? now();
      const retries = token.getRetryCount() + 1;
      hasAnswered ||= failure.$metadata?.httpStatusCode !== undefined;
      const isAbsent = !hasAnswered && ABSENT.has(failure.code ?? '');
      if (
        errorType === 'CLIENT_ERROR' ||
        now() - since >= patienceMs ||
        (isAbsent && retries >= ATTEMPTS_AT_NOTHING)
      )
        throw failure;
      onRetry(failure, now() - since);
      return tokenOf(since, retries);
    },
    recordSuccess: () => {
      hasAnswered = true;
    },
  };
};

/** AWS's client for the commands of a person, who would rather wait than begin again. */
export const createPatientClient = (
  config: Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'>,
  patience: Patience,
  timeouts: Partial<typeof TIMEOUTS> = {},
): DynamoDB =>
  new DynamoDB({
    ...config,
    retryStrategy: createRetries(patience),
    requestHandler: { ...TIMEOUTS, ...timeouts },
  });
