import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApiDocument } from '../../lib/http/openapi/document.ts';
import type { Method, Operation } from '../../lib/http/openapi/types.ts';

/** What a request was answered with. */
export interface Answered {
  readonly status: number;
  /** By lower-case name. */
  readonly header: (name: string) => string | null | undefined;
  readonly text: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The document says what there is and lets members be added; here one that it does not name is a
 * mistake.
 */
const closed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(closed);
  if (!isRecord(value)) return value;
  const members = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, closed(member)]));
  return isRecord(value.properties) && value.type === 'object'
    ? { ...members, additionalProperties: false }
    : members;
};

const DOCUMENT = openApiDocument();

const ajv = new Ajv2020({ strictRequired: false, keywords: Object.keys(DOCUMENT) });
addFormats.default(ajv);
ajv.addSchema({ ...(closed(DOCUMENT) as object), $id: 'jobmeter' });

const pointer = (...keys: readonly string[]) =>
  keys.map((key) => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

const compiled = new Map<string, ValidateFunction>();
const validatorOf = (place: string): ValidateFunction => {
  const known = compiled.get(place) ?? ajv.compile({ $ref: `jobmeter#${place}` });
  compiled.set(place, known);
  return known;
};

const TEMPLATES = Object.keys(DOCUMENT.paths).map((template) => ({
  template,
  pattern: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

const templateOf = (path: string) => TEMPLATES.find(({ pattern }) => pattern.test(path))?.template;

/** What is wrong with the content, by the schema of its media type. */
const contentComplaint = (
  place: readonly string[],
  content: NonNullable<Operation['responses'][string]['content']>,
  { header, text }: Answered,
): string | undefined => {
  const mediaType = header('content-type')?.replace(/;.*/, '') ?? '';
  if (!content[mediaType]) return `the media type ${mediaType} is not documented`;
  const isJson = /[/+]json$/.test(mediaType);
  const documents = mediaType === 'application/x-ndjson' ? text.split('\n').slice(0, -1) : [text];
  const validate = validatorOf(pointer(...place, 'content', mediaType, 'schema'));
  for (const document of documents) {
    const value = isJson || mediaType === 'application/x-ndjson' ? JSON.parse(document) : document;
    if (!validate(value)) return ajv.errorsText(validate.errors, { dataVar: mediaType });
  }
  return undefined;
};

/**
 * What is wrong with an answer, by what the OpenAPI document says; nothing if it is as documented.
 */
export const complaintAbout = (method: string, url: string, answered: Answered): string | undefined => {
  const template = templateOf(new URL(url, 'http://localhost').pathname);
  const name = method.toLowerCase() as Method;
  const operation = template === undefined ? undefined : DOCUMENT.paths[template]?.[name];
  const { status } = answered;
  if (template === undefined || !operation)
    return status === 404 ? undefined : `there is no such operation, and the answer was ${status}`;
  const response = operation.responses[status];
  if (!response) return `the status ${status} is not documented`;
  for (const [header, { required }] of Object.entries(response.headers ?? {}))
    if (required && !answered.header(header)) return `the header ${header} is missing`;
  if (!response.content) return answered.text === '' ? undefined : 'no content is documented';
  return contentComplaint(['paths', template, name, 'responses', String(status)], response.content, answered);
};

/** Throws if an answer is not as the OpenAPI document says. */
export const expectDocumented = (method: string, url: string, answered: Answered): void => {
  const complaint = complaintAbout(method, url, answered);
  if (complaint === undefined) return;
  throw new Error(
    `${method} ${url} is not answered as documented: ${complaint}\n${answered.status} ${answered.text.slice(0, 2_000)}`,
  );
};
