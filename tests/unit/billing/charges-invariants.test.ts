import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DerivedCharge,
  deriveCharges,
  type FinalCharge,
  priceOpenCharge,
} from '../../../lib/billing/charges.ts';
import type { Fact, Transition } from '../../../lib/billing/facts.ts';
import { createCalendar } from '../../../lib/billing/months.ts';
import type { Status } from '../../../lib/billing/statuses.ts';
import { createTariffBook, type Tariff } from '../../../lib/billing/tariff.ts';
import {
  at,
  cutoff,
  DAY,
  defaultTariff,
  HOUR,
  MINUTE,
  retraction,
  transition,
  twoCpus,
  twoGpus,
} from './builders.ts';

/*
 * The rules of billing a second time, minute by minute and without the code they check.
 */

const RANKS: Record<Status, number> = {
  RESTARTING: 0,
  QUEUED: 1,
  INITIALIZING: 2,
  PENDING: 3,
  RUNNING: 4,
  INTERRUPTING: 5,
  TIMEOUT: 5,
  FINALIZING: 6,
  DONE: 7,
  INTERRUPTED: 7,
  FAILED: 7,
  ERROR: 7,
  SYNC_FAILED: 7,
};

interface Rules {
  readonly tariffs: readonly Tariff[];
  readonly zone: string;
}

const tariffAt = (tariffs: readonly Tariff[], time: number): Tariff | undefined => {
  let found: Tariff | undefined;
  for (const tariff of tariffs) {
    if (tariff.effectiveFrom > time) continue;
    const later = !found || tariff.effectiveFrom > found.effectiveFrom;
    if (later || (tariff.effectiveFrom === found?.effectiveFrom && tariff.revision > found.revision))
      found = tariff;
  }
  return found;
};

/**
 * The month a clock in the zone shows. Offsets change on quarters of an hour, so one look lasts
 * that long.
 */
const createClock = (zone: string) => {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit' });
  const shown = new Map<number, string>();
  return (time: number): string => {
    const quarter = Math.floor(time / (15 * MINUTE));
    const month = shown.get(quarter) ?? format.format(time).slice(0, 7);
    shown.set(quarter, month);
    return month;
  };
};

const retractedBy = (facts: readonly Fact[], one: Transition) =>
  facts.some(
    (fact) =>
      fact.kind === 'retraction' && fact.retracts.source === one.source && fact.retracts.id === one.id,
  );

const historyOf = (facts: readonly Fact[]): Transition[] => {
  const history: Transition[] = [];
  for (const fact of facts) if (fact.kind === 'transition' && !retractedBy(facts, fact)) history.push(fact);
  const orderOf = ({ status, time, source, id }: Transition) =>
    `${String(time).padStart(15, '0')} ${RANKS[status]} ${source} ${id}`;
  return history.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
};

interface Walked {
  readonly from: number;
  readonly to: number;
}

/** When the job was billable, up to `now` and to the limit of each interval. */
const walkIntervals = (facts: readonly Fact[], { tariffs }: Rules, now: number): Walked[] => {
  const intervals: Walked[] = [];
  let opened: number | undefined;
  const close = (time: number) => {
    if (opened === undefined) return;
    const maxRunningMs = tariffAt(tariffs, opened)?.maxRunningMs ?? 28 * DAY;
    if (time > opened) intervals.push({ from: opened, to: Math.min(time, opened + maxRunningMs) });
    opened = undefined;
  };
  for (const { status, time } of historyOf(facts)) {
    const billable = tariffAt(tariffs, time)?.billableStatuses ?? ['RUNNING'];
    if (billable.includes(status)) opened ??= time;
    else close(time);
  }
  close(now);
  return intervals;
};

