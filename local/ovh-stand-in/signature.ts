import { hash, timingSafeEqual } from 'node:crypto';
import { ApiError } from './api-error.ts';

export interface Credentials {
  readonly applicationKey: string;
  readonly applicationSecret: string;
  readonly consumerKey: string;
}

export interface SignedRequest {
  readonly method: string;
  /** The whole address with its query, as it was signed. */
  readonly url: string;
  /** As it was sent. */
  readonly body: string;
  /** Header fields by their names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** How far a timestamp may be off, in seconds. */
const MAX_DRIFT = 300;

/** `X-Ovh-Signature` of a request. */
export const signatureOf = (
  { applicationSecret, consumerKey }: Credentials,
  { method, url, body }: Pick<SignedRequest, 'method' | 'url' | 'body'>,
  timestamp: string,
): string =>
  `$1$${hash('sha1', [applicationSecret, consumerKey, method, url, body, timestamp].join('+'), 'hex')}`;

const isEqual = (a: string, b: string) =>
  timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));

const headerOf = ({ headers }: SignedRequest, name: string): string => {
  const value = headers[name];
  if (typeof value !== 'string') throw new ApiError(401, 'NOT_CREDENTIAL', 'You must login first');
  return value;
};

/** Refuses a request that is not signed with the credentials, or not now. */
export const checkSignature = (credentials: Credentials, request: SignedRequest, now: number): void => {
  const application = headerOf(request, 'x-ovh-application');
  const consumer = headerOf(request, 'x-ovh-consumer');
  const timestamp = headerOf(request, 'x-ovh-timestamp');
  const signature = headerOf(request, 'x-ovh-signature');
  if (!isEqual(application, credentials.applicationKey))
    throw new ApiError(403, 'INVALID_KEY', 'This application key is invalid');
  if (!isEqual(consumer, credentials.consumerKey))
    throw new ApiError(403, 'INVALID_CREDENTIAL', 'This credential is not valid');
  if (!(Math.abs(Number(timestamp) - now / 1000) <= MAX_DRIFT))
    throw new ApiError(400, 'QUERY_TIME_OUT', 'Query out of time');
  if (!isEqual(signature, signatureOf(credentials, request, timestamp)))
    throw new ApiError(400, 'INVALID_SIGNATURE', 'Invalid signature');
};
