import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveCharges, type FinalCharge } from '../../../../lib/billing/charges.ts';
import type { Fact, JobRef, Resources, Transition } from '../../../../lib/billing/facts.ts';
import type { Line } from '../../../../lib/billing/lines.ts';
import { createCalendar } from '../../../../lib/billing/months.ts';
import { createTariffBook } from '../../../../lib/billing/tariff.ts';
import { jobPartition } from '../../../../lib/store/keys.ts';
import { oneCpu } from '../../billing/builders.ts';
import { at, createWorld, jobRef, retraction, TARIFF, TWO_CPUS, TWO_GPUS } from '../world.ts';
import { allStatements, centsOf } from './issued-statements.ts';

describe('over all statements (I3, I4)', () => {
  /** Cents of an exact amount, half up: sixtieths of 10^-15. */
  const cents = (amount: bigint) => (2n * 100n * amount + 60n * 10n ** 15n) / (2n * 60n * 10n ** 15n);

  const halfAGpu: Resources = { flavor: 'ai1-1-gpu', milliUnits: { gpu: 500 } };
  const anyTransition = fc.record({
    jobId: fc.constantFrom('job-1', 'job-2', 'job-10'),
    status: fc.constantFrom('QUEUED' as const, 'RUNNING' as const, 'RUNNING' as const, 'DONE' as const),
    projectId: fc.constantFrom('proj-1', 'proj-2'),
    resources: fc.constantFrom(TWO_GPUS, TWO_CPUS, oneCpu, halfAGpu),
    /** How long before the month it arrives in ends. */
    hoursAgo: fc.integer({ min: 0, max: 24 * 75 }),
    ms: fc.constantFrom(0, 1, 59_999, 1_234_567),
    takenBack: fc.boolean(),
  });

  const MONTH_ENDS = ['2026-09-01', '2026-10-01', '2026-11-01', '2026-12-01'].map((day) =>
    at(`${day}T00:00:00Z`),
  );

  test('every line key is billed its final rounded amount exactly once, whatever arrived late', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(anyTransition, { maxLength: 6 }), { minLength: 4, maxLength: 4 }),
        async (arrivals) => {
          const world = await createWorld({ now: '2026-08-01T00:00:00Z' });
          const issued = new Map<string, string>();
          const jobs = new Map<string, JobRef>();
          for (const [month, monthEnd] of MONTH_ENDS.entries()) {
            world.clock.now = monthEnd - 1;
            for (const [index, { hoursAgo, ms, takenBack, ...said }] of (arrivals[month] ?? []).entries()) {
              const time = monthEnd - 5_000_000 - hoursAgo * 3_600_000 + ms;
              const fact: Transition = {
                kind: 'transition',
                source: 'gra',
                id: `e-${month}-${index}`,
                time,
                ...said,
              };
              jobs.set(jobPartition(fact), jobRef(fact.jobId, fact.projectId));
              await world.tell(fact);
              if (takenBack && index % 2 === 1)
                await world.tell(retraction(fact, new Date(monthEnd - 1).toISOString()));
            }
            world.clock.now = monthEnd + 7_200_000;
            await world.close();
            for (const { projectId, month: of, ...statement } of await allStatements(world)) {
              const key = `${projectId} ${of}`;
              const text = JSON.stringify(statement);
              expect(text, 'a statement never changes').toBe(issued.get(key) ?? text);
              issued.set(key, text);
            }
          }

          const keyOf = (projectId: string, { usageMonth, flavor, unit, pricePerHour }: Line | FinalCharge) =>
            [projectId, usageMonth, flavor, unit, pricePerHour].join(' ');
          const due = new Map<string, { minutes: number; amount: bigint }>();
          const calendar = createCalendar('UTC');
          for (const job of jobs.values()) {
            const facts: Fact[] = await world.store.readFacts(job);
            for (const charge of deriveCharges(facts, createTariffBook([TARIFF]), calendar)) {
              // A run that is held whole has no minutes.
              if (charge.kind !== 'final' || charge.minutes === 0) continue;
              const key = keyOf(charge.projectId, charge);
              const { minutes, amount } = due.get(key) ?? { minutes: 0, amount: 0n };
              due.set(key, { minutes: minutes + charge.minutes, amount: amount + charge.amount });
            }
          }
          const sums = new Map<string, { minutes: number; cents: number }>();
          for (const { projectId, lines, total } of await allStatements(world)) {
            for (const line of lines) {
              const key = keyOf(projectId, line);
              const sum = sums.get(key) ?? { minutes: 0, cents: 0 };
              sums.set(key, {
                minutes: sum.minutes + line.minutes,
                cents: sum.cents + centsOf(line.amount),
              });
            }
            const lineCents = lines.reduce((sum, { amount }) => sum + centsOf(amount), 0);
            expect(centsOf(total), 'lines sum to the total (I5)').toBe(lineCents);
          }
          const whole = [...sums].filter(([, { minutes }]) => minutes !== 0);
          expect(new Map(whole)).toEqual(
            new Map(
              [...due].map(([key, { minutes, amount }]) => [key, { minutes, cents: Number(cents(amount)) }]),
            ),
          );
          for (const [, { minutes, cents: left }] of sums) if (minutes === 0) expect(left).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});
