import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { STATUSES } from '../../../lib/billing/statuses.ts';
import type { HttpRequest } from '../../../lib/http/http-request.ts';
import { parseEvents } from '../../../lib/http/parse-events.ts';
import type { InputError } from '../../../lib/refusal.ts';
import { refusalOf } from './refused.ts';
import { batch, binary, NOW, RETRACTION_EVENT, requestOf, STATUS_EVENT, structured } from './requests.ts';

const DAY_MS = 24 * 3_600_000;

const errorsOf = async (request: HttpRequest): Promise<readonly InputError[]> => {
  const refusal = await refusalOf(() => parseEvents(request, NOW));
  expect(refusal.code).toBe('invalid');
  return refusal.errors;
};

const only = (request: HttpRequest) => {
  const [event, ...others] = parseEvents(request, NOW);
  if (event === undefined || others.length > 0) throw new Error('not one event');
  return event;
};

const fingerprintOf = (event: unknown): string => only(structured(event)).fingerprint;

const withData = (changes: object) => ({ ...STATUS_EVENT, data: { ...STATUS_EVENT.data, ...changes } });
const withResources = (resources: unknown) => withData({ resources });

const without = (object: object, name: string): object =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

describe('a valid event', () => {
  test('of a status is a transition', () => {
    expect(only(structured(STATUS_EVENT)).fact).toEqual({
      kind: 'transition',
      jobId: 'job-8c1f',
      source: 'https://gra.training.example',
      id: '8c1f-4',
      time: NOW,
      projectId: 'proj-1',
      status: 'RUNNING',
      resources: { flavor: 'ai1-1-gpu', gpu: 2, cpu: 26 },
    });
  });

  test('of a retraction names the retracted event', () => {
    expect(only(structured(RETRACTION_EVENT)).fact).toEqual({
      kind: 'retraction',
      jobId: 'job-8c1f',
      source: 'https://gra.training.example',
      id: '8c1f-5',
      time: NOW,
      projectId: 'proj-1',
      retracts: { source: 'https://gra.training.example', id: '8c1f-4' },
      reason: 'sent twice',
    });
  });

  test('need not state resources', () => {
    const { fact } = only(structured(withResources(undefined)));
    expect(fact).not.toHaveProperty('resources');
  });

  test('has no cpu and no gpu but those it states', () => {
    expect(only(structured(withResources({ flavor: 'ai1-1-cpu', cpu: 2 }))).fact).toMatchObject({
      resources: { flavor: 'ai1-1-cpu', gpu: 0, cpu: 2 },
    });
  });

  test('may have members that are not read', () => {
    const event = {
      ...STATUS_EVENT,
      datacontenttype: 'application/vnd.training+json; charset=utf-8',
      dataschema: 'https://schemas.example/1',
      traceparent: '00-1',
      __proto__: null,
      data: { ...STATUS_EVENT.data, exitCode: 0, resources: { ...STATUS_EVENT.data.resources, memory: 1 } },
    };
    expect(only(structured(event))).toEqual(only(structured(STATUS_EVENT)));
  });

  test.each(STATUSES)('may report %s', (status) => {
    expect(only(structured(withData({ status }))).fact).toMatchObject({ status });
  });

  test('loses the digits beyond milliseconds, downwards', () => {
    const { fact } = only(structured({ ...STATUS_EVENT, time: '2026-10-01T07:59:59.999999999Z' }));
    expect(fact).toMatchObject({ time: NOW - 1 });
  });

  test('may be 5 minutes ahead and 400 days old', () => {
    for (const time of [NOW + 5 * 60_000, NOW - 400 * DAY_MS]) {
      const event = { ...STATUS_EVENT, time: new Date(time).toISOString() };
      expect(only(structured(event)).fact).toMatchObject({ time });
    }
  });
});

