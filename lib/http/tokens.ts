import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose';
import type { TokenConfig } from '../config.ts';
import { Refusal } from '../refusal.ts';
import { isId } from '../validation.ts';

/** What a token may be used for. A read of usage needs the first, unless stated otherwise. */
export const SCOPES = ['usage:read', 'budgets:write', 'statements:approve', 'operations:read'] as const;
export type Scope = (typeof SCOPES)[number];

const ALL_PROJECTS = '*';

/** The projects a caller may see. */
export interface Grant {
  readonly projects: readonly string[] | 'all';
  /** Who the token is for; absent if it does not say so. */
  readonly subject?: string;
  readonly scopes: readonly Scope[];
  /** When the token ends, in epoch milliseconds; absent if it never does. */
  readonly endsAt?: number;
}

/** Whether a caller may see a project (I7). */
export const sees = ({ projects }: Grant, projectId: string): boolean =>
  projects === 'all' || projects.includes(projectId);

/**
 * Verifies an `authorization` header, absent or not, and that the token has a scope; `now` in epoch
 * milliseconds.
 */
export type TokenVerifier = (authorization: string | undefined, now: number, scope?: Scope) => Promise<Grant>;

const unauthenticated = (message: string): Refusal => new Refusal('unauthenticated', message);

const bytesOf = (secret: string): Uint8Array => new TextEncoder().encode(secret);

/**
 * Cached keys of an identity provider. If it cannot be reached, the token is not refused as
 * invalid.
 */
const remoteKeys = (url: string): JWTVerifyGetKey => {
  const keys = createRemoteJWKSet(new URL(url));
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      const isAboutToken =
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported;
      if (isAboutToken) throw error;
      throw new Refusal('unavailable', 'the token keys cannot be read; try again');
    }
  };
};

const verificationOf = (config: TokenConfig) => {
  if (config.kind === 'secret') {
    const key = bytesOf(config.secret);
    return {
      keys: () => key,
      options: { algorithms: ['HS256'], requiredClaims: config.mayLastForEver ? [] : ['exp'] },
    };
  }
  const { url, issuer, audience } = config;
  return {
    keys: remoteKeys(url),
    options: {
      algorithms: ['RS256', 'ES256', 'EdDSA', 'Ed25519'],
      issuer,
      audience,
      requiredClaims: ['exp'],
    },
  };
};

const projectsOf = ({ projects }: JWTPayload): Grant['projects'] => {
  if (!Array.isArray(projects)) throw unauthenticated('the token has no list of projects');
  if (projects.length === 1 && projects[0] === ALL_PROJECTS) return 'all';
  if (!projects.every(isId)) throw unauthenticated('the projects of the token are malformed');
  return projects;
};

/** A subject as the log of actions has it. */
export const isSubject = (text: unknown): text is string =>
  typeof text === 'string' && /^[^\p{C}]{1,256}$/u.test(text);

/** Names the claim: only for a token whose signature is right. */
const claimRule = ({ claim, reason }: errors.JWTClaimValidationFailed): string =>
  `the claim ${claim} of the token is ${reason === 'missing' ? 'missing' : 'not accepted'}`;

const grantOf = ({ sub, exp, ...claims }: JWTPayload, scope: Scope): Grant => {
  const projects = projectsOf(claims);
  const named = typeof claims.scope === 'string' ? claims.scope.split(' ') : [];
  const scopes = SCOPES.filter((known) => named.includes(known));
  if (!scopes.includes(scope)) throw new Refusal('forbidden', `the token lacks the scope ${scope}`);
  return {
    ...{ projects, scopes },
    ...(isSubject(sub) && { subject: sub }),
    ...(exp !== undefined && { endsAt: exp * 1000 }),
  };
};

/** Verifies bearer tokens: signature by an allowed algorithm, expiry, `projects` and `scope`. */
export const createTokenVerifier = (config: TokenConfig): TokenVerifier => {
  const { keys, options } = verificationOf(config);
  return async (authorization, now, scope = 'usage:read') => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw unauthenticated('a bearer token is required');
    try {
      const { payload } = await jwtVerify(token, keys, {
        ...options,
        currentDate: new Date(now),
      });
      return grantOf(payload, scope);
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw unauthenticated('the token has expired');
      if (error instanceof errors.JWTClaimValidationFailed) throw unauthenticated(claimRule(error));
      if (error instanceof errors.JOSEError) throw unauthenticated('the token is not valid');
      throw error;
    }
  };
};

/** A token signed with the shared secret. `now` in epoch milliseconds. */
export const issueToken = (
  secret: string,
  {
    projects,
    scopes = ['usage:read'],
    subject,
    expiresInSeconds,
  }: Pick<Grant, 'projects' | 'subject'> & {
    readonly scopes?: readonly Scope[];
    readonly expiresInSeconds: number;
  },
  now: number,
): Promise<string> => {
  const nowSeconds = Math.floor(now / 1000);
  return new SignJWT({
    projects: projects === 'all' ? [ALL_PROJECTS] : projects,
    scope: scopes.join(' '),
    ...(subject !== undefined && { sub: subject }),
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + expiresInSeconds)
    .sign(bytesOf(secret));
};
