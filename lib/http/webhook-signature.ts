import { timingSafeEqual } from 'node:crypto';
import { MINUTE_MS } from '../billing/minutes.ts';
import { Refusal } from '../refusal.ts';
import { SIGNATURE_VERSION, signWebhook } from '../webhooks/sign-webhook.ts';
import type { HttpRequest } from './http-request.ts';

const TOLERANCE_MS = 5 * MINUTE_MS;
/** Further signatures are ignored. */
const MAX_SIGNATURES = 16;

const unauthenticated = (message: string): Refusal => new Refusal('unauthenticated', message);

const headerOf = (request: HttpRequest, name: string): string => {
  const value = request.headers.get(name);
  if (value === undefined) throw unauthenticated(`the ${name} header is missing`);
  return value;
};

const idOf = (request: HttpRequest): string => {
  const id = headerOf(request, 'webhook-id');
  if (/^[\x20-\x7e]{1,256}$/.test(id)) return id;
  throw unauthenticated('the webhook-id header must be 1 to 256 printable ASCII characters');
};

const timestampOf = (request: HttpRequest, now: number): string => {
  const timestamp = headerOf(request, 'webhook-timestamp');
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw unauthenticated('the webhook-timestamp header must be whole seconds since 1970');
  }
  if (Math.abs(now - Number(timestamp) * 1000) > TOLERANCE_MS) {
    throw unauthenticated('the webhook-timestamp header is more than 5 minutes away from now');
  }
  return timestamp;
};

const signaturesOf = (request: HttpRequest): Buffer[] =>
  headerOf(request, 'webhook-signature')
    .split(' ')
    .filter((signature) => signature.startsWith(SIGNATURE_VERSION))
    .slice(0, MAX_SIGNATURES)
    .map((signature) => Buffer.from(signature));

const isEqual = (expected: Buffer, given: Buffer): boolean =>
  expected.length === given.length && timingSafeEqual(expected, given);

const verified = (request: HttpRequest, secrets: readonly string[], now: number): HttpRequest => {
  const id = idOf(request);
  const timestamp = timestampOf(request, now);
  const signatures = signaturesOf(request);
  const matches = secrets
    .map((secret) => Buffer.from(signWebhook(secret, id, timestamp, request.body)))
    .flatMap((expected) => signatures.filter((signature) => isEqual(expected, signature)));
  if (matches.length > 0) return request;
  // A gateway that decodes the body as text replaces invalid UTF-8, which breaks the signature. A
  // body that has the replacement itself cannot be told from it.
  if (request.body.includes('\uFFFD'))
    throw new Refusal(
      'not-json',
      'no signature matches: the body is not valid UTF-8, or it has U+FFFD and another signature',
    );
  throw unauthenticated('no signature in the webhook-signature header matches');
};

/**
 * The request, if a secret signed it (Standard Webhooks 1.0, symmetric `v1`); `now` in epoch ms.
 * All secrets and signatures are compared, so the time taken does not reveal which matched.
 * `onRefused` is called for any other request.
 */
export const verifyWebhook = (
  request: HttpRequest,
  secrets: readonly string[],
  now: number,
  onRefused: () => void = () => {},
): HttpRequest => {
  try {
    return verified(request, secrets, now);
  } catch (error) {
    onRefused();
    throw error;
  }
};
