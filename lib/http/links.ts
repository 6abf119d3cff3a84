import type { TokenConfig } from '../config.ts';
import { Refusal } from '../refusal.ts';
import { type Link, LinkRequest } from '../shapes/link.ts';
import type { HttpRequest } from './http-request.ts';
import { parseJsonBody } from './json-body.ts';
import { refuseUnknown } from './read-queries.ts';
import { type Grant, issueToken } from './tokens.ts';

/** What a link is requested for, or a refusal. */
export const parseLinkRequest = (request: HttpRequest): LinkRequest => {
  refuseUnknown(request.query);
  return parseJsonBody(request, LinkRequest, 'link');
};

/** The secret that signs tokens, or a refusal: with an identity provider the stage has none. */
export const signingSecretOf = (config: TokenConfig): string => {
  if (config.kind === 'secret') return config.secret;
  throw new Refusal('forbidden', `this stage signs no tokens: make the link with one of ${config.issuer}`);
};

export interface LinkOptions {
  /** The address of the page, without a slash at its end. */
  readonly origin: string;
  readonly projectId: string;
  /** A page of the project. */
  readonly to: string;
  readonly expiresInMs: number;
}

/**
 * A link that signs its reader in to one project. The token is in the fragment, which browsers
 * send to nobody. It never outlives `endsAt`, where the caller has one. Times in epoch milliseconds.
 */
export const createLink = async (
  secret: string,
  { origin, projectId, to, expiresInMs }: LinkOptions,
  now: number,
  { endsAt = Number.POSITIVE_INFINITY }: Pick<Grant, 'endsAt'> = {},
): Promise<Link> => {
  const nowSeconds = Math.floor(now / 1000);
  const endSeconds = Math.floor(Math.min(nowSeconds * 1000 + expiresInMs, endsAt) / 1000);
  const expiresInSeconds = endSeconds - nowSeconds;
  const token = await issueToken(secret, { projects: [projectId], expiresInSeconds }, now);
  return {
    url: `${origin}/#token=${token}&to=${encodeURIComponent(to)}`,
    expiresAt: new Date(endSeconds * 1000).toISOString(),
  };
};
