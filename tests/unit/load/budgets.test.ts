import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../simulation/random.ts';
import type { Received } from '../../load/budgets/consumer.ts';
import { drawPlan, type PlannedProject, spentCents } from '../../load/budgets/plan.ts';
import type { BudgetRun } from '../../load/budgets/play.ts';
import { addUpBudgets } from '../../load/budgets/report.ts';

const plan = drawPlan(createRandom(1), { projects: 200, minutes: 5 });
const STARTED_AT = Date.parse('2026-11-10T12:00:00Z');

describe('the plan', () => {
  test('8 GPUs for 4 commenced minutes cost 1.03', () => {
    const job = { jobId: 'a', gpus: 8, startsAtMs: 500 };
    // 32 x 1.93 / 60 = 1.0293...
    expect(spentCents([job], 500 + 3 * 60_000)).toBe(103);
    expect(spentCents([job], 500 + 3 * 60_000 - 1)).toBe(77);
    expect(spentCents([job], Infinity, () => 500 + 60_000)).toBe(26);
  });

  test('each budget is crossed in the minute it says, in which all its jobs run', () => {
    for (const { jobs, crossesAtMs, amountCents } of plan) {
      expect(spentCents(jobs, crossesAtMs)).toBe(amountCents);
      expect(spentCents(jobs, crossesAtMs - 1)).toBeLessThan(amountCents);
      expect(Math.max(...jobs.map(({ startsAtMs }) => startsAtMs))).toBeLessThan(crossesAtMs);
    }
    expect(new Set(plan.map(({ crossesAtMs }) => Math.floor(crossesAtMs / 60_000)))).toEqual(
      new Set([1, 2, 3, 4]),
    );
  });
});

describe('a run', () => {
  /** Every stop is requested 20 s after the minute began, and delivered 1 s later. */
  const eventsOf = ({ projectId, jobs, crossesAtMs }: PlannedProject): Received[] => {
    const crossedAt = STARTED_AT + crossesAtMs;
    const at = { time: crossedAt + 20_000, arrivedAt: crossedAt + 21_000 };
    return [
      {
        ...{ id: `crossed/${projectId}`, type: 'budget.threshold.crossed', ...at },
        data: { projectId, crossedAt: new Date(crossedAt).toISOString(), threshold: { action: 'stop' } },
      },
      ...jobs.map(({ jobId }) => ({
        ...{ id: `stop/${jobId}`, type: 'job.stop.requested', ...at },
        data: { projectId, jobId },
      })),
    ];
  };
  const runOf = (changed: (event: Received) => Received | undefined = (event) => event): BudgetRun => {
    const events = plan.flatMap(eventsOf).flatMap((event) => changed(event) ?? []);
    return {
      options: { projects: plan.length, minutes: 5, seed: 1 },
      ...{ plan, startedAt: STARTED_AT, repeated: 0, refused: 0 },
      received: new Map(events.map((event) => [event.id, event])),
      totalCents: new Map(
        plan.map(({ projectId, jobs, crossesAtMs }) => [
          projectId,
          spentCents(jobs, Infinity, () => crossesAtMs + 21_000),
        ]),
      ),
    };
  };
  const stop = plan[0]?.jobs[0]?.jobId;
  const later = (ms: number) => (event: Received) =>
    event.data.jobId === stop ? { ...event, time: event.time + ms } : event;

  test('in which all is right has its figures', () => {
    expect(addUpBudgets(runOf())).toMatchObject({
      ok: true,
      requestedSeconds: { p50: 20, p99: 20, max: 20 },
      deliveredSeconds: { p50: 21, p99: 21, max: 21 },
      differences: [],
    });
  });

  test.each([
    ['without a stop', 'missingStops', (event: Received) => (event.data.jobId === stop ? undefined : event)],
    ['with a stop over a minute after the minute that crosses', 'lateStops', later(100_001)],
    ['with a stop before it', 'earlyStops', later(-20_001)],
    [
      'with a crossing of another minute',
      'wrongCrossings',
      (event: Received) =>
        event.id === 'crossed/proj-1'
          ? { ...event, data: { ...event.data, crossedAt: '2026-11-10T12:00:00Z' } }
          : event,
    ],
    [
      'with usage that is not what the jobs cost',
      'wrongTotals',
      (event: Received) =>
        event.data.jobId === stop ? { ...event, arrivedAt: event.arrivedAt + 120_000 } : event,
    ],
  ] as const)('%s is not right', (_, what, changed) => {
    expect(addUpBudgets(runOf(changed))).toMatchObject({ ok: false, [what]: 1 });
  });
});
