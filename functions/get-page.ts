import { staticFiles } from '#static-files';
import { httpHandler } from '../lib/http/http-handler.ts';
import { serveStatic } from '../lib/http/static-answers.ts';

/** GET /, /assets/{file}, /v1/openapi.json and /v1/docs: static files, built with the bundle. */
export const handler = httpHandler(serveStatic(staticFiles));
