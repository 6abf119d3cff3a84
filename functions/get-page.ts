import { staticFiles } from '#static-files';
import { httpHandler } from '../lib/http/http-handler.ts';
import { serveStatic } from '../lib/http/static-answers.ts';

/** GET /, /assets/{file}, /v1/openapi.json and /v1/docs: the web page and the description of the API, as they were built. */
export const handler = httpHandler(serveStatic(staticFiles));
