import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReportedEvent, Translated } from '../../../lib/sources/reported-event.ts';
import { chargesOf } from './charges-of.ts';
import { OPENB, ORIGIN, openb, PHILLY, philly, SACCT, sacct } from './data.ts';
import { parseBatch } from './memory-stage.ts';

const FORMATS: readonly (readonly [string, string, (text: string) => Translated])[] = [
  ['openb', OPENB, openb],
  ['philly', PHILLY, philly],
  ['sacct', SACCT, sacct],
];

/** Every event by its identity; events of one identity must have one content. */
const byIdentity = (events: readonly ReportedEvent[]): ReadonlyMap<string, string> => {
  const contents = new Map<string, string>();
  for (const event of events) {
    const { data, subject, source, id } = event;
    const identity = [data.projectId, subject, source, id].join(' ');
    const content = JSON.stringify(event);
    expect(contents.get(identity) ?? content).toBe(content);
    contents.set(identity, content);
  }
  return contents;
};

/** The records of a file, without its header or brackets. */
const recordsOf = (name: string, text: string): string[] => {
  const lines = text.trim().split('\n').slice(1);
  return name === 'philly' ? lines.slice(0, -1).map((line) => line.replace(/,$/, '')) : lines;
};
const fileOf = (name: string, text: string, records: readonly string[]): string =>
  name === 'philly' ? `[${records.join(',\n')}]` : [text.split('\n', 1)[0], ...records].join('\n');

test.each(FORMATS)(
  '%s: records read again, in any order and beside others, give equal events',
  (name, text, translate) => {
    const records = recordsOf(name, text);
    const whole = byIdentity(translate(text).events);
    fc.assert(
      fc.property(fc.array(fc.nat(records.length - 1), { maxLength: 80 }), (picks) => {
        const some = picks.map((pick) => records[pick] ?? '');
        for (const [identity, content] of byIdentity(translate(fileOf(name, text, some)).events))
          expect(whole.get(identity)).toBe(content);
      }),
      { numRuns: 50 },
    );
  },
);

test.each(FORMATS)(
  '%s: all records twice, in any order and split into files, give the same charges',
  (name, text, translate) => {
    const records = recordsOf(name, text);
    const whole = chargesOf(translate(text).events);
    const twice = [...records, ...records];
    const shuffled = fc.shuffledSubarray(twice, { minLength: twice.length, maxLength: twice.length });
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 1, max: twice.length }), (all, size) => {
        const files: string[][] = [];
        for (let start = 0; start < all.length; start += size) files.push(all.slice(start, start + size));
        const events = files.flatMap((file) => translate(fileOf(name, text, file)).events);
        expect(chargesOf(events)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  },
);

test.each(FORMATS)(
  '%s: any damage to the text is reported, never thrown, and never an invalid event',
  (name, text, translate) => {
    const records = recordsOf(name, text);
    const damage = fc.record({
      record: fc.nat(records.length - 1),
      at: fc.nat(300),
      remove: fc.nat(20),
      insert: fc.string({ unit: fc.constantFrom(...'0123456789-:|,."=nN A'), maxLength: 5 }),
    });
    fc.assert(
      fc.property(damage, ({ record, at, remove, insert }) => {
        const whole = records[record] ?? '';
        const damaged = whole.slice(0, at) + insert + whole.slice(at + remove);
        const { events } = translate(fileOf(name, text, [damaged]));
        for (const event of events) {
          // The age of an event is the receiver's rule.
          const recent = { ...event, time: new Date(ORIGIN).toISOString() };
          expect(parseBatch([recent], ORIGIN)).toHaveLength(1);
          expect(new Date(event.time).toISOString()).toBe(event.time);
        }
      }),
      { numRuns: 300 },
    );
  },
);