/** Every billed minute in order: when it starts, its month and its price per hour. */
const walkMinutes = (facts: readonly Fact[], rules: Rules, now: number): string[] => {
  const flavor = historyOf(facts).find((fact) => fact.resources)?.resources?.flavor;
  const monthAt = createClock(rules.zone);
  const walked: string[] = [];
  for (const { from, to } of walkIntervals(facts, rules, now))
    for (let minute = from; minute < to; minute += 60_000) {
      const price = flavor === undefined ? undefined : tariffAt(rules.tariffs, minute)?.pricePerHour[flavor];
      walked.push(`${minute} ${monthAt(minute)} ${price}`);
    }
  return walked;
};

/* What the code says, in the same words. */

const derive = (facts: readonly Fact[], { tariffs, zone }: Rules) =>
  deriveCharges(facts, createTariffBook(tariffs), createCalendar(zone));

const finalsUntil = (
  charges: readonly DerivedCharge[],
  { tariffs, zone }: Rules,
  now: number,
): FinalCharge[] =>
  charges.flatMap((charge) =>
    charge.kind === 'final'
      ? [charge]
      : priceOpenCharge(charge, createTariffBook(tariffs), createCalendar(zone), now),
  );

const minutesOf = (charges: readonly FinalCharge[]): string[] =>
  charges.flatMap(({ start, minutes, usageMonth, pricePerHour }) =>
    Array.from({ length: minutes }, (_, k) => `${start + k * 60_000} ${usageMonth} ${pricePerHour}`),
  );

/* Logs that like the turns of months, daylight saving changes and one another's milliseconds. */

const TURNS = [
  '2026-01-01T00:00:00Z',
  '2028-03-01T00:00:00Z',
  '2026-03-29T01:00:00Z',
  '2026-10-25T01:00:00Z',
  '2026-04-01T00:00:00Z',
  '2026-04-04T15:00:00Z',
  '2026-10-03T15:30:00Z',
  '2026-11-01T04:30:00Z',
].map(at);

const offset = fc.oneof(
  fc.integer({ min: -20 * HOUR, max: 20 * HOUR }),
  fc.integer({ min: -20 * 60, max: 20 * 60 }).map((minutes) => minutes * MINUTE),
  fc.constantFrom(-2 * MINUTE, -MINUTE, -MINUTE - 1, -1, 0, 1, MINUTE - 1, MINUTE, MINUTE + 1),
);

const status = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Status>('RUNNING') },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Status>(
      'PENDING',
      'INTERRUPTING',
      'TIMEOUT',
      'RESTARTING',
      'FINALIZING',
      'DONE',
      'FAILED',
    ),
  },
);

const tariffNear = (turn: number) =>
  fc.record({
    name: fc.constant('generated'),
    effectiveFrom: offset.map((ms) => turn + ms),
    revision: fc.integer({ min: 1, max: 3 }),
    currency: fc.constant('EUR'),
    billableStatuses: fc.constantFrom<Status[]>(
      ['RUNNING'],
      ['PENDING', 'RUNNING'],
      ['PENDING', 'RUNNING', 'INTERRUPTING', 'TIMEOUT'],
    ),
    maxRunningMs: fc.oneof(fc.constant(28 * DAY), fc.integer({ min: 1, max: 30 * HOUR })),
    pricePerHour: fc.constantFrom<Tariff['pricePerHour']>(
      { 'ai1-1-cpu': '0.03', 'ai1-1-gpu': '1.93' },
      { 'ai1-1-cpu': '0.06', 'ai1-1-gpu': '1.93' },
      { 'ai1-1-gpu': '2' },
    ),
  });

const dated = (tariff: Tariff) => `${tariff.effectiveFrom}#${tariff.revision}`;

