import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DerivedCharge,
  deriveCharges,
  type FinalCharge,
  latestMonth,
  priceOpenCharge,
} from '../../../lib/billing/charges.ts';
import type { Fact, Resources, Transition } from '../../../lib/billing/facts.ts';
import { createCalendar } from '../../../lib/billing/months.ts';
import type { Status } from '../../../lib/billing/statuses.ts';
import { createTariffBook, type Tariff } from '../../../lib/billing/tariff.ts';
import {
  at,
  cutoff,
  DAY,
  defaultTariff,
  gpus,
  HOUR,
  MINUTE,
  pricesOf,
  retraction,
  transition,
  twoCpus,
  twoGpus,
} from './builders.ts';
import { ALLOWED, bestOrder, RANKS } from './lifecycle-model.ts';

/*
 * The rules of billing told a second time, minute by minute and without the code they check.
 */

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

const historyOf = (facts: readonly Fact[]): Transition[] =>
  bestOrder(facts.filter((fact) => fact.kind === 'transition' && !retractedBy(facts, fact)) as Transition[]);

interface Walked {
  readonly from: number;
  readonly to: number;
}

/** When an interval without end is no longer believed. */
const limitAt = (facts: readonly Fact[], { tariffs }: Rules, opened: number): number => {
  const history = historyOf(facts);
  const { maxRunningMs = 28 * DAY, maxSilenceMs = 7 * DAY } = tariffAt(tariffs, opened) ?? {};
  const timeouts = history.flatMap(({ timeoutMs }) => timeoutMs ?? []);
  const heard = [...history, ...facts.filter((fact) => fact.kind === 'retraction')].map(({ time }) => time);
  return Math.min(
    opened + maxRunningMs,
    opened + (timeouts.at(-1) ?? Number.POSITIVE_INFINITY),
    Math.max(...heard) + maxSilenceMs,
  );
};

/** When the job was billable: whole to a known end, else up to `now` and to the limit. */
const walkIntervals = (facts: readonly Fact[], rules: Rules, now: number): Walked[] => {
  const intervals: Walked[] = [];
  let opened: { readonly time: number; readonly isForbidden: boolean } | undefined;
  let before: Status | undefined;
  let hasEnded = false;
  for (const { status, time } of historyOf(facts)) {
    const billable = tariffAt(rules.tariffs, time)?.billableStatuses ?? ['RUNNING'];
    if (RANKS[status] <= 1) hasEnded = false;
    if (billable.includes(status)) {
      const isForbidden = hasEnded || (before && before !== status && !ALLOWED[before].includes(status));
      opened ??= { time, isForbidden: isForbidden ?? false };
    } else {
      if (opened && time > opened.time) intervals.push({ from: opened.time, to: time });
      opened = undefined;
    }
    if (RANKS[status] === 7) hasEnded = true;
    before = status;
  }
  if (opened && !opened.isForbidden) {
    const to = Math.min(now, limitAt(facts, rules, opened.time));
    if (to > opened.time) intervals.push({ from: opened.time, to });
  }
  return intervals;
};

const resourcesAt = (history: readonly Transition[], minute: number): Resources | undefined => {
  const stating = history.filter(({ resources }) => resources);
  return (stating.findLast(({ time }) => time <= minute) ?? stating[0])?.resources;
};

interface Minute {
  readonly start: number;
  readonly usageMonth: string;
  readonly flavor?: string | undefined;
  readonly unit?: string | undefined;
  readonly milliUnits?: number | undefined;
  readonly pricePerHour?: string | undefined;
}

const show = ({ start, usageMonth, flavor, unit, milliUnits, pricePerHour }: Minute) =>
  `${start} ${usageMonth} ${flavor} ${milliUnits} ${unit} at ${pricePerHour}`;

/**
 * Every billed minute in order: when it starts, its month, what it counts and its price per hour.
 */
const walkMinutes = (facts: readonly Fact[], rules: Rules, now: number): Minute[] => {
  const history = historyOf(facts);
  const monthAt = createClock(rules.zone);
  const walked: Minute[] = [];
  for (const { from, to } of walkIntervals(facts, rules, now))
    for (let start = from; start < to; start += 60_000) {
      const resources = resourcesAt(history, start);
      const price = resources && tariffAt(rules.tariffs, start)?.prices[resources.flavor];
      const milliUnits = (price && resources.milliUnits[price.unit]) || undefined;
      walked.push({
        start,
        usageMonth: monthAt(start),
        flavor: resources?.flavor,
        unit: price?.unit,
        milliUnits,
        pricePerHour: milliUnits === undefined ? undefined : price?.pricePerHour,
      });
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
  charges.flatMap((charge) =>
    Array.from({ length: charge.minutes }, (_, k) => show({ ...charge, start: charge.start + k * 60_000 })),
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
      'QUEUED',
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
    maxSilenceMs: fc.oneof(fc.constant(7 * DAY), fc.integer({ min: 1, max: 30 * HOUR })),
    prices: fc.constantFrom<Tariff['prices']>(
      pricesOf({ 'ai1-1-cpu': '0.03', 'ai1-1-gpu': '1.93' }),
      pricesOf({ 'ai1-1-cpu': '0.06', 'ai1-1-gpu': '1.93' }),
      pricesOf({ 'ai1-1-gpu': '2' }),
      { ...pricesOf({ 'ai1-1-cpu': '0.03' }), 'ai1-1-gpu': { unit: 'cpu', pricePerHour: '1.93' } },
      { ...pricesOf({ 'ai1-1-gpu': '1.93' }), 'ai1-1-cpu': { unit: 'gpu', pricePerHour: '0.03' } },
    ),
  });

const dated = (tariff: Tariff) => `${tariff.effectiveFrom}#${tariff.revision}`;

const manyCpus: Resources = { flavor: 'ai1-1-cpu', milliUnits: { cpu: 1_001, gpu: 250 } };

const withoutUndefined = (stated: object): Partial<Transition> =>
  Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined));

