import { isJsonMediaType, parseMediaType } from '../media-type.ts';
import { type InputError, Refusal } from '../refusal.ts';
import { bodyText, type HttpRequest } from './http-request.ts';

export const MAX_BATCH_EVENTS = 100;

/** An unvalidated event and its JSON pointer in the body. */
export interface SentEvent {
  readonly pointer: string;
  readonly event: unknown;
}

/** Extension attributes and `dataschema` are ignored. */
const ATTRIBUTES = ['specversion', 'type', 'source', 'id', 'subject', 'time'] as const;

const unsupported = (message: string): Refusal => new Refusal('unsupported-media-type', message);

const mediaTypeOf = (request: HttpRequest): string => {
  const mediaType = parseMediaType(request.headers.get('content-type') ?? '');
  if (mediaType === undefined) throw unsupported('the content-type header is missing or malformed');
  const charset = mediaType.params.get('charset') ?? 'utf-8';
  if (charset.toLowerCase() !== 'utf-8') throw unsupported('the charset must be utf-8');
  return mediaType.essence;
};

const parseJson = (request: HttpRequest): unknown => {
  const text = bodyText(request.body);
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('not-json', 'the body is not valid JSON');
  }
};

/** Attribute value of a header: unquoted, percent-decoded (CloudEvents HTTP binding, 3.1.3.2). */
const attributeOf = (header: string): string | undefined => {
  const quoted = /^"(.*)"$/s.exec(header)?.[1];
  try {
    return decodeURIComponent(quoted === undefined ? header : quoted.replace(/\\(.)/gs, '$1'));
  } catch {
    return undefined;
  }
};

const binaryEvent = (request: HttpRequest): SentEvent => {
  const event: Record<string, unknown> = {};
  const errors: InputError[] = [];
  for (const name of ATTRIBUTES) {
    const header = request.headers.get(`ce-${name}`);
    if (header === undefined) continue;
    event[name] = attributeOf(header);
    if (event[name] === undefined)
      errors.push({ pointer: `/${name}`, detail: `${name} must be percent-encoded UTF-8` });
  }
  if (errors.length > 0) throw new Refusal('invalid', 'the event is not valid', { errors });
  return { pointer: '', event: { ...event, data: parseJson(request) } };
};

const batch = (events: unknown): SentEvent[] => {
  if (!Array.isArray(events)) {
    const errors = [{ pointer: '', detail: 'the batch must be an array of events' }];
    throw new Refusal('invalid', 'the batch is not valid', { errors });
  }
  if (events.length > MAX_BATCH_EVENTS) {
    throw new Refusal('too-large', `a batch holds at most ${MAX_BATCH_EVENTS} events`);
  }
  return events.map((event: unknown, index) => ({ pointer: `/${index}`, event }));
};

/**
 * Events of a request in any mode of the CloudEvents 1.0 HTTP binding. Binary mode is a JSON body
 * with `ce-` headers; plain `application/json` without them is one structured event.
 */
export const sentEvents = (request: HttpRequest): readonly SentEvent[] => {
  const mediaType = mediaTypeOf(request);
  const isBinary = [...request.headers.keys()].some((name) => name.startsWith('ce-'));
  if (mediaType === 'application/cloudevents-batch+json') return batch(parseJson(request));
  if (mediaType === 'application/cloudevents+json') return [{ pointer: '', event: parseJson(request) }];
  if (isBinary && isJsonMediaType(mediaType)) return [binaryEvent(request)];
  if (mediaType === 'application/json') return [{ pointer: '', event: parseJson(request) }];
  throw unsupported(
    'send application/cloudevents+json, application/cloudevents-batch+json or application/json',
  );
};
