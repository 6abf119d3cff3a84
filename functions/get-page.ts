import { httpHandler } from '../lib/http/http-handler.ts';
import { servePage } from '../lib/http/page-answers.ts';
import { pageFiles } from '../lib/page/bundle.ts';

/** GET / and GET /assets/{file}: the web page. */
export const handler = httpHandler(servePage(pageFiles));
