import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { openApiDocument } from '../../../lib/http/openapi/document.ts';
import { EVENT_TEXTS } from '../../../lib/http/openapi/event-texts.ts';
import type { Content, Operation, PathItem, Schema } from '../../../lib/http/openapi/types.ts';
import { parseEvents } from '../../../lib/http/parse-events.ts';
import { toCloudEvent } from '../../../lib/operations/outgoing/to-cloud-event.ts';
import { OUTGOING_TYPES, type OutgoingEvent } from '../../../lib/store/outgoing-events.ts';
import { PROJECT_DIR } from '../../../local/serverless-file.ts';
import { NOW, RETRACTION_EVENT, STATUS_EVENT, structured } from './requests.ts';

/** As a caller gets it. */
const document: ReturnType<typeof openApiDocument> = JSON.parse(JSON.stringify(openApiDocument()));
const { components, paths, webhooks } = document;

const projectFile = (name: string) => readFileSync(new URL(name, PROJECT_DIR), 'utf8');

const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item as Required<PathItem>).map(([method, operation]): [string, string, Operation] => [
    `${method.toUpperCase()} ${path}`,
    path,
    operation,
  ]),
);

/** Every value inside a value, itself included. */
const everythingIn = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null
    ? [value, ...Object.values(value).flatMap(everythingIn)]
    : [value];

const contentsOf = ({ requestBody, responses }: Operation): Content[] =>
  [requestBody, ...Object.values(responses)].flatMap((part) => (part?.content ? [part.content] : []));

const ajv = new Ajv2020({ strictRequired: false, keywords: Object.keys(document) });
addFormats.default(ajv);
ajv.addSchema({ ...document, $id: 'document' });
const validatorOf = (schema: Schema) =>
  ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')));

describe('the OpenAPI document', () => {
  test('has every route of serverless.yml and no other', () => {
    const { functions } = parse(projectFile('serverless.yml'), { merge: true });
    type Deployed = { readonly events: readonly { readonly httpApi?: string }[] };
    const routes = Object.values<Deployed>(functions).flatMap(({ events }) =>
      events.flatMap(({ httpApi }) => httpApi ?? []),
    );
    expect(routes).toContain('POST /v1/events');
    expect(operations.map(([route]) => route).sort()).toEqual(routes.sort());
  });

  test('has the version of the package', () => {
    expect(document.info.version).toBe(JSON.parse(projectFile('package.json')).version);
    expect(document.openapi).toBe('3.1.0');
  });

  test('refers to nothing that is not there, and has nothing that is not referred to', () => {
    const referred = new Set(
      everythingIn(document).flatMap((value) => {
        const { $ref } = (value ?? {}) as Schema;
        return $ref === undefined ? [] : [$ref];
      }),
    );
    const there = Object.keys(components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...referred].sort()).toEqual(there.sort());
  });

  test('describes every schema and every member', () => {
    const schemas = [components.schemas, ...operations.flatMap(([, , operation]) => contentsOf(operation))];
    const members = everythingIn(schemas).flatMap((value) =>
      Object.entries(((value ?? {}) as Schema).properties ?? {}),
    );
    expect(members.length).toBeGreaterThan(100);
    expect(members.filter(([, { description }]) => !description).map(([name]) => name)).toEqual([]);
    const undescribed = Object.entries(components.schemas).filter(([, { description }]) => !description);
    expect(undescribed.map(([name]) => name)).toEqual([]);
  });

  test('has texts for no member that the schemas of events do not have', () => {
    for (const [name, { members = {} }] of Object.entries(EVENT_TEXTS)) {
      const { properties = {} } = components.schemas[name] ?? {};
      expect(Object.keys(members).sort(), name).toEqual(Object.keys(properties).sort());
    }
  });
});

describe.each(operations)('%s', (_, path, operation) => {
  test('has an id of its own, a tag that is explained, and texts', () => {
    const ids = operations.map(([, , { operationId }]) => operationId);
    expect(ids.filter((id) => id === operation.operationId)).toHaveLength(1);
    const tags = document.tags.map(({ name }) => name);
    expect(operation.tags.filter((tag) => !tags.includes(tag))).toEqual([]);
    expect(operation.tags).toHaveLength(1);
    for (const text of [operation.summary, operation.description]) expect(text).toMatch(/^[A-Z]/);
  });

  test('declares the parameters of its path, all with a schema', () => {
    const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(inPath.map(({ name }) => name).sort()).toEqual(named.sort());
    for (const parameter of operation.parameters ?? []) {
      if (parameter.in === 'path') expect(parameter.required).toBe(true);
      expect(parameter.description).toMatch(/\.$/);
      if (parameter.example !== undefined)
        expect(validatorOf(parameter.schema)(parameter.example)).toBe(true);
    }
  });

  test('needs only what the document explains', () => {
    const needed = operation.security.flatMap((requirement) => Object.keys(requirement));
    expect(needed.filter((name) => !(name in components.securitySchemes))).toEqual([]);
  });

  test('documents its errors', () => {
    const statuses = Object.keys(operation.responses);
    expect(statuses).toEqual(expect.arrayContaining(['429', '500', '503', 'default']));
    const isOpen = operation.security.length === 0;
    expect(statuses.includes('401')).toBe(!isOpen);
    for (const [status, { content = {} }] of Object.entries(operation.responses))
      if (Number(status) >= 400)
        // The gateway has no problem details.
        expect(Object.keys(content)).toEqual([
          status === '429' ? 'application/json' : 'application/problem+json',
        ]);
  });

  test('has examples that its schemas allow', () => {
    for (const content of contentsOf(operation))
      for (const [mediaType, { schema, examples = {} }] of Object.entries(content)) {
        const validate = validatorOf(schema);
        for (const [name, { value }] of Object.entries(examples))
          expect(validate(value), `${mediaType} ${name} ${ajv.errorsText(validate.errors)}`).toBe(true);
      }
  });
});

