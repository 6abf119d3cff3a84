import { hkdfSync } from 'node:crypto';
import { DAY_MS } from '../billing/minutes.ts';
import type { Endpoint } from '../store/endpoints.ts';
import { keyOf, SECRET_PREFIX } from './sign-webhook.ts';

const SECRET_BYTES = 32;

/** After a rotation the secret before it signs too, for so long. */
export const PREVIOUS_SECRET_MS = DAY_MS;

type Generation = Pick<Endpoint, 'endpointId' | 'generation'>;

/**
 * The secret of an endpoint: derived from the stage's key (HKDF, RFC 5869), so that it is stored
 * nowhere (docs/decisions/0031-secrets-of-endpoints-are-derived.md).
 */
export const endpointSecret = (endpointKey: string, { endpointId, generation }: Generation): string => {
  const about = `jobmeter endpoint ${endpointId} ${generation}`;
  const secret = hkdfSync('sha256', keyOf(endpointKey), '', about, SECRET_BYTES);
  return SECRET_PREFIX + Buffer.from(secret).toString('base64');
};

/** The secrets that sign now, the current one first: two after a rotation. */
export const signingSecrets = (
  endpointKey: string,
  { endpointId, generation, previousUntil = 0 }: Generation & Pick<Endpoint, 'previousUntil'>,
  now: number,
): string[] =>
  [generation, ...(now < previousUntil ? [generation - 1] : [])].map((each) =>
    endpointSecret(endpointKey, { endpointId, generation: each }),
  );
