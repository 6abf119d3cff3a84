import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deriveCharges, priceOpenCharge } from '../../../../lib/billing/charges.ts';
import type { Fact } from '../../../../lib/billing/facts.ts';
import { readLifecycle } from '../../../../lib/billing/lifecycle.ts';
import { formatMinor, roundHalfUp } from '../../../../lib/billing/money.ts';
import { createCalendar } from '../../../../lib/billing/months.ts';
import { createTariffBook } from '../../../../lib/billing/tariff.ts';
import { scaled } from '../../../../lib/export/decimal.ts';
import { meterJob } from '../../../../lib/operations/reconcile/meter.ts';
import { total } from '../../../../lib/operations/reconcile/quantity.ts';
import { at } from '../world.ts';
import { compare, H100, HERE, type OvhJob, ovhJob, received, usageJson } from './provider.ts';

const SECOND = 1000;
const START = at('2026-10-01T00:00:00Z');
/** When the provider's figures were last updated. */
const UNTIL = at('2026-11-02T02:00:00Z');

const RUNS = [
  ['QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING', 'FINALIZING', 'DONE'],
  ['QUEUED', 'RUNNING', 'RESTARTING', 'QUEUED', 'PENDING', 'RUNNING', 'INTERRUPTING', 'INTERRUPTED'],
  ['PENDING', 'RUNNING', 'FAILED'],
  ['RUNNING'],
  ['RUNNING', 'TIMEOUT', 'FINALIZING'],
];

/** A job of September to October with a history in seconds, which may not have ended. */
const randomJob = fc.record({
  begin: fc.integer({ min: -3 * 86_400, max: 31 * 86_400 }),
  steps: fc
    .constantFrom(...RUNS)
    .chain((states) =>
      fc.tuple(
        fc.constant(states),
        fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: states.length, maxLength: states.length }),
      ),
    ),
  region: fc.constantFrom('GRA', 'BHS'),
  flavor: fc.constantFrom(H100, 'ai1-1-gpu'),
  gpu: fc.integer({ min: 1, max: 4 }),
});

const toOvhJob = (
  {
    begin,
    steps: [states, lengths],
    ...described
  }: typeof randomJob extends fc.Arbitrary<infer T> ? T : never,
  index: number,
): OvhJob => {
  let time = START + begin * SECOND;
  const history = states.map((state, step) => {
    const entry = [state, new Date(time).toISOString()] as const;
    time += (lengths[step] ?? 1) * SECOND;
    return entry;
  });
  return ovhJob(`job-${index}`, history, described);
};

const randomJobs = fc.array(randomJob, { maxLength: 8 }).map((jobs) => jobs.map(toOvhJob));

const book = createTariffBook([HERE]);
const calendar = createCalendar('UTC');

/** A job's charges of October up to the last update, as a statement would bill them. */
const chargesOf = (facts: readonly Fact[]) =>
  deriveCharges(facts, book, calendar)
    .flatMap((charge) => (charge.kind === 'open' ? priceOpenCharge(charge, book, calendar, UNTIL) : [charge]))
    .filter(({ usageMonth }) => usageMonth === '2026-10');

/** What the provider would bill if it counted by the rules here. */
const billOf = (jobs: readonly OvhJob[]) => {
  const rows = new Map<string, { minutes: number; amount: bigint; row: [string, string] }>();
  for (const job of jobs) {
    const { region, resources } = job.spec;
    const key = `${region} ${resources.flavor}`;
    const row = rows.get(key) ?? { minutes: 0, amount: 0n, row: [region ?? '', resources.flavor] };
    rows.set(key, row);
    for (const { minutes, amount } of chargesOf(received(job))) {
      row.minutes += minutes * resources.gpu;
      row.amount += amount;
    }
  }
  return [...rows.values()].map(
    ({ minutes, amount, row: [region, flavor] }) =>
      [region, flavor, minutes, Number(formatMinor(roundHalfUp(amount, 'EUR'), 'EUR'))] as const,
  );
};

