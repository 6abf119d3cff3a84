import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** What a handler gives back, in Lambda's payload format 2.0. */
export type HttpAnswer = APIGatewayProxyStructuredResultV2;

export const answer = (statusCode: number, contentType: string, body: string): HttpAnswer => ({
  statusCode,
  headers: { 'content-type': contentType },
  body,
});

/** 200 with a JSON body. */
export const ok = (body: unknown): HttpAnswer => answer(200, 'application/json', JSON.stringify(body));

/** 202 with a JSON body: what was sent is stored for good. */
export const accepted = (body: unknown): HttpAnswer => answer(202, 'application/json', JSON.stringify(body));
