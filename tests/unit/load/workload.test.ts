import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import type { ReportedFact } from '../../../lib/billing/facts.ts';
import { createCalendar } from '../../../lib/billing/months.ts';
import { identityOf } from '../../../simulation/compare.ts';
import { walkJob } from '../../../simulation/oracle.ts';
import { createRandom } from '../../../simulation/random.ts';
import { type Delivery, drawWorkload } from '../../load/workload.ts';
import { pricesOf } from '../billing/builders.ts';

const calendar = createCalendar('UTC');
const NOW = Date.parse('2026-11-20T15:00:00Z');

const draw = (seed: number, { now = NOW, burst = 1 } = {}) =>
  drawWorkload(createRandom(seed), { calendar, now, events: 4_000, eventsPerSecond: 20, burst });

const factsOf = (deliveries: readonly Delivery[]): ReportedFact[] => deliveries.flatMap(({ facts }) => facts);

test('the same seed at the same time draws the same requests, another seed others', () => {
  // Of workloads this long a difference is not worth printing.
  expect(isDeepStrictEqual(draw(1), draw(1))).toBe(true);
  expect(isDeepStrictEqual(draw(1), draw(2))).toBe(false);
});

test('every job ends: nothing it used can still grow', () => {
  const { ended, running, jobs } = draw(3);
  const logs = Map.groupBy(factsOf([...ended, ...running]), ({ jobId }) => jobId);
  expect(logs.size).toBe(jobs);
  const tariff = {
    ...{ name: 'any', revision: 1, effectiveFrom: 0, currency: 'EUR' },
    ...{ maxRunningMs: 400 * 86_400_000, maxSilenceMs: 400 * 86_400_000 },
    billableStatuses: ['RUNNING' as const],
    prices: pricesOf({ 'ai1-1-cpu': '1', 'ai1-1-gpu': '1' }),
  };
  const ends = [...logs.values()].flatMap((log) =>
    walkJob(log, [tariff], (time) => calendar.monthOf(time).id).map(({ end }) => end),
  );
  expect(ends.length).toBeGreaterThan(jobs / 2);
  expect(Math.max(...ends)).toBeLessThanOrEqual(NOW);
});

test('about one event in twenty is sent twice, and one in twenty falls behind', () => {
  const facts = factsOf(draw(4).ended);
  const identities = facts.map(identityOf);
  const twice = identities.length - new Set(identities).size;
  expect(twice / identities.length).toBeGreaterThan(0.03);
  expect(twice / identities.length).toBeLessThan(0.07);
  const firsts = facts.filter((fact, index) => identities.indexOf(identityOf(fact)) === index);
  let latest = 0;
  const overtaken = firsts.filter(({ kind, time }) => {
    const isLate = kind === 'transition' && time < latest;
    latest = Math.max(latest, kind === 'transition' ? time : 0);
    return isLate;
  });
  expect(overtaken.length / firsts.length).toBeGreaterThan(0.03);
});

test('some events are retracted', () => {
  expect(factsOf(draw(5).ended).some(({ kind }) => kind === 'retraction')).toBe(true);
});

test.each(['2026-11-20T15:00:00Z', '2026-11-01T00:00:01Z'])(
  'at %s the last events change nothing before the running month, and none is in the future',
  (at) => {
    const now = Date.parse(at);
    const { ended, running, months } = draw(6, { now });
    expect(months).toEqual(['2026-09', '2026-10']);
    const start = calendar.monthOf(now).start;
    const retracted = new Map(factsOf(running).map((fact) => [fact.id, fact.time]));
    for (const fact of factsOf(running))
      expect(fact.kind === 'transition' ? fact.time : retracted.get(fact.retracts.id)).toBeGreaterThanOrEqual(
        start,
      );
    const times = factsOf([...ended, ...running]).map(({ time }) => time);
    expect(Math.max(...times)).toBeLessThanOrEqual(now);
    expect(Math.min(...times)).toBeGreaterThan(now - 400 * 86_400_000);
  },
);

test('a burst is faster by the requested factor, at the same rate on average', () => {
  const { ended } = draw(7, { burst: 4 });
  const seconds = (ended.at(-1)?.atMs ?? 0) / 1_000;
  expect(factsOf(ended).length / seconds).toBeGreaterThan(18);
  expect(factsOf(ended).length / seconds).toBeLessThan(22);
  const inCycle = (from: number, to: number) =>
    factsOf(ended.filter(({ atMs }) => (atMs / 1_000) % 20 >= from && (atMs / 1_000) % 20 < to)).length;
  const ratio = inCycle(15, 20) / 5 / (inCycle(0, 15) / 15);
  expect(ratio).toBeGreaterThan(3);
  expect(ratio).toBeLessThan(5);
});