/** The log of each job, without the events that were lost. A job may be lost whole. */
const withLosses = (jobs: readonly OvhJob[], losses: readonly boolean[]) =>
  Object.fromEntries(
    jobs.flatMap((job, index) => {
      const facts = received(job, (_, step) => losses[(index * 7 + step * 3) % losses.length] !== true);
      return facts.length > 0 ? [[job.id, facts] as const] : [];
    }),
  );

const randomLosses = fc.array(fc.boolean(), { minLength: 5, maxLength: 40 });

test('a job is metered as it is charged', () => {
  fc.assert(
    fc.property(randomJobs, randomLosses, (jobs, losses) => {
      for (const facts of Object.values(withLosses(jobs, losses))) {
        const metered = meterJob(
          readLifecycle(facts),
          { book, months: calendar, rounding: 'interval' },
          { month: '2026-10', until: UNTIL },
        );
        const charges = chargesOf(facts);
        expect(total(metered.map(({ time, money = 0n }) => ({ time, money })))).toEqual({
          time: charges.reduce(
            // Without stated resources nothing says how many units there are.
            (sum, { minutes, milliUnits = 0 }) => sum + BigInt(minutes * milliUnits) * 60n * 10n ** 12n,
            0n,
          ),
          money: charges.reduce((sum, { amount }) => sum + amount, 0n),
        });
      }
    }),
  );
});

/** A price of a catalogue: integers of 10^-8 a minute. */
const EXACT = {
  ...HERE,
  prices: { ...HERE.prices, [H100]: { unit: 'gpu', pricePerHour: '3.10000002' } },
} as const;

test('causes and what is unexplained add up to the difference exactly, whatever is billed', () => {
  const component = fc.tuple(
    fc.constantFrom('GRA', 'BHS', 'SBG'),
    fc.constantFrom(H100, 'ai1-1-gpu', 'new-gpu'),
    fc.oneof(fc.integer({ min: 0, max: 10_000_000 }), fc.double({ min: 0, max: 1e6, noNaN: true })),
    fc.oneof(fc.double({ min: -100, max: 1e6, noNaN: true }), fc.constantFrom(0, 0.1 + 0.2, 1e-7)),
  );
  const sum = (amounts: readonly { readonly amount: string }[]) =>
    amounts.reduce((all, { amount }) => all + scaled(amount, 15), 0n);
  fc.assert(
    fc.property(
      randomJobs,
      randomLosses,
      fc.array(component, { maxLength: 6 }),
      fc.boolean(),
      fc.constantFrom('EUR', 'JPY', 'KWD'),
      (jobs, losses, components, isListed, currency) => {
        const { report } = compare({
          ...{ published: [EXACT], currency },
          here: withLosses(jobs, losses),
          ...(isListed && { listed: jobs.slice(1) }),
          usage: usageJson(components),
        });
        for (const row of [...report.rows, report.total]) {
          const { provider, here, difference, causes, unexplained } = row;
          expect(sum([difference])).toBe(sum([...causes, unexplained]));
          expect(sum([difference])).toBe(sum(provider ? [provider] : []) - sum(here ? [here] : []));
        }
        for (const member of ['provider', 'here', 'difference', 'unexplained'] as const)
          expect(sum([report.total[member]])).toBe(sum(report.rows.flatMap((row) => row[member] ?? [])));
      },
    ),
  );
});

test('a bill by the rules here is explained whole, whatever events were lost here', () => {
  fc.assert(
    fc.property(randomJobs, randomLosses, (jobs, losses) => {
      const { report } = compare({
        here: withLosses(jobs, losses),
        listed: jobs,
        usage: usageJson(billOf(jobs)),
      });
      expect(report.total.unexplained).toEqual({ unitMinutes: 0, amount: '0.00' });
      for (const row of report.rows) expect(row.unexplained).toEqual({ unitMinutes: 0, amount: '0.00' });
    }),
  );
});
