import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amountTimes60 } from '../../../lib/billing/money.ts';
import { STATUSES, type Status } from '../../../lib/billing/statuses.ts';
import type { Tariff } from '../../../lib/billing/tariff.ts';
import { readEvent } from '../../../lib/operations/read-event.ts';
import { recordEvents } from '../../../lib/operations/record-events.ts';
import { parseTariff } from '../../../lib/operations/tariffs/publish.ts';
import { createOvhTranslator } from '../../../lib/sources/ovh.ts';
import type { ReportedEvent } from '../../../lib/sources/reported-event.ts';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';
import { createStore } from '../../../lib/store/store.ts';
import { derive, pricesOf, tariffFrom } from '../billing/builders.ts';
import { OPTIONS, ovhJob } from './ovh-jobs.ts';

// One history comes in by polls at different times, from files and by webhook: it is the same events.

const START_MS = Date.parse('2026-11-03T09:00:00Z');
const TARIFF: Tariff = tariffFrom('2026-09-11T00:00:00Z', {
  billableStatuses: ['PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT'],
  prices: pricesOf({ 'h100-1-gpu': '3.10' }),
});

interface Entry {
  readonly state: Status;
  readonly date: string;
}

/** Times as the API prints them: with 0, 3 or 6 digits. */
const dateOf = (ms: number, digits: number, micros: number): string => {
  const [seconds, fraction = ''] = new Date(ms).toISOString().slice(0, -1).split('.');
  if (digits === 0) return `${seconds}Z`;
  return digits === 3
    ? `${seconds}.${fraction}Z`
    : `${seconds}.${fraction}${String(micros).padStart(3, '0')}Z`;
};

const step = fc.record({
  state: fc.constantFrom(...STATUSES),
  // Several in one second, and months apart.
  afterMs: fc.oneof(fc.constant(0), fc.nat(5_000), fc.nat(40 * 86_400_000)),
  micros: fc.nat(999),
});

/** A job is queued first. */
const historyWith = (digits: fc.Arbitrary<number>): fc.Arbitrary<Entry[]> =>
  fc.tuple(digits, fc.array(step, { maxLength: 9 })).map(([digits, steps]) => {
    let ms = START_MS;
    let micros = 0;
    const history: Entry[] = [{ state: 'QUEUED', date: dateOf(ms, digits, micros) }];
    for (const { state, afterMs, micros: next } of steps) {
      ms += afterMs;
      micros = afterMs === 0 ? micros : next;
      history.push({ state, date: dateOf(ms, digits, micros) });
    }
    return history;
  });

const jobWith = (history: readonly Entry[], lastTransitionDate?: string, state?: Status) =>
  ovhJob({ history, state: state ?? history.at(-1)?.state, status: { lastTransitionDate } });

const translate = (record: unknown): readonly ReportedEvent[] => {
  const { events, skipped } = createOvhTranslator(OPTIONS).next(record, 1);
  expect(skipped).toEqual([]);
  return events;
};

const byId = (events: readonly ReportedEvent[]): ReadonlyMap<string, ReportedEvent> => {
  const known = new Map<string, ReportedEvent>();
  for (const event of events) {
    expect(known.get(event.id) ?? event).toEqual(event);
    known.set(event.id, event);
  }
  return known;
};

const factsOf = (events: Iterable<ReportedEvent>) =>
  [...events].map((event) => {
    const { recordable, errors } = readEvent(event);
    expect(errors).toEqual([]);
    if (!recordable) throw new Error('an event without errors can be recorded');
    return recordable;
  });

const chargesOf = (events: Iterable<ReportedEvent>) =>
  derive(
    factsOf(events).map(({ fact }) => fact),
    [TARIFF],
  );

/** What a poll sees: a part of the history, which may be one entry behind the state. */
const polls = fc.array(fc.record({ length: fc.nat(9), isBehind: fc.boolean(), isReversed: fc.boolean() }), {
  maxLength: 6,
});

