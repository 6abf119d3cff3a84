import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** What a handler gives back, in Lambda's payload format 2.0. */
export type HttpAnswer = APIGatewayProxyStructuredResultV2;

export const answer = (
  statusCode: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer => ({ statusCode, headers: { ...headers, 'content-type': contentType }, body });

/** 200 with a JSON body. */
export const ok = (body: unknown): HttpAnswer => answer(200, 'application/json', JSON.stringify(body));

/** 200 with one JSON document a line. */
export const ndjson = (
  documents: readonly unknown[],
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer =>
  answer(
    200,
    'application/x-ndjson',
    documents.map((document) => `${JSON.stringify(document)}\n`).join(''),
    headers,
  );

/** 202 with a JSON body: what was sent is stored for good. */
export const accepted = (body: unknown): HttpAnswer => answer(202, 'application/json', JSON.stringify(body));

/** 200 with a page that brings its own content security policy. */
export const htmlAnswer = ({
  html,
  contentSecurityPolicy,
}: {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}): HttpAnswer =>
  answer(200, 'text/html; charset=utf-8', html, { 'content-security-policy': contentSecurityPolicy });