const factsNear = (turn: number, calendarMonth: string) =>
  fc
    .tuple(
      fc.array(
        fc.record({
          status,
          offset,
          resources: fc.option(fc.constantFrom(twoCpus, twoGpus), { nil: undefined, freq: 3 }),
          projectId: fc.constantFrom('proj-1', 'proj-1', 'proj-2'),
          source: fc.constantFrom('a', 'b'),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      fc.array(fc.nat(7), { maxLength: 2 }),
      fc.boolean(),
    )
    .map(([entries, takenBack, isCut]): Fact[] => {
      const transitions = entries.map(({ offset: ms, resources, ...entry }, index) =>
        transition(entry.status, turn + ms, { ...entry, id: String(index), ...(resources && { resources }) }),
      );
      const retractions = takenBack.flatMap((index) => {
        const taken = transitions[index];
        return taken ? [{ ...retraction(taken, turn), id: `retraction ${index}` }] : [];
      });
      return [...transitions, ...retractions, ...(isCut ? [cutoff(calendarMonth)] : [])];
    });

interface Given {
  readonly facts: Fact[];
  readonly rules: Rules;
  /** After every fact, as a reader's clock is. */
  readonly now: number;
  readonly month: string;
}

const given: fc.Arbitrary<Given> = fc
  .tuple(
    fc.constantFrom(...TURNS),
    fc.constantFrom('UTC', 'Europe/Paris', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Kiritimati'),
  )
  .chain(([turn, zone]) => {
    const month = createClock(zone)(turn + DAY);
    return fc
      .tuple(
        factsNear(turn, month),
        fc.uniqueArray(tariffNear(turn), { maxLength: 4, selector: dated }),
        fc.boolean(),
        fc.integer({ min: 0, max: 30 * HOUR }),
      )
      .map(([facts, generated, priced, later]) => {
        const tariffs = priced ? [defaultTariff, ...generated] : generated;
        return { facts, rules: { tariffs, zone }, now: turn + 20 * HOUR + later, month };
      });
  });

describe('I1: convergence', () => {
  const permuted = given.chain((one) =>
    fc
      .tuple(
        fc.shuffledSubarray(one.facts, { minLength: one.facts.length }),
        fc.shuffledSubarray(one.rules.tariffs as Tariff[], { minLength: one.rules.tariffs.length }),
      )
      .map(([facts, tariffs]) => ({ ...one, shuffled: facts, tariffs })),
  );

  test('facts and tariffs in any order give the same charges', () => {
    fc.assert(
      fc.property(permuted, ({ facts, rules, shuffled, tariffs }) => {
        expect(derive(shuffled, { ...rules, tariffs })).toEqual(derive(facts, rules));
      }),
    );
  });

  test('a fact read twice changes nothing', () => {
    fc.assert(
      fc.property(permuted, ({ facts, rules, shuffled }) => {
        expect(derive([...facts, ...shuffled], rules)).toEqual(derive(facts, rules));
      }),
    );
  });
});

describe('I2: minutes are conserved', () => {
  test('every minute, its month and its price are those of a walk minute by minute', () => {
    fc.assert(
      fc.property(given, ({ facts, rules, now }) => {
        expect(minutesOf(finalsUntil(derive(facts, rules), rules, now))).toEqual(
          walkMinutes(facts, rules, now),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('the charges of an interval sum to ceil(duration / 60 s), up to its limit', () => {
    fc.assert(
      fc.property(given, ({ facts, rules, now }) => {
        const charges = finalsUntil(derive(facts, rules), rules, now);
        const billed = walkIntervals(facts, rules, now).map(({ from, to }) =>
          Math.ceil((to - from) / 60_000),
        );
        const opened = new Map<number, number>();
        for (const { openedBy, minutes } of charges)
          opened.set(openedBy.time, (opened.get(openedBy.time) ?? 0) + minutes);
        expect([...opened.values()]).toEqual(billed);
      }),
    );
  });

  test('over months of running too', () => {
    const long = fc.record({
      start: fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2026-12-31T00:00:00Z') }),
      duration: fc.integer({ min: 1, max: 90 * DAY }),
      zone: fc.constantFrom('Europe/Paris', 'America/St_Johns', 'Australia/Lord_Howe'),
    });
    fc.assert(
      fc.property(long, ({ start, duration, zone }) => {
        const rules = { tariffs: [{ ...defaultTariff, maxRunningMs: 80 * DAY }], zone };
        const facts = [
          transition('RUNNING', start, { resources: twoCpus }),
          transition('DONE', start + duration),
        ];
        const derived = minutesOf(finalsUntil(derive(facts, rules), rules, 0));
        expect(derived.join('\n')).toBe(walkMinutes(facts, rules, 0).join('\n'));
      }),
      { numRuns: 10 },
    );
  });

  test('charges are disjoint, in order, and each has its own start', () => {
    fc.assert(
      fc.property(given, ({ facts, rules, now }) => {
        const charges = finalsUntil(derive(facts, rules), rules, now);
        for (const [index, { start, end, minutes }] of charges.entries()) {
          expect(minutes).toBe(Math.ceil((end - start) / 60_000));
          expect(minutes).toBeGreaterThan(0);
          expect(charges[index + 1]?.start ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(end);
        }
        expect(new Set(charges.map((charge) => charge.start)).size).toBe(charges.length);
      }),
    );
  });

  test('an amount is minutes times units times price, and nothing where there is no price', () => {
    fc.assert(
      fc.property(given, ({ facts, rules, now }) => {
        for (const { amount, minutes, units, pricePerHour } of finalsUntil(
          derive(facts, rules),
          rules,
          now,
        )) {
          const hundredths = Math.round(Number(pricePerHour ?? 0) * 100);
          expect(amount).toBe(BigInt(minutes) * BigInt(units ?? 0) * BigInt(hundredths) * 10n ** 10n);
        }
      }),
    );
  });
});

describe('the open charge of a job', () => {
  test('is at most one, the last, in the latest month of the log', () => {
    fc.assert(
      fc.property(given, ({ facts, rules }) => {
        const charges = derive(facts, rules);
        const monthAt = createClock(rules.zone);
        const latest = facts
          .map((fact) => (fact.kind === 'cutoff' ? fact.month : monthAt(fact.time)))
          .sort()
          .at(-1);
        const open = charges.filter((charge) => charge.kind === 'open');
        expect(open.length).toBeLessThanOrEqual(1);
        for (const charge of open) {
          expect(charge).toBe(charges.at(-1));
          expect(charge.usageMonth).toBe(latest);
          expect(charge.start).toBeLessThan(charge.limit);
        }
      }),
    );
  });

  test('does not change a minute by a cutoff', () => {
    fc.assert(
      fc.property(given, ({ facts, rules, month }) => {
        const now = at('2028-04-05T00:00:00Z');
        const uncut = facts.filter((fact) => fact.kind !== 'cutoff');
        const minutes = (log: readonly Fact[]) =>
          minutesOf(finalsUntil(derive(log, rules), rules, now)).join('\n');
        expect(minutes([...uncut, cutoff(month)])).toBe(minutes(uncut));
      }),
      { numRuns: 30 },
    );
  });

  test('does not appear by a cutoff of a stopped job', () => {
    fc.assert(
      fc.property(given, ({ facts, rules, now, month }) => {
        const stopped = [
          ...facts.filter((fact) => fact.kind !== 'cutoff'),
          transition('DONE', now, { resources: twoCpus }),
        ];
        expect(derive([...stopped, cutoff(month)], rules)).toEqual(derive(stopped, rules));
      }),
    );
  });

  test('priced at t costs what the job is charged when it stops at t', () => {
    fc.assert(
      fc.property(given, ({ facts, rules, now, month }) => {
        // A cutoff states that its month has begun; so does the clock of a reader.
        fc.pre(createClock(rules.zone)(now) >= month);
        // Only what ended the last charge may differ, and the end of its held time.
        const billed = (charges: readonly FinalCharge[]) =>
          charges.map(({ endedBy: _, held, ...charge }) => ({ ...charge, heldFrom: held?.from }));
        const stopped = derive([...facts, transition('DONE', now)], rules);
        expect(billed(finalsUntil(stopped, rules, now))).toEqual(
          billed(finalsUntil(derive(facts, rules), rules, now)),
        );
        expect(stopped.filter((charge) => charge.kind === 'open')).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