describe('an invalid event', () => {
  test.each([
    ['specversion', '0.3', 'must be "1.0"'],
    ['type', 'training.job', 'must be one of training.job.status, training.job.retraction'],
    ['type', '__proto__', 'must be one of training.job.status, training.job.retraction'],
    ['source', '', 'must be 1 to 256 printable ASCII characters'],
    ['source', 'x'.repeat(257), 'must be 1 to 256 printable ASCII characters'],
    ['id', 'caf\u00e9', 'must be 1 to 256 printable ASCII characters'],
    ['id', 'a\n', 'must be 1 to 256 printable ASCII characters'],
    ['id', 7, 'must be 1 to 256 printable ASCII characters'],
    ['subject', 'job/1', 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : -'],
    ['subject', 'x'.repeat(129), 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : -'],
    ['datacontenttype', 'text/xml', 'must be a JSON media type'],
    ['datacontenttype', 1, 'must be a JSON media type'],
    ['data_base64', 'e30=', 'is not supported: send data as JSON'],
    ['data', null, 'must be an object'],
    ['data', [], 'must be an object'],
    ['data', '{}', 'must be an object'],
  ])('with the %s %j is answered by the rule', async (name, value, detail) => {
    expect(await errorsOf(structured({ ...STATUS_EVENT, [name]: value }))).toEqual([
      { pointer: `/${name}`, detail },
    ]);
  });

  test.each(Object.keys(STATUS_EVENT))('without %s is answered that it is required', async (name) => {
    expect(await errorsOf(structured(without(STATUS_EVENT, name)))).toContainEqual({
      pointer: `/${name}`,
      detail: 'is required',
    });
  });

  test.each([
    ['2026-10-01', 'must be an RFC 3339'],
    ['2026-10-01T08:00:00', 'must be an RFC 3339'],
    ['2026-10-01 08:00:00Z', 'must be an RFC 3339'],
    ['2026-10-01T08:00:00.0000000001Z', 'must be an RFC 3339'],
    ['2026-10-01T08:00Z', 'must be an RFC 3339'],
    ['2026-10-01T07:59:60Z', 'must be an RFC 3339'],
    ['2026-10-01T08:00:00+0200', 'must be an RFC 3339'],
    ['2026-10-01T08:00:00Z[UTC]', 'must be an RFC 3339'],
    [1_790_000_000, 'must be an RFC 3339'],
    ['2026-02-30T08:00:00Z', 'must be a real date and time'],
    ['2026-09-30T24:00:00Z', 'must be a real date and time'],
    ['2026-10-01T08:00:00+24:00', 'must be a real date and time'],
    ['2026-10-01T08:05:00.001Z', 'must not be more than 5 minutes ahead'],
    ['2025-08-27T07:59:59.999Z', 'must not be older than 400 days'],
  ])('at %j is answered with the reason', async (time, detail) => {
    expect(await errorsOf(structured({ ...STATUS_EVENT, time }))).toEqual([
      { pointer: '/time', detail: expect.stringContaining(detail) },
    ]);
  });

  test.each([
    ['/data/status', withData({ status: 'running' }), `must be one of ${STATUSES.join(', ')}`],
    ['/data/status', withData({ status: 'toString' }), `must be one of ${STATUSES.join(', ')}`],
    ['/data/projectId', withData({ projectId: 'a b' }), 'must be 1 to 128'],
    ['/data/resources', withResources(null), 'must be an object'],
    ['/data/resources', withResources([]), 'must be an object'],
    ['/data/resources', withResources({ flavor: 'a' }), 'must have at least one gpu or cpu'],
    ['/data/resources/flavor', withResources({ gpu: 1 }), 'is required'],
    ['/data/resources/gpu', withResources({ flavor: 'a', gpu: 1.5 }), 'must be a whole number'],
    ['/data/resources/gpu', withResources({ flavor: 'a', gpu: -1 }), 'must be a whole number'],
    ['/data/resources/gpu', withResources({ flavor: 'a', gpu: '1' }), 'must be a whole number'],
    ['/data/resources/cpu', withResources({ flavor: 'a', cpu: 100_001 }), 'must be a whole number'],
  ])('is answered with the pointer %s (%#)', async (pointer, event, detail) => {
    expect(await errorsOf(structured(event))).toEqual([{ pointer, detail: expect.stringContaining(detail) }]);
  });

  test.each(['', 'x'.repeat(1025), 'a\nb', 'a\u0000', 'a\u0085', '\ud800'])(
    'cannot be a retraction for the reason %j',
    async (reason) => {
      const event = { ...RETRACTION_EVENT, data: { ...RETRACTION_EVENT.data, reason } };
      expect(await errorsOf(structured(event))).toMatchObject([{ pointer: '/data/reason' }]);
    },
  );

  test('that is no object is an error at its own place', async () => {
    for (const value of [null, [], 'x', 1, true]) {
      expect(await errorsOf(structured(value))).toEqual([{ pointer: '', detail: 'must be an object' }]);
      expect(await errorsOf(batch([STATUS_EVENT, value]))).toEqual([
        { pointer: '/1', detail: 'must be an object' },
      ]);
    }
  });

  test('is answered with all errors at once, each with its place in the batch', async () => {
    const wrong = { ...withData({ status: 'x' }), specversion: '2', time: '2027-01-01T00:00:00Z' };
    const errors = await errorsOf(batch([STATUS_EVENT, wrong, { type: 'x' }]));
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/1/data/status',
      '/1/specversion',
      '/1/time',
      '/2/id',
      '/2/source',
      '/2/specversion',
      '/2/subject',
      '/2/time',
      '/2/type',
    ]);
  });

  test('does not make the answer endless', async () => {
    const refusal = await refusalOf(() => parseEvents(batch(Array(100).fill({})), NOW));
    expect(refusal.errors).toHaveLength(100);
    expect(refusal.errors.at(-1)).toMatchObject({ pointer: expect.stringMatching(/^\/16\//) });
    expect(refusal.moreErrors).toBe(500);
    expect(refusal.errors.filter(({ pointer }) => pointer === '')).toEqual([]);
  });

  test('in binary mode points to the attribute', async () => {
    const errors = await errorsOf(binary({ ...STATUS_EVENT, time: 'now', id: 'caf\u00e9' }));
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(['/id', '/time']);
  });

  test('cannot borrow its members from a prototype', async () => {
    const body = `{"__proto__":${JSON.stringify(STATUS_EVENT)}}`;
    const errors = await errorsOf(requestOf({ headers: { 'content-type': 'application/json' }, body }));
    expect(errors).toContainEqual({ pointer: '/type', detail: 'is required' });
  });
});

describe('the fingerprint', () => {
  test('is what has been stored since the first release', () => {
    expect(fingerprintOf(STATUS_EVENT)).toBe(
      '12e400356e8f493aad60a292212af16d6676b9f39cef15a30c0083b9ce4d8fc0',
    );
    expect(fingerprintOf(RETRACTION_EVENT)).toBe(
      '039a7d7197507558b825be36f0313d21aead1440b92f2211066e2bd98e747246',
    );
  });

  test('differs for different contents', () => {
    const events = [
      STATUS_EVENT,
      RETRACTION_EVENT,
      { ...STATUS_EVENT, source: 'x' },
      { ...STATUS_EVENT, id: 'x' },
      { ...STATUS_EVENT, subject: 'x' },
      { ...STATUS_EVENT, time: '2026-10-01T08:00:00.000000001Z' },
      withData({ projectId: 'x' }),
      withData({ status: 'DONE' }),
      withResources(undefined),
      withResources({ ...STATUS_EVENT.data.resources, flavor: 'x' }),
      withResources({ ...STATUS_EVENT.data.resources, gpu: 26, cpu: 2 }),
      { ...RETRACTION_EVENT, data: { ...RETRACTION_EVENT.data, reason: 'x' } },
      { ...RETRACTION_EVENT, data: { ...RETRACTION_EVENT.data, id: 'x' } },
      { ...RETRACTION_EVENT, data: { ...RETRACTION_EVENT.data, source: 'x' } },
    ];
    expect(new Set(events.map(fingerprintOf)).size).toBe(events.length);
  });

  test('does not depend on how zero is written', () => {
    expect(fingerprintOf(withResources({ flavor: 'a', cpu: 1 }))).toBe(
      fingerprintOf(withResources({ flavor: 'a', cpu: 1, gpu: 0 })),
    );
  });

  const anyId = fc.string({ unit: fc.constantFrom(...'aZ09._:-'), minLength: 1, maxLength: 128 });
  const anyName = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 64 });
  const anyEvent = fc.record({
    specversion: fc.constant('1.0'),
    type: fc.constant('training.job.status'),
    source: anyName,
    id: anyName,
    subject: anyId,
    time: fc.integer({ min: NOW - 400 * DAY_MS, max: NOW }).map((time) => new Date(time).toISOString()),
    data: fc.record(
      {
        projectId: anyId,
        status: fc.constantFrom(...STATUSES),
        resources: fc.record({
          flavor: anyId,
          gpu: fc.nat({ max: 100_000 }),
          cpu: fc.integer({ min: 1, max: 100_000 }),
        }),
      },
      { requiredKeys: ['projectId', 'status'] },
    ),
  });

  test('is the same in all three modes, as is the fact', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const parsed = only(structured(event));
        expect(only(structured(event, 'application/json'))).toEqual(parsed);
        expect(only(batch([event]))).toEqual(parsed);
        expect(only(binary(event))).toEqual(parsed);
      }),
    );
  });

  test('is the same for one instant written with another offset or more digits', () => {
    const anyOffset = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 });
    const anyNanoseconds = fc.bigInt({
      min: BigInt(NOW - DAY_MS) * 1_000_000n,
      max: BigInt(NOW) * 1_000_000n,
    });
    fc.assert(
      fc.property(anyNanoseconds, anyOffset, (nanoseconds, minutes) => {
        const instant = Temporal.Instant.fromEpochNanoseconds(nanoseconds);
        const sign = minutes < 0 ? '-' : '+';
        const [hour, minute] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
        const offset = `${sign}${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
        const local = instant.add({ minutes }).toString({ fractionalSecondDigits: 9 }).replace('Z', offset);
        const event = { ...STATUS_EVENT, time: instant.toString() };
        expect(only(structured({ ...event, time: local }))).toEqual(only(structured(event)));
      }),
    );
  });
});
