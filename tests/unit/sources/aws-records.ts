import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Price } from '../../../lib/billing/tariff.ts';
import { readEvent } from '../../../lib/operations/read-event.ts';
import type { ReportedEvent, Translated } from '../../../lib/sources/reported-event.ts';
import type { SourceOptions, Translator } from '../../../lib/sources/translator.ts';
import { defaultTariff, deriveFinal } from '../billing/builders.ts';

// Shared by the tests of SageMaker and Batch.

/** A value of JSON, to be changed in places. */
// biome-ignore lint/suspicious/noExplicitAny: a record of AWS, of which any member may be changed
export type Json = any;

/** The records of an example file, parsed anew for each caller. */
export const exampleRecords = (name: string): Json[] =>
  readFileSync(new URL(`../../../docs/examples/${name}-events.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

export const translateAll = (translator: Translator, records: readonly unknown[]): Translated => {
  const parts = [...records.map((record, index) => translator.next(record, index + 1)), translator.end()];
  return {
    events: parts.flatMap(({ events }) => events),
    skipped: parts.flatMap(({ skipped }) => skipped),
  };
};

const identityOf = ({ data, subject, source, id }: ReportedEvent) =>
  [data.projectId, subject, source, id].join(' ');

/** Each event once. Events of one identity must have one content. */
export const distinct = (events: readonly ReportedEvent[]): ReportedEvent[] => {
  const known = new Map<string, ReportedEvent>();
  for (const event of events) {
    const identity = identityOf(event);
    expect(event).toEqual(known.get(identity) ?? event);
    known.set(identity, event);
  }
  return [...known.values()].sort((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1));
};

/** `RUNNING 08:04:10.250` of each event of a job, by time. */
export const stepsOf = ({ events }: Pick<Translated, 'events'>, jobId?: string): string[] =>
  distinct(events)
    .filter(({ subject }) => jobId === undefined || subject === jobId)
    .sort((a, b) => Date.parse(a.time) - Date.parse(b.time))
    .map(({ time, data }) => `${data.status} ${time.slice(11, -1)}`);

/** Minutes and units of each charge of each job, by the facts that are recorded. */
export const chargesOf = (
  events: readonly ReportedEvent[],
  prices: Readonly<Record<string, Price>>,
): Record<string, string[]> => {
  const facts = events.map((event) => {
    const { errors, recordable } = readEvent(event);
    expect(errors).toEqual([]);
    if (!recordable) throw new Error('an event without errors has a fact');
    return recordable.fact;
  });
  const byJob = Object.entries(Object.groupBy(facts, ({ jobId }) => jobId));
  return Object.fromEntries(
    byJob
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([jobId, log = []]) => [
        jobId,
        deriveFinal(log, [{ ...defaultTariff, prices }]).map(
          ({ start, minutes, milliUnits = 0 }) =>
            `${new Date(start).toISOString().slice(5, 16)} ${minutes} x ${milliUnits / 1_000}`,
        ),
      ]),
  );
};

interface Platform {
  readonly records: readonly Json[];
  readonly create: (options: SourceOptions) => Translator;
  readonly prices: Readonly<Record<string, Price>>;
}

const OPTIONS: SourceOptions = { timeZone: 'UTC' };

/** In any order, some several times, and split into several files. */
export const expectSameInAnyOrder = ({ records, create, prices }: Platform): void => {
  const { events, skipped } = translateAll(create(OPTIONS), records);
  expect(skipped).toEqual([]);
  const all = distinct(events);
  const charges = chargesOf(all, prices);
  const whole = fc.shuffledSubarray([...records], { minLength: records.length });
  const history = fc.record({ whole, again: fc.subarray([...records]), at: fc.nat(records.length) });
  fc.assert(
    fc.property(history, ({ whole, again, at }) => {
      const files = [[...whole.slice(0, at), ...again], whole.slice(at)];
      const told = files.flatMap((file) => translateAll(create(OPTIONS), file).events);
      expect(distinct(told)).toEqual(all);
      expect(chargesOf(told, prices)).toEqual(charges);
    }),
    { numRuns: 50 },
  );
};

type Place = (record: Json, value: unknown) => void;

/** Every place of a JSON value, as a function that puts another value there. */
function* placesOf(value: Json, inside: (record: Json) => Json = (record) => record): Iterable<Place> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    yield (record, other) => {
      inside(record)[key] = other;
    };
    yield* placesOf(member, (record) => inside(record)[key]);
  }
}

/** What takes the place of a member: any JSON, and what is nearly right. */
const DAMAGE = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom('', '0', '-1', '1e3', '1793696400000', 1e300, -1, 0.5, '2026-11-03', '__proto__', [[]]),
  fc.constant({ toString: 0 }),
);

export const expectNeverThrown = ({ records, create }: Platform): void => {
  const places = fc
    .nat(records.length - 1)
    .chain((index) => fc.constantFrom(...placesOf(records[index])).map((put) => ({ index, put })));
  fc.assert(
    fc.property(places, DAMAGE, ({ index, put }, value) => {
      const record = structuredClone(records[index]);
      put(record, value);
      for (const damaged of [record, [record], record.detail, value]) {
        const { events } = translateAll(create(OPTIONS), [damaged]);
        for (const event of events) expect(readEvent(event).errors).toEqual([]);
      }
    }),
    { numRuns: 400 },
  );
};