const factsNear = (turn: number, calendarMonth: string) =>
  fc
    .tuple(
      fc.array(
        fc.record({
          status,
          offset,
          resources: fc.option(fc.constantFrom(twoCpus, twoGpus, gpus(0.5), gpus(2), manyCpus), {
            nil: undefined,
            freq: 3,
          }),
          timeoutMs: fc.option(fc.constantFrom(HOUR, 10 * HOUR, 90_001), { nil: undefined, freq: 1 }),
          nanos: fc.constantFrom(undefined, undefined, undefined, 1, 999_999),
          labels: fc.constantFrom(undefined, undefined, { team: 'vision' }, { team: 'audio' }),
          source: fc.constantFrom('a', 'b'),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      fc.array(fc.nat(7), { maxLength: 2 }),
      fc.boolean(),
    )
    .map(([entries, takenBack, isCut]): Fact[] => {
      const transitions = entries.map(({ offset: ms, status, source, ...stated }, index) =>
        transition(status, turn + ms, { source, id: String(index), ...withoutUndefined(stated) }),
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
        fc.integer({ min: 1, max: 30 * HOUR }),
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
          walkMinutes(facts, rules, now).map(show),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('the pieces of an interval sum to ceil(duration / 60 s), up to its limit', () => {
    fc.assert(
      fc.property(given, ({ facts, rules, now }) => {
        const charges = finalsUntil(derive(facts, rules), rules, now);
        const billed = walkIntervals(facts, rules, now).map(({ from, to }) =>
          Math.ceil((to - from) / 60_000),
        );
        const opened = new Map<number, number>();
        for (const { openedBy, minutes } of charges.filter((charge) => charge.minutes > 0))
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
        expect(derived.join('\n')).toBe(walkMinutes(facts, rules, 0).map(show).join('\n'));
      }),
      { numRuns: 10 },
    );
  });

  test('pieces are disjoint, in order, and each has its own start', () => {
    fc.assert(
      fc.property(given, ({ facts, rules, now }) => {
        const charges = finalsUntil(derive(facts, rules), rules, now);
        for (const [index, { start, end, minutes, held }] of charges.entries()) {
          expect(minutes).toBe(Math.ceil((end - start) / 60_000));
          if (held?.cause !== 'forbidden step') expect(minutes).toBeGreaterThan(0);
          else expect([minutes, held.from, index]).toEqual([0, start, charges.length - 1]);
          expect(charges[index + 1]?.start ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(end);
        }
        expect(new Set(charges.map((charge) => charge.start)).size).toBe(charges.length);
      }),
    );
  });

  test('an amount is minutes times units times price, and nothing where there is no price', () => {
    fc.assert(
      fc.property(given, ({ facts, rules, now }) => {
        for (const charge of finalsUntil(derive(facts, rules), rules, now)) {
          const { amount, minutes, milliUnits, pricePerHour } = charge;
          const hundredths = Math.round(Number(pricePerHour ?? 0) * 100);
          expect(amount).toBe(BigInt(minutes) * BigInt(milliUnits ?? 0) * BigInt(hundredths) * 10n ** 10n);
          expect(pricePerHour === undefined).toBe(milliUnits === undefined);
        }
      }),
    );
  });

  test('a piece ends by what changes from its last minute to the next one', () => {
    fc.assert(
      fc.property(given, ({ facts, rules, now }) => {
        const history = historyOf(facts);
        const derived = derive(facts, rules);
        const charges = finalsUntil(derived, rules, now);
        // The last minute may have begun: then the next piece is open, and starts after now.
        const toCome = derived.find(({ kind, start }) => kind === 'open' && start >= now);
        for (const [index, charge] of charges.entries()) {
          const next = charges[index + 1] ?? toCome;
          if (next?.openedBy.time !== charge.openedBy.time) {
            expect(['fact', 'limit', 'now']).toContain(charge.endedBy.cause);
            continue;
          }
          const last = charge.start + (charge.minutes - 1) * MINUTE;
          const pricesAt = (time: number) =>
            charge.flavor === undefined ? undefined : tariffAt(rules.tariffs, time)?.prices[charge.flavor];
          const changes = {
            'month end': charge.usageMonth !== next.usageMonth,
            'resources change': !isDeepStrictEqual(
              resourcesAt(history, last),
              resourcesAt(history, next.start),
            ),
            'price change': !isDeepStrictEqual(pricesAt(last), pricesAt(next.start)),
          };
          expect(changes).toMatchObject({ [charge.endedBy.cause]: true });
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the sum of amounts is exact', () => {
  test('for every log: that of its minutes, each for itself', () => {
    fc.assert(
      fc.property(given, ({ facts, rules, now }) => {
        const charges = finalsUntil(derive(facts, rules), rules, now);
        const exact = walkMinutes(facts, rules, now).map(
          ({ milliUnits = 0, pricePerHour = '0' }) =>
            BigInt(milliUnits) * BigInt(Math.round(Number(pricePerHour) * 100)) * 10n ** 10n,
        );
        expect(charges.reduce((sum, { amount }) => sum + amount, 0n)).toBe(exact.reduce((a, b) => a + b, 0n));
      }),
    );
  });

  test('for fractions of units at prices of twelve decimals, however often they change', () => {
    const stretch = fc.record({
      milliUnits: fc.integer({ min: 1, max: 64_000 }),
      minutes: fc.integer({ min: 1, max: 3_000 }),
    });
    const price = fc.tuple(fc.nat(999), fc.nat(999_999_999_999));
    fc.assert(
      fc.property(
        fc.array(stretch, { minLength: 1, maxLength: 8 }),
        price,
        (stretches, [whole, decimals]) => {
          const pricePerHour = `${whole}.${String(decimals).padStart(12, '0')}`;
          const prices = { any: { unit: 'gpu' as const, pricePerHour } };
          let time = at('2026-10-30T08:00:12.345Z');
          const facts: Fact[] = [];
          for (const { milliUnits, minutes } of stretches) {
            const resources = { flavor: 'any', milliUnits: { gpu: milliUnits } };
            facts.push(transition('RUNNING', time, { resources }));
            time += minutes * MINUTE;
          }
          const rules = { tariffs: [{ ...defaultTariff, prices }], zone: 'Europe/Paris' };
          const charges = finalsUntil(derive([...facts, transition('DONE', time)], rules), rules, time);
          const unitMinutes = stretches.reduce((sum, one) => sum + one.milliUnits * one.minutes, 0);
          expect(charges.reduce((sum, { amount }) => sum + amount, 0n)).toBe(
            BigInt(unitMinutes) * (BigInt(whole) * 10n ** 12n + BigInt(decimals)),
          );
          expect(charges.reduce((sum, { minutes }) => sum + minutes, 0)).toBe(
            stretches.reduce((sum, { minutes }) => sum + minutes, 0),
          );
        },
      ),
    );
  });
});

describe('what is open', () => {
  test('is at most one charge, the last, in the latest month of the log', () => {
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
          expect(charge.start).toBeLessThan(charge.limit.at);
          expect(charge.usageMonth).toBe(monthAt(charge.start));
          if (charge.usageMonth === latest) continue;
          // What is stated in the last minute of a month counts from the next minute on.
          const restated = Math.max(...historyOf(facts).map(({ resources, time }) => (resources ? time : 0)));
          expect(monthAt(restated)).toBe(latest);
          expect(charge.start - restated).toBeLessThan(MINUTE);
          expect(charge.usageMonth).toBe(latestMonth(facts, createCalendar(rules.zone)));
        }
      }),
    );
  });

  test('a cut never changes a minute', () => {
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

  test('a cut changes nothing of a job that has stopped', () => {
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

  test('priced at t is what the job is charged when it stops at t, up to what is held', () => {
    let unheld = 0;
    fc.assert(
      fc.property(given, ({ facts, rules, now, month }) => {
        // A cutoff says that its month has begun, and so does a reader's clock.
        fc.pre(createClock(rules.zone)(now) >= month);
        // A stop is the status after the instants before it, and may decide how those are read.
        const stoppedFacts = [...facts, transition('DONE', now)];
        fc.pre(isDeepStrictEqual(historyOf(stoppedFacts).slice(0, -1), historyOf(facts)));
        // An open charge names one statement of its resources, though they may be stated again.
        const billed = (charges: readonly FinalCharge[]) =>
          charges.map(({ endedBy: _, statedBy: __, ...rest }) => rest);
        const stopped = derive(stoppedFacts, rules);
        expect(stopped.filter((charge) => charge.kind === 'open')).toEqual([]);
        const charged = finalsUntil(stopped, rules, now);
        expect(charged.filter(({ held }) => held)).toEqual([]);
        const priced = finalsUntil(derive(facts, rules), rules, now);
        const minutes = minutesOf(priced);
        expect(minutesOf(charged).slice(0, minutes.length)).toEqual(minutes);
        if (priced.some(({ held }) => held)) return;
        unheld += 1;
        expect(minutesOf(charged)).toHaveLength(minutes.length);
        const grownLast = charged.at(-1)?.end !== priced.at(-1)?.end;
        // Resources stated in the last minute make the one before them final, to the end of its minute.
        if (!grownLast) expect(billed(charged)).toEqual(billed(priced));
      }),
      { numRuns: 300 },
    );
    expect(unheld).toBeGreaterThan(50);
  });
});
