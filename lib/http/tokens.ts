import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose';
import type { TokenConfig } from '../config.ts';
import { Refusal } from '../refusal.ts';
import { isId } from '../validation.ts';

const READ_SCOPE = 'usage:read';
const ALL_PROJECTS = '*';

/** The projects a caller may see. */
export interface Grant {
  readonly projects: readonly string[] | 'all';
  /** When the token ends, in epoch milliseconds; absent if it never does. */
  readonly endsAt?: number;
}

/** Whether a caller may see a project (I7). */
export const sees = ({ projects }: Grant, projectId: string): boolean =>
  projects === 'all' || projects.includes(projectId);

/** Verifies an `authorization` header, absent or not; `now` in epoch milliseconds. */
export type TokenVerifier = (authorization: string | undefined, now: number) => Promise<Grant>;

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

const grantOf = (claims: JWTPayload): Grant => {
  const projects = projectsOf(claims);
  const scopes = typeof claims.scope === 'string' ? claims.scope.split(' ') : [];
  if (!scopes.includes(READ_SCOPE)) throw new Refusal('forbidden', `the token lacks the scope ${READ_SCOPE}`);
  return { projects, ...(claims.exp !== undefined && { endsAt: claims.exp * 1000 }) };
};

/** Verifies bearer tokens: signature by an allowed algorithm, expiry, `projects` and `scope`. */
export const createTokenVerifier = (config: TokenConfig): TokenVerifier => {
  const { keys, options } = verificationOf(config);
  return async (authorization, now) => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw unauthenticated('a bearer token is required');
    try {
      const { payload } = await jwtVerify(token, keys, {
        ...options,
        currentDate: new Date(now),
      });
      return grantOf(payload);
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw unauthenticated('the token has expired');
      if (error instanceof errors.JOSEError) throw unauthenticated('the token is not valid');
      throw error;
    }
  };
};

/** A token signed with the shared secret. `now` in epoch milliseconds. */
export const issueToken = (
  secret: string,
  { projects, expiresInSeconds }: Pick<Grant, 'projects'> & { readonly expiresInSeconds: number },
  now: number,
): Promise<string> => {
  const nowSeconds = Math.floor(now / 1000);
  return new SignJWT({ projects: projects === 'all' ? [ALL_PROJECTS] : projects, scope: READ_SCOPE })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + expiresInSeconds)
    .sign(bytesOf(secret));
};
