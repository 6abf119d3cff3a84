import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { PageFile } from '../page/page-file.ts';
import { Refusal } from '../refusal.ts';
import type { HttpAnswer } from './answers.ts';
import type { HttpRequest } from './http-request.ts';

const INDEX = 'index.html';

/** What the page may do: run and look as its own files say, and ask its own API. Nothing inline, nothing from elsewhere, in no frame. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The names of assets change with their content, so they may be kept for ever; the page that names them is asked for each time. */
const cachingOf = (name: string): string =>
  name === INDEX ? 'no-cache' : 'public, max-age=31536000, immutable';

const acceptsGzip = (request: HttpRequest): boolean =>
  /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(request.headers.get('accept-encoding') ?? '');

const serve = ({ name, contentType, text }: PageFile) => {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  const headers = {
    'cache-control': cachingOf(name),
    'content-security-policy': PAGE_POLICY,
    etag,
    vary: 'accept-encoding',
  };
  const typed = { ...headers, 'content-type': contentType };
  const zipped: HttpAnswer = {
    statusCode: 200,
    headers: { ...typed, 'content-encoding': 'gzip' },
    body: gzipSync(text).toString('base64'),
    isBase64Encoded: true,
  };
  return (request: HttpRequest): HttpAnswer => {
    const known = request.headers.get('if-none-match')?.split(/\s*,\s*/) ?? [];
    if (known.some((tag) => tag.replace(/^W\//, '') === etag)) return { statusCode: 304, headers };
    return acceptsGzip(request) ? zipped : { statusCode: 200, headers: typed, body: text };
  };
};

/** Answers with the page at `/` and its assets by name, compressed for whoever takes that. */
export const servePage = (files: readonly PageFile[]) => {
  const answers = new Map(files.map((file) => [file.name, serve(file)]));
  return async (request: HttpRequest): Promise<HttpAnswer> => {
    const answer = answers.get(request.pathParameters.file ?? INDEX);
    if (!answer) throw new Refusal('not-found', 'there is no such file: load the page again');
    return answer(request);
  };
};
