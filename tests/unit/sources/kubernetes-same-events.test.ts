import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEvent } from '../../../lib/operations/read-event.ts';
import type { ReportedEvent } from '../../../lib/sources/reported-event.ts';
import { chargesOf } from './charges-of.ts';
import { CLUSTER } from './data.ts';
import {
  at,
  condition,
  type Json,
  job,
  kubernetes,
  list,
  node,
  pod,
  running,
  terminated,
  watched,
  workload,
} from './kubernetes-objects.ts';

/** What a watch sees of a pod whose container is restarted twice before it is deleted. */
const VERSIONS: readonly Json[] = [
  { phase: 'Pending', conditions: [], containerStatuses: [] },
  { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }] },
  { phase: 'Running', containerStatuses: [running('09:01:30')] },
  {
    phase: 'Running',
    containerStatuses: [{ ...running('09:20:00'), lastState: terminated('09:01:30', '09:19:00', 1).state }],
  },
  {
    phase: 'Running',
    containerStatuses: [{ ...running('09:40:00'), lastState: terminated('09:20:00', '09:39:00', 1).state }],
  },
  { phase: 'Running', containerStatuses: [running('09:40:00')] },
  { phase: 'Failed', containerStatuses: [terminated('09:40:00', '10:01:30', 143)] },
].map((status, index) =>
  pod({
    metadata: {
      resourceVersion: `${98 + index}`,
      ...(index >= 5 && { deletionTimestamp: at('10:01:40'), deletionGracePeriodSeconds: 30 }),
    },
    spec: { nodeName: index === 0 ? undefined : 'n7' },
    status: { conditions: [condition('PodScheduled', '09:00:04')], ...status },
  }),
);
const OTHERS: readonly Json[] = [job(), node(), workload({ queueName: 'gpu-queue' })];
const RECORDS: readonly Json[] = [...CLUSTER.items, ...VERSIONS, ...OTHERS];

const shuffled = <Item>(items: readonly Item[]) =>
  fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });
const sorted = (events: readonly ReportedEvent[]): string[] =>
  events.map((event) => JSON.stringify(event)).sort();

test('objects twice, in any order, alone, in lists or as events of a watch, give the same events', () => {
  const whole = sorted(kubernetes(RECORDS).events);
  expect(whole.length).toBeGreaterThan(25);
  const forms = fc.array(fc.constantFrom('alone', 'list', 'watch'), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(shuffled([...RECORDS, ...RECORDS]), forms, (records, kinds) => {
      const size = Math.ceil(records.length / kinds.length);
      const given = kinds.flatMap((form, index) => {
        const part = records.slice(index * size, (index + 1) * size);
        if (form === 'list') return [list(...part)];
        return form === 'watch' ? part.map((object) => watched('MODIFIED', object)) : part;
      });
      expect(sorted(kubernetes(given).events)).toEqual(whole);
    }),
    { numRuns: 50 },
  );
});

test('versions of a pod in any order and split into polls give the same charges', () => {
  const whole = chargesOf(kubernetes([...VERSIONS, ...OTHERS]).events);
  expect(Object.keys(whole)).toEqual(['vision pod-1']);
  const poll = fc.nat(VERSIONS.length - 1);
  fc.assert(
    fc.property(shuffled(VERSIONS), fc.array(poll), (versions, cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), versions.length];
      const polls = edges.slice(1).map((edge, index) => versions.slice(edges[index], edge));
      const events = polls.flatMap((some) => kubernetes([...some, ...OTHERS]).events);
      expect(chargesOf(events)).toEqual(whole);
    }),
    { numRuns: 100 },
  );
});

/** Every place of a value, as the keys that lead to it. */
const placesOf = (value: unknown): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [
        [key],
        ...placesOf(inner).map((place) => [key, ...place]),
      ])
    : [];

const replaced = (value: unknown, [key, ...keys]: readonly string[], by: unknown): unknown => {
  if (key === undefined) return by;
  const inner = (value as Json)[key];
  if (Array.isArray(value)) return value.with(Number(key), replaced(inner, keys, by));
  return { ...(value as Json), [key]: replaced(inner, keys, by) };
};

test('any other value in any place is reported, never thrown, and never an invalid event', () => {
  const places = RECORDS.map(placesOf);
  const wrong = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      undefined,
      '',
      'None',
      '0001-01-01T00:00:00Z',
      at('09:30:00'),
      -1,
      1e300,
      '1e3',
      '9'.repeat(40),
    ),
    fc.constantFrom<unknown>(
      [],
      {},
      [null],
      ['x'],
      { __proto__: null },
      true,
      'Pod',
      'Running',
      '500m',
      '2026-13-45T00:00:00Z',
    ),
    fc.jsonValue(),
  );
  const damage = fc
    .nat(RECORDS.length - 1)
    .chain((record) =>
      fc.record({ record: fc.constant(record), place: fc.nat((places[record]?.length ?? 1) - 1), by: wrong }),
    );
  fc.assert(
    fc.property(damage, fc.boolean(), ({ record, place, by }, alone) => {
      const damaged = replaced(RECORDS[record], places[record]?.[place] ?? [], by);
      const { events } = kubernetes(alone ? [damaged] : RECORDS.with(record, damaged as Json));
      for (const event of events) expect(readEvent(event).errors).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('any JSON is reported, never thrown', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 3 }), (records) => {
      expect(kubernetes(records).events).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
