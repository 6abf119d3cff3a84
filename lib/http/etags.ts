import { createHash } from 'node:crypto';
import type { HttpAnswer } from './answers.ts';
import type { HttpRequest } from './http-request.ts';

/** A strong entity tag: the same content has the same tag, in every process and deployment. */
export const etagOf = (...content: readonly string[]): string =>
  `"${createHash('sha256').update(content.join('\n')).digest('base64url').slice(0, 22)}"`;

const tagsOf = ({ headers }: HttpRequest, name: string): string[] =>
  (headers.get(name) ?? '').split(',').map((tag) => tag.trim());

/** Whether the content is one that `if-match` names (RFC 9110, 13.1.1: strong comparison). */
export const isMatched = (request: HttpRequest, etag: string | undefined): boolean =>
  etag !== undefined && tagsOf(request, 'if-match').some((tag) => tag === etag || tag === '*');

/** Whether the caller has the content of a tag already (RFC 9110, 13.1.2: weak comparison). */
export const hasContent = (request: HttpRequest, etag: string): boolean =>
  tagsOf(request, 'if-none-match')
    .map((tag) => tag.replace(/^W\//, ''))
    .some((tag) => tag === etag || tag === '*');

/** One day: what is billed never changes, but its presentation may with a deployment. */
const FROZEN = 'private, max-age=86400, immutable';
const REVALIDATED = 'private, no-cache';

const tagged = (
  request: HttpRequest,
  { headers = {}, ...answer }: HttpAnswer,
  caching: string,
): HttpAnswer => {
  const { 'content-type': contentType, vary, ...rest } = headers;
  const etag = etagOf(String(contentType), answer.body ?? '');
  // Browsers replace the headers they have kept by those of a 304, its content security policy too.
  const kept = {
    ...rest,
    etag,
    'cache-control': caching,
    vary: [...(vary === undefined ? [] : [vary]), 'authorization', 'origin'].join(', '),
  };
  return hasContent(request, etag)
    ? { statusCode: 304, headers: kept }
    : { ...answer, headers: { ...kept, ...(contentType !== undefined && { 'content-type': contentType }) } };
};

// For requests whose token is verified: an answer with its tag, or 304 if the caller has it.

/** Content that never changes: its reader may keep it, for requests with the same token. */
export const frozen = (request: HttpRequest, answer: HttpAnswer): HttpAnswer =>
  tagged(request, answer, FROZEN);

/** Content that seldom changes: its reader may keep it, and asks each time whether it is current. */
export const revalidated = (request: HttpRequest, answer: HttpAnswer): HttpAnswer =>
  tagged(request, answer, REVALIDATED);