describe('what is sent to endpoints', () => {
  const schemaOf = (type: string): Schema =>
    webhooks[type]?.post?.requestBody?.content['application/cloudevents+json']?.schema ?? {};
  const closed: OutgoingEvent = {
    ...{ id: 'month.closed/2026-10', type: 'month.closed', topic: { kind: 'months' }, sequence: 24_322 },
    ...{ time: NOW, subject: '2026-10' },
    data: { month: '2026-10', closedAt: '2026-11-01T06:00:00.000Z' },
  };

  test('is each type of event, signed, with all its members described', () => {
    expect(Object.keys(webhooks)).toEqual([...OUTGOING_TYPES]);
    for (const type of OUTGOING_TYPES) {
      expect(webhooks[type]?.post?.security).toEqual([
        { webhookId: [], webhookTimestamp: [], webhookSignature: [] },
      ]);
      const { properties = {} } = schemaOf(type);
      const members = Object.entries({ ...properties, ...properties.data?.properties });
      expect(members.length).toBeGreaterThan(10);
      for (const [name, { description }] of members)
        expect([name, description]).toEqual([name, expect.any(String)]);
    }
  });

  test('has the schema of its type', () => {
    const isValid = validatorOf(schemaOf('month.closed'));
    expect(isValid(toCloudEvent(closed, 'local'))).toBe(true);
    expect(isValid(toCloudEvent({ ...closed, data: { month: '2026-10' } }, 'local'))).toBe(false);
    expect(validatorOf(schemaOf('job.held'))(toCloudEvent(closed, 'local'))).toBe(false);
  });
});

describe('the schema of an event', () => {
  const validate = validatorOf({ $ref: '#/components/schemas/Event' });

  const isTaken = (event: unknown): boolean => {
    try {
      return parseEvents(structured(event), NOW).length === 1;
    } catch {
      return false;
    }
  };

  const { data, ...attributes } = STATUS_EVENT;
  const withData = (changed: object) => ({ ...attributes, data: { ...data, ...changed } });
  const withResources = (changed: object) => withData({ resources: { ...data.resources, ...changed } });

  test.each<[name: string, event: unknown]>([
    ['a status', STATUS_EVENT],
    ['a retraction', RETRACTION_EVENT],
    ['a member that is not named', { ...STATUS_EVENT, traceparent: '00-1-2-01' }],
    ['a time with an offset', { ...STATUS_EVENT, time: '2026-10-01T10:00:00.123456789+02:00' }],
    ['no resources', { ...attributes, data: { projectId: 'proj-1', status: 'DONE' } }],
    ['a media type', { ...STATUS_EVENT, datacontenttype: 'application/json' }],
    ['a media type of null', { ...STATUS_EVENT, datacontenttype: null }],
    ['half a GPU', withResources({ gpu: 0.5 })],
    ['a node', withData({ resources: { flavor: 'h100', node: 1 } })],
    ['labels', withData({ labels: { team: 'vision', 10: '', 'a.b/c_d-E': 'é' } })],
    ['a timeout', withData({ timeout: 'P7D' })],
    ['CPUs alone', withData({ resources: { flavor: 'ai1-1-cpu', cpu: 2 } })],
    [
      'a reason of any language',
      { ...RETRACTION_EVENT, data: { ...RETRACTION_EVENT.data, reason: '二重 😀' } },
    ],
  ])('allows what is taken: %s', (_, event) => {
    expect(isTaken(event)).toBe(true);
    expect(validate(event)).toBe(true);
  });

  test.each<[name: string, event: unknown]>([
    ['null', null],
    ['a list', []],
    ['an unknown type', { ...STATUS_EVENT, type: 'training.job.paused' }],
    ['an unknown status', withData({ status: 'SLEEPING' })],
    ['no project', withData({ projectId: undefined })],
    ['an id of 129 characters', { ...STATUS_EVENT, subject: 'j'.repeat(129) }],
    ['a time without an offset', { ...STATUS_EVENT, time: '2026-10-01T08:00:00' }],
    ['a time as a number', { ...STATUS_EVENT, time: 1_790_000_000 }],
    ['GPUs below none', withResources({ gpu: -0.5 })],
    ['resources without a flavor', withData({ resources: { gpu: 1 } })],
    ['a label as a number', withData({ labels: { team: 7 } })],
    ['labels as a list', withData({ labels: ['vision'] })],
    ['a label with a space in its key', withData({ labels: { 'a b': 'x' } })],
    ['a label of 129 characters', withData({ labels: { team: 'x'.repeat(129) } })],
    ['a timeout as a number', withData({ timeout: 604_800 })],
    [
      'a retraction without a project',
      { ...RETRACTION_EVENT, data: { ...RETRACTION_EVENT.data, projectId: undefined } },
    ],
    ['GPUs as text', withResources({ gpu: '2' })],
    ['too many GPUs', withResources({ gpu: 100_001 })],
    ['data as base64', { ...STATUS_EVENT, data_base64: 'e30=' }],
    [
      'a reason with a control character',
      { ...RETRACTION_EVENT, data: { ...RETRACTION_EVENT.data, reason: '\t' } },
    ],
  ])('refuses what is refused: %s', (_, event) => {
    const sent = JSON.parse(JSON.stringify(event));
    expect(isTaken(sent)).toBe(false);
    expect(validate(sent)).toBe(false);
  });
});
