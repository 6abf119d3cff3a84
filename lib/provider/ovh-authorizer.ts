import { hash } from 'node:crypto';
import type { OvhCredentials } from './ovh-access.ts';

type Headers = Readonly<Record<string, string>>;

/** What the credentials need of the API. */
export interface Unsigned {
  /** The time of the API, epoch seconds. */
  time(): Promise<number>;
  /** A token for these headers and this form. */
  token(
    headers: Headers,
    form: URLSearchParams,
  ): Promise<{ readonly token: string; readonly seconds: number }>;
}

/** Signs requests. What it learns for that, the time of the API or a token, it keeps. */
export interface Authorizer {
  headersFor(url: URL): Promise<Headers>;
  /** Forgets what it has learned. */
  renew(): void;
}

/**
 * The signature of a GET. The port is no part of what is signed, as in the provider's own client.
 */
export const signatureOf = (
  { applicationSecret, consumerKey }: OvhCredentials & { readonly kind: 'keys' },
  { hostname, pathname, search }: URL,
  timestamp: number,
): string => {
  const signed = ['GET', `https://${hostname}${pathname}${search}`, '', timestamp];
  return `$1$${hash('sha1', [applicationSecret, consumerKey, ...signed].join('+'))}`;
};

const keyAuthorizer = (
  keys: OvhCredentials & { readonly kind: 'keys' },
  { time }: Unsigned,
  now: () => number,
): Authorizer => {
  let behindMs: number | undefined;
  return {
    async headersFor(url) {
      behindMs ??= (await time()) * 1000 - now();
      const timestamp = Math.round((now() + behindMs) / 1000);
      return {
        'x-ovh-application': keys.applicationKey,
        'x-ovh-consumer': keys.consumerKey,
        'x-ovh-timestamp': String(timestamp),
        'x-ovh-signature': signatureOf(keys, url, timestamp),
      };
    },
    renew() {
      behindMs = undefined;
    },
  };
};

/** A token is not used in its last minute. */
const TOKEN_RESERVE_MS = 60_000;

const tokenAuthorizer = (
  { clientId, clientSecret }: OvhCredentials & { readonly kind: 'oauth2' },
  { token }: Unsigned,
  now: () => number,
): Authorizer => {
  const client = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`);
  let known: { readonly token: string; readonly until: number } | undefined;
  return {
    async headersFor() {
      if (!known || now() >= known.until) {
        const form = new URLSearchParams({ grant_type: 'client_credentials', scope: 'all' });
        const fresh = await token({ authorization: `Basic ${client.toString('base64')}` }, form);
        known = { token: fresh.token, until: now() + fresh.seconds * 1000 - TOKEN_RESERVE_MS };
      }
      return { authorization: `Bearer ${known.token}` };
    },
    renew() {
      known = undefined;
    },
  };
};

export const createAuthorizer = (
  credentials: OvhCredentials,
  unsigned: Unsigned,
  now: () => number,
): Authorizer =>
  credentials.kind === 'keys'
    ? keyAuthorizer(credentials, unsigned, now)
    : tokenAuthorizer(credentials, unsigned, now);

/** What no message may contain. */
export const secretsOf = (credentials: OvhCredentials): readonly string[] =>
  credentials.kind === 'keys'
    ? [credentials.applicationSecret, credentials.consumerKey, credentials.applicationKey]
    : [credentials.clientSecret];
