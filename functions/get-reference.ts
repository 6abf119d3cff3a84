import { httpHandler } from '../lib/http/http-handler.ts';
import { referenceAnswer } from '../lib/http/openapi/answers.ts';

/** GET /v1/docs: what the API takes and answers, for people. */
export const handler = httpHandler(async () => referenceAnswer());