const pollOf = (
  history: readonly Entry[],
  poll: { length: number; isBehind: boolean; isReversed: boolean },
) => {
  const seen = history.slice(0, poll.length + 1);
  const last = seen.at(-1);
  const listed = poll.isBehind ? seen.slice(0, -1) : seen;
  return jobWith(poll.isReversed ? listed.toReversed() : listed, last?.date, last?.state);
};

describe('a history', () => {
  test('gives the same events and charges, however polls split it and in whatever order', () => {
    fc.assert(
      fc.property(historyWith(fc.constantFrom(0, 3, 6)), polls, fc.boolean(), (history, polled, isLast) => {
        const whole = translate(jobWith(history));
        const parts = polled.flatMap((poll) => {
          const record = pollOf(history, poll);
          return createOvhTranslator(OPTIONS).next(record, 1).events;
        });
        const gathered = byId(isLast ? [...parts, ...whole] : [...whole, ...parts]);
        expect(gathered).toEqual(byId(whole));
        expect(chargesOf(gathered.values())).toEqual(chargesOf(whole));
      }),
    );
  });

  test('in another order is the same events', () => {
    const shuffled = historyWith(fc.constantFrom(0, 6)).chain((history) =>
      fc.tuple(
        fc.constant(history),
        fc.shuffledSubarray(history, { minLength: history.length, maxLength: history.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([history, other]) => {
        expect(byId(translate(jobWith(other)))).toEqual(byId(translate(jobWith(history))));
      }),
    );
  });

  test('is by time, whatever the digits of its times', () => {
    const history: readonly Entry[] = [
      { state: 'PENDING', date: '2026-11-03T09:30:02.708117Z' },
      { state: 'QUEUED', date: '2026-11-03T09:30:02Z' },
      { state: 'INITIALIZING', date: '2026-11-03T09:30:02.708Z' },
    ];
    const statuses = translate(jobWith(history)).map(({ data }) => data.status);
    expect(statuses).toEqual(['QUEUED', 'INITIALIZING', 'PENDING']);
  });

  test('that a webhook has sent before is recorded once', async () => {
    await fc.assert(
      fc.asyncProperty(historyWith(fc.constant(6)), async (history) => {
        const store = createStore(createMemoryTable());
        const sent = factsOf(translate(jobWith(history)));
        const outcomes = async () =>
          (await recordEvents(store, sent, START_MS)).map(({ outcome }) => outcome);
        expect(new Set(await outcomes())).toEqual(new Set(['recorded']));
        expect(new Set(await outcomes())).toEqual(new Set(['duplicate']));
      }),
      { numRuns: 30 },
    );
  });
});

describe('the example', () => {
  const jobs: readonly { readonly id: string }[] = JSON.parse(
    readFileSync('docs/examples/ovh-jobs.json', 'utf8'),
  );
  const tariff = {
    ...parseTariff(JSON.parse(readFileSync('tariffs/2026-09-11-all-flavors.json', 'utf8'))),
    revision: 1,
  };

  test("is billed by the provider's rule: minutes, units and price of each run", () => {
    const billed = jobs.map((job) =>
      derive(
        factsOf(translate(job)).map(({ fact }) => fact),
        [tariff],
      ).map((charge) =>
        charge.kind === 'final'
          ? `${charge.minutes} min ${(charge.milliUnits ?? 0) / 1000} ${charge.unit} ${charge.pricePerHour} ${amountTimes60(charge.amount)}`
          : charge.kind,
      ),
    );
    expect(billed).toEqual([
      // PENDING at 09:30:02.8, FINALIZING at 10:12:39.
      ['43 min 2 gpu 3.1 266.6'],
      // PENDING at 12:00:01, FINALIZING at 13:00:00.
      ['60 min 4 cpu 0.03 7.2'],
      // PENDING at 08:00:02.3, FINALIZING at 11:03:30: the time of INTERRUPTING is billed.
      ['184 min 1 gpu 1.93 355.12'],
      // PENDING at 00:00:02 until RESTARTING at 02:02:20, then PENDING at 02:02:22 until 02:33:30.
      ['123 min 1 gpu 3 369', '32 min 1 gpu 3 96'],
      [],
      ['open'],
    ]);
  });
});
