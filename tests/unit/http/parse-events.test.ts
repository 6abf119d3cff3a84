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

const labelsOf = (count: number, value = 'x') =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, value]));

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
      resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 2_000, cpu: 26_000 } },
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

  test('has no count but those it states, and a count of zero is none', () => {
    const resourcesOf = (resources: object) => {
      const { fact } = only(structured(withResources(resources)));
      return fact.kind === 'transition' ? fact.resources : undefined;
    };
    const twoCpus = { flavor: 'ai1-1-cpu', milliUnits: { cpu: 2_000 } };
    expect(resourcesOf({ flavor: 'ai1-1-cpu', cpu: 2 })).toEqual(twoCpus);
    expect(resourcesOf({ flavor: 'ai1-1-cpu', cpu: 2, gpu: 0, node: 0 })).toEqual(twoCpus);
    expect(resourcesOf({ flavor: 'h100', node: 1 })).toEqual({ flavor: 'h100', milliUnits: { node: 1_000 } });
  });

  test.each([
    [0.001, 1],
    [0.5, 500],
    [1.005, 1_005],
    [2.675, 2_675],
    [4.35, 4_350],
    [99_999.999, 99_999_999],
    [100_000, 100_000_000],
  ])('may state %s of a GPU, exactly %i thousandths', (gpu, milliUnits) => {
    expect(only(structured(withResources({ flavor: 'a', gpu }))).fact).toMatchObject({
      resources: { milliUnits: { gpu: milliUnits } },
    });
  });

  test('states any number of thousandths exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000_000 }), (milli) => {
        const count = `${Math.floor(milli / 1_000)}.${String(milli % 1_000).padStart(3, '0')}`;
        const { fact } = only(structured(withResources({ flavor: 'a', node: Number(count) })));
        expect(fact).toMatchObject({ resources: { milliUnits: { node: milli } } });
      }),
    );
  });

  test('has its labels, in whatever order they are sent', () => {
    const labels = { team: 'vision', 10: 'ten', 2: '', 'a.b/c_d-E': 'é 東 🚂' };
    expect(only(structured(withData({ labels }))).fact).toMatchObject({ labels });
    for (const event of [withData({ labels: {} }), STATUS_EVENT])
      expect(only(structured(event)).fact).not.toHaveProperty('labels');
  });

  test('may have 16 labels, keys of 63 and values of 128 characters, 1 KB in all', () => {
    const many = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`key-${i}`, 'x']));
    const long = { ['k'.repeat(63)]: '🚂'.repeat(64) };
    // Eight times 128 bytes, keys included.
    const full = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`${i}`, 'x'.repeat(127)]));
    for (const labels of [many, long, full])
      expect(only(structured(withData({ labels }))).fact).toMatchObject({ labels });
  });

  test.each([
    ['P7D', 7 * DAY_MS],
    ['PT1S', 1_000],
    ['PT1.5S', 1_500],
    ['PT36H', 1.5 * DAY_MS],
    ['P366D', 366 * DAY_MS],
  ])('may have the timeout %s', (timeout, timeoutMs) => {
    expect(only(structured(withData({ timeout }))).fact).toMatchObject({ timeoutMs });
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

  test('has its time in milliseconds, and what is left in nanoseconds', () => {
    const factAt = (time: string) => only(structured({ ...STATUS_EVENT, time })).fact;
    expect(factAt('2026-10-01T07:59:59.999999999Z')).toMatchObject({ time: NOW - 1, nanos: 999_999 });
    expect(factAt('2026-10-01T08:00:00.000000001Z')).toMatchObject({ time: NOW, nanos: 1 });
    expect(factAt('2026-10-01T08:00:00.0001Z')).toMatchObject({ time: NOW, nanos: 100_000 });
    expect(factAt('2026-10-01T08:00:00.000Z')).not.toHaveProperty('nanos');
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
    ['datacontenttype', 'text/xml', 'must be a JSON media type of at most 512 characters'],
    ['datacontenttype', 1, 'must be a JSON media type of at most 512 characters'],
    [
      'datacontenttype',
      `application/json; profile="${'x'.repeat(512)}"`,
      'must be a JSON media type of at most 512 characters',
    ],
    ['data_base64', 'e30=', 'is not supported: send data as JSON'],
    ['data', null, 'must be an object'],
    ['data', [], 'must be an object'],
    ['data', '{}', 'must be an object'],
  ])('with the %s %j is answered by the rule', async (name, value, detail) => {
    expect(await errorsOf(structured({ ...STATUS_EVENT, [name]: value }))).toEqual([
      { pointer: `/${name}`, detail: `${name} ${detail}` },
    ]);
  });

  test.each(Object.keys(STATUS_EVENT))('without %s is answered that it is missing', async (name) => {
    expect(await errorsOf(structured(without(STATUS_EVENT, name)))).toContainEqual({
      pointer: `/${name}`,
      detail: `${name} is missing`,
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
    ['/data/resources', withResources({ flavor: 'a' }), 'must have a gpu, cpu or node count'],
    [
      '/data/resources',
      withResources({ flavor: 'a', gpu: 0, node: 0 }),
      'must have a gpu, cpu or node count',
    ],
    ['/data/resources/flavor', withResources({ gpu: 1 }), 'data.resources.flavor is missing'],
    ['/data/resources/gpu', withResources({ flavor: 'a', gpu: 0.0005 }), 'at most 3 digits'],
    ['/data/resources/gpu', withResources({ flavor: 'a', gpu: 1.0005 }), 'at most 3 digits'],
    ['/data/resources/gpu', withResources({ flavor: 'a', gpu: 1e-7 }), 'at most 3 digits'],
    ['/data/resources/gpu', withResources({ flavor: 'a', gpu: null }), 'must be a number'],
    ['/data/resources/gpu', withResources({ flavor: 'a', gpu: -1 }), 'must be a number from 0 to 100000'],
    ['/data/resources/gpu', withResources({ flavor: 'a', gpu: '1' }), 'must be a number from 0 to 100000'],
    [
      '/data/resources/cpu',
      withResources({ flavor: 'a', cpu: 100_001 }),
      'must be a number from 0 to 100000',
    ],
    ['/data/resources/node', withResources({ flavor: 'a', node: 100_000.001 }), 'must be a number from 0'],
    ['/data/labels', withData({ labels: null }), 'must be an object'],
    ['/data/labels', withData({ labels: ['a'] }), 'must be an object'],
    ['/data/labels', withData({ labels: labelsOf(17) }), 'must be at most 16 labels'],
    ['/data/labels', withData({ labels: JSON.parse('{"__proto__":"x"}') }), 'must not name __proto__'],
    ['/data/labels', withData({ labels: { constructor: 'x' } }), 'must not name __proto__'],
    ['/data/labels', withData({ labels: labelsOf(9, 'x'.repeat(120)) }), 'must be at most 1 KB in all'],
    ['/data/labels', withData({ labels: labelsOf(9, 'é'.repeat(60)) }), 'must be at most 1 KB in all'],
    ['/data/labels/', withData({ labels: { '': 'x' } }), 'must be a key of 1 to 63'],
    ['/data/labels/a b', withData({ labels: { 'a b': 'x' } }), 'must be a key of 1 to 63'],
    ['/data/labels/café', withData({ labels: { café: 'x' } }), 'must be a key of 1 to 63'],
    [`/data/labels/${'k'.repeat(64)}`, withData({ labels: { ['k'.repeat(64)]: '' } }), 'must be a key of 1'],
    ['/data/labels/team', withData({ labels: { team: 'x'.repeat(129) } }), 'must be at most 128 characters'],
    ['/data/labels/team', withData({ labels: { team: 'a\nb' } }), 'must be at most 128 characters'],
    ['/data/labels/team', withData({ labels: { team: '\ud800' } }), 'must be at most 128 characters'],
    ['/data/labels/team', withData({ labels: { team: 7 } }), 'must be at most 128 characters'],
    ['/data/labels/a~1b', withData({ labels: { 'a/b': null } }), 'must be at most 128 characters'],
    ['/data/timeout', withData({ timeout: 'P1M' }), 'must be an ISO 8601 duration from PT1S to P366D'],
    ['/data/timeout', withData({ timeout: 'PT0S' }), 'must be an ISO 8601 duration'],
    ['/data/timeout', withData({ timeout: 'PT0.5S' }), 'must be an ISO 8601 duration'],
    ['/data/timeout', withData({ timeout: 'P366DT1S' }), 'must be an ISO 8601 duration'],
    ['/data/timeout', withData({ timeout: '-P1D' }), 'must be an ISO 8601 duration'],
    ['/data/timeout', withData({ timeout: 604_800 }), 'must be an ISO 8601 duration'],
    ['/data/timeout', withData({ timeout: null }), 'must be an ISO 8601 duration'],
  ])('is answered with the pointer %s (%#)', async (pointer, event, detail) => {
    expect(await errorsOf(structured(event))).toEqual([{ pointer, detail: expect.stringContaining(detail) }]);
  });

  test('of a retraction is one of a project', async () => {
    const dataOf = (data: object) => ({ ...RETRACTION_EVENT, data });
    expect(await errorsOf(structured(dataOf(without(RETRACTION_EVENT.data, 'projectId'))))).toEqual([
      { pointer: '/data/projectId', detail: 'data.projectId is missing' },
    ]);
    expect(await errorsOf(structured(dataOf({ ...RETRACTION_EVENT.data, projectId: 'a#b' })))).toEqual([
      { pointer: '/data/projectId', detail: expect.stringContaining('must be 1 to 128') },
    ]);
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
      expect(await errorsOf(structured(value))).toEqual([
        { pointer: '', detail: 'the event must be an object' },
      ]);
      expect(await errorsOf(batch([STATUS_EVENT, value]))).toEqual([
        { pointer: '/1', detail: 'the event must be an object' },
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
    expect(errors).toContainEqual({ pointer: '/type', detail: 'type is missing' });
  });
});

describe('the fingerprint', () => {
  test('does not change: it is stored', () => {
    expect(fingerprintOf(STATUS_EVENT)).toBe(
      '01476a847b98cbb465cfba4b5f0042f327f980a25bfb96eec047c0382ca0f12a',
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
      withResources({ ...STATUS_EVENT.data.resources, gpu: 2.001 }),
      withResources({ ...STATUS_EVENT.data.resources, node: 1 }),
      withResources({ flavor: 'ai1-1-gpu', gpu: 26, cpu: 0, node: 2 }),
      { ...STATUS_EVENT, time: '2026-10-01T08:00:00.000000002Z' },
      { ...STATUS_EVENT, time: '2026-10-01T07:59:59.999999999Z' },
      withData({ labels: {} }),
      withData({ labels: { team: 'vision' } }),
      withData({ labels: { team: 'other' } }),
      withData({ labels: { team: 'vision', user: 'ana' } }),
      withData({ labels: { team: 'user', vision: 'ana' } }),
      withData({ timeout: 'P7D' }),
      withData({ timeout: 'P8D' }),
      { ...RETRACTION_EVENT, data: { ...RETRACTION_EVENT.data, projectId: 'x' } },
      { ...RETRACTION_EVENT, data: { ...RETRACTION_EVENT.data, reason: 'x' } },
      { ...RETRACTION_EVENT, data: { ...RETRACTION_EVENT.data, id: 'x' } },
      { ...RETRACTION_EVENT, data: { ...RETRACTION_EVENT.data, source: 'x' } },
    ];
    expect(new Set(events.map(fingerprintOf)).size).toBe(events.length);
  });

  test('depends on neither the order of labels nor the spelling of a timeout', () => {
    const labels = { team: 'vision', 10: 'ten', 2: 'two', user: 'ana' };
    const reversed = Object.fromEntries(Object.entries(labels).toReversed());
    expect(fingerprintOf(withData({ labels: reversed }))).toBe(fingerprintOf(withData({ labels })));
    expect(fingerprintOf(withData({ timeout: 'PT168H' }))).toBe(fingerprintOf(withData({ timeout: 'P7D' })));
  });

  test('does not depend on how zero is written', () => {
    expect(fingerprintOf(withResources({ flavor: 'a', cpu: 1 }))).toBe(
      fingerprintOf(withResources({ flavor: 'a', cpu: 1.0, gpu: 0, node: -0 })),
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
          gpu: fc.nat({ max: 100_000_000 }).map((milli) => milli / 1_000),
          cpu: fc.integer({ min: 1, max: 100_000 }),
          node: fc.nat({ max: 2 }),
        }),
        labels: fc.dictionary(
          fc
            .stringMatching(/^[A-Za-z0-9._/-]{1,20}$/)
            .filter((key) => !/^(__proto__|prototype|constructor)$/.test(key)),
          fc.stringMatching(/^[ -~é東]{0,20}$/u),
          { maxKeys: 16 },
        ),
        timeout: fc.constantFrom('P7D', 'PT1S', 'PT90M'),
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
