import { httpHandler } from '../lib/http/http-handler.ts';
import { openApiAnswer } from '../lib/http/openapi/answers.ts';

/** GET /v1/openapi.json: what the API takes and answers, for machines. */
export const handler = httpHandler(async () => openApiAnswer());
