import { gunzipSync, gzipSync } from 'node:zlib';
import { Refusal } from '../refusal.ts';
import { acceptedQuality } from './accept.ts';
import type { HttpAnswer } from './answers.ts';
import { hasContent } from './etags.ts';
import type { HttpRequest } from './http-request.ts';
import { ORIGIN, originOf } from './origin.ts';
import type { StaticFile } from './static-file.ts';

const acceptsGzip = (request: HttpRequest): boolean =>
  acceptedQuality(request.headers.get('accept-encoding') ?? '', ['gzip', '*']) > 0;

const textOf = (gzip: string): string => gunzipSync(Buffer.from(gzip, 'base64')).toString();

/** The content with the address of the API, compressed. Its tag stays: it is one per address. */
const gzipFor = ({ namesOrigin, gzip }: StaticFile, request: HttpRequest): string =>
  namesOrigin ? gzipSync(textOf(gzip).replaceAll(ORIGIN, originOf(request))).toString('base64') : gzip;

const serve = (file: StaticFile, request: HttpRequest): HttpAnswer => {
  const { etag, contentType } = file;
  const common = { ...file.headers, etag, vary: 'accept-encoding' };
  if (hasContent(request, etag)) return { statusCode: 304, headers: common };
  const typed = { ...common, 'content-type': contentType };
  const gzip = gzipFor(file, request);
  return acceptsGzip(request)
    ? {
        statusCode: 200,
        headers: { ...typed, 'content-encoding': 'gzip' },
        body: gzip,
        isBase64Encoded: true,
      }
    : { statusCode: 200, headers: typed, body: textOf(gzip) };
};

/** Path within the stage. The raw path may have a prefix from a custom domain mapping. */
const pathOf = ({ route, pathParameters }: HttpRequest): string =>
  route.replace(/^[A-Z]+ /, '').replace('{file}', () => pathParameters.file ?? '');

/** Serves built files: 304 for a known tag, compressed if `accept-encoding` allows it. */
export const serveStatic = (files: readonly StaticFile[]) => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  return async (request: HttpRequest): Promise<HttpAnswer> => {
    const file = byPath.get(pathOf(request));
    if (!file) throw new Refusal('not-found', 'there is no such file: load the page again');
    return serve(file, request);
  };
};
