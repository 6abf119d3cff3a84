import { createHmac } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type HttpRequest, toRequest } from '../../../lib/http/http-request.ts';

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const NOW = Date.parse('2026-10-01T08:00:00Z');

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A Lambda event of payload format 2.0. Bytes are sent as base64, text as it is. */
export const eventOf = ({ method = 'POST', headers = {}, body }: Sent): APIGatewayProxyEventV2 => ({
  version: '2.0',
  routeKey: `${method} /v1/events`,
  rawPath: '/v1/events',
  rawQueryString: '',
  headers: { ...headers },
  requestContext: {
    accountId: '1',
    apiId: '1',
    domainName: 'localhost',
    domainPrefix: 'localhost',
    http: { method, path: '/v1/events', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
    requestId: '1',
    routeKey: `${method} /v1/events`,
    stage: '$default',
    time: '01/Oct/2026:08:00:00 +0000',
    timeEpoch: NOW,
  },
  ...(body !== undefined && { body: typeof body === 'string' ? body : Buffer.from(body).toString('base64') }),
  isBase64Encoded: body instanceof Uint8Array,
});

export const requestOf = (sent: Sent): HttpRequest => toRequest(eventOf(sent));

/** The headers of Standard Webhooks, computed from the raw bytes. */
export const signatureHeaders = (
  body: string | Uint8Array,
  secret = SECRET,
  now = NOW,
): Record<string, string> => {
  const timestamp = String(Math.floor(now / 1000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`msg_1.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
};

export const STATUS_EVENT = {
  specversion: '1.0',
  type: 'training.job.status',
  source: 'https://gra.training.example',
  id: '8c1f-4',
  subject: 'job-8c1f',
  time: '2026-10-01T08:00:00Z',
  data: {
    projectId: 'proj-1',
    status: 'RUNNING',
    resources: { flavor: 'ai1-1-gpu', gpu: 2, cpu: 26 },
  },
};

export const RETRACTION_EVENT = {
  ...STATUS_EVENT,
  type: 'training.job.retraction',
  id: '8c1f-5',
  data: { projectId: 'proj-1', source: 'https://gra.training.example', id: '8c1f-4', reason: 'sent twice' },
};

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

export const structured = (event: unknown, mediaType = STRUCTURED): HttpRequest =>
  requestOf({ headers: { 'content-type': mediaType }, body: JSON.stringify(event) });

export const batch = (events: unknown): HttpRequest =>
  requestOf({ headers: { 'content-type': BATCH }, body: JSON.stringify(events) });

type SentAttributes = Readonly<Record<string, unknown>> & { readonly data: unknown };

/** The event in binary mode, its attributes percent-encoded as in the CloudEvents HTTP binding. */
export const binary = ({ data, ...attributes }: SentAttributes): HttpRequest => {
  const headers = Object.entries(attributes).map(([name, value]) => [
    `ce-${name}`,
    String(value).replace(/[\x20"%]|[^\x20-\x7e]+/g, (characters) => encodeURIComponent(characters)),
  ]);
  return requestOf({
    headers: { 'content-type': 'application/json', ...Object.fromEntries(headers) },
    body: JSON.stringify(data),
  });
};
