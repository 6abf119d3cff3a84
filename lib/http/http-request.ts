import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Refusal } from '../refusal.ts';

/** Maximum body size: 1 MiB. */
export const MAX_BODY_BYTES = 1_048_576;

/** A request as the handlers see it. */
export interface HttpRequest {
  readonly method: string;
  /** As in serverless.yml: `GET /v1/projects/{projectId}/usage`. */
  readonly route: string;
  /** As sent; may begin with a prefix that the route does not have. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Raw bytes, as signed by the sender. */
  readonly body: Buffer;
}

const bodyOf = (event: APIGatewayProxyEventV2): Buffer => {
  const body = event.body ?? '';
  const encoding = event.isBase64Encoded ? 'base64' : 'utf8';
  if (Buffer.byteLength(body, encoding) > MAX_BODY_BYTES) {
    throw new Refusal('too-large', `the body is larger than ${MAX_BODY_BYTES} bytes`);
  }
  return Buffer.from(body, encoding);
};

/** Header names are case-insensitive; repeated values are joined with a comma. */
const headersOf = (event: APIGatewayProxyEventV2): Map<string, string> => {
  const headers = new Map<string, string>();
  for (const [name, value = ''] of Object.entries(event.headers)) {
    const key = name.toLowerCase();
    const earlier = headers.get(key);
    headers.set(key, earlier === undefined ? value : `${earlier},${value}`);
  }
  return headers;
};

/** The request in a Lambda event of payload format 2.0. Refuses a body over 1 MiB. */
export const toRequest = (event: APIGatewayProxyEventV2): HttpRequest => ({
  method: event.requestContext.http.method,
  route: event.routeKey,
  path: event.rawPath,
  headers: headersOf(event),
  pathParameters: event.pathParameters ?? {},
  query: event.queryStringParameters ?? {},
  body: bodyOf(event),
});

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** The body as text. Invalid UTF-8 is refused, not replaced: that would change signed content. */
export const bodyText = (body: Buffer): string => {
  try {
    return UTF_8.decode(body);
  } catch {
    throw new Refusal('not-json', 'the body is not valid UTF-8');
  }
};

/** The body as JSON. */
export const bodyJson = (body: Buffer): unknown => {
  const text = bodyText(body);
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('not-json', 'the body is not valid JSON');
  }
};
