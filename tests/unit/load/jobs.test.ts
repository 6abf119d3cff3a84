import { describe, expect, test } from 'vitest';
import type { Transition } from '../../../lib/billing/facts.ts';
import type { StoredCharge } from '../../../lib/store/charges.ts';
import type { Item } from '../../../lib/store/table.ts';
import { type Comparison, compareJobs } from '../../load/jobs/compare-jobs.ts';
import { followCharge } from '../../load/jobs/follow-charge.ts';
import { EVENTS_A_JOB, type Jobs, jobAt, jobsOf } from '../../load/jobs/jobs.ts';
import { addUpJobs, showJobs } from '../../load/jobs/report-jobs.ts';
import { type JobsRun, progressText } from '../../load/jobs/run-jobs.ts';
import { sendJobs } from '../../load/jobs/send-jobs.ts';
import { createWorld } from '../operations/world.ts';

const MONTH = '2026-10';
const jobs: Jobs = {
  jobs: 200,
  projects: 3,
  month: MONTH,
  start: Date.parse('2026-10-01T00:00:00Z'),
  seed: 1,
};

describe('the jobs', () => {
  test('follow from their index, and each is of one project', () => {
    const ofProjects = [0, 1, 2].flatMap((project) => [...jobsOf(jobs, project, jobs.jobs)]);
    const byIndex = Array.from({ length: jobs.jobs }, (_, index) => jobAt(jobs, index));
    const inOrder = (all: readonly { jobId: string }[]) =>
      all.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1));
    expect(inOrder(ofProjects)).toEqual(inOrder(byIndex));
    expect(new Set(byIndex.map(({ jobId }) => jobId)).size).toBe(jobs.jobs);
    expect(new Set(byIndex.map(({ transitions }) => transitions[0]?.time)).size).toBeGreaterThan(190);
  });
});

describe('senders', () => {
  const sentOf = async (isOver: (sent: number) => boolean) => {
    const sent: Transition[] = [];
    let [underWay, most] = [0, 0];
    const whole = await sendJobs({
      ...{ jobs, senders: 2, isOver: () => isOver(sent.length) },
      send: async (transition) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await Promise.resolve();
        underWay -= 1;
        sent.push(transition);
      },
    });
    return { sent, whole, most };
  };

  test('send each event once, a job in order, and as many at once as there are senders', async () => {
    const { sent, whole, most } = await sentOf(() => false);
    expect(whole).toBe(jobs.jobs);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(jobs.jobs * EVENTS_A_JOB);
    expect(sent).toHaveLength(jobs.jobs * EVENTS_A_JOB);
    for (const log of Map.groupBy(sent, ({ jobId }) => jobId).values())
      expect(log).toEqual(log.toSorted((a, b) => a.time - b.time));
    expect(most).toBe(2);
  });

  test('that end early have sent the first jobs whole, and nothing of others', async () => {
    const { sent, whole } = await sentOf((events) => events > 10);
    expect(whole).toBe(128);
    const expected = Array.from({ length: whole }, (_, index) => jobAt(jobs, index).jobId);
    expect(new Set(sent.map(({ jobId }) => jobId))).toEqual(new Set(expected));
    expect(sent).toHaveLength(whole * EVENTS_A_JOB);
  });
});

test.each([
  ['the run has started until there is a charge', false, 2],
  ['the run has stopped until it is final', true, 4],
] as const)('the charge of a job is followed once %s', async (_, isFinal, reads) => {
  const kinds = ['none', 'open', 'open', 'final'];
  let read = 0;
  const storedCharges = async () => {
    const kind = kinds[read++];
    return kind === 'none' ? [] : ([{ kind }] as StoredCharge[]);
  };
  await followCharge({ storedCharges }, jobAt(jobs, 0), { month: MONTH, isFinal });
  expect(read).toBe(reads);
});

describe('the comparison', () => {
  const SENT = 7;
  const closed = async () => {
    const world = await createWorld({ now: '2026-11-02T00:00:00Z' });
    for (let index = 0; index < SENT; index += 1) await world.tell(...jobAt(jobs, index).transitions);
    await world.close();
    return world;
  };
  const compare = async ({ store }: Awaited<ReturnType<typeof closed>>): Promise<Comparison> =>
    compareJobs(store, jobs, SENT, () => {});
  const wrongOf = ({ lostEvents, wrongCharges, wrongLines }: Comparison) => [
    lostEvents,
    wrongCharges,
    wrongLines,
  ];

  test('of a month that is right finds nothing, and has seen all of it', async () => {
    const result = await compare(await closed());
    expect(wrongOf(result)).toEqual([0, 0, 0]);
    expect(result).toMatchObject({ events: SENT * EVENTS_A_JOB, charges: SENT, statements: 3 });
    expect(result.totalCents).toBeGreaterThan(0n);
  });

  test.each([
    ['a lost event', 'EVENT#', 'id', [1, 0, 0]],
    ['a charge of another length', 'CHARGE#', 'minutes', [0, 1, 0]],
    // The total, that is not the sum of the lines.
    ['a statement of another total', 'STATEMENT', 'total', [0, 0, 1]],
  ] as const)('finds %s', async (_, prefix, attribute, wrong) => {
    const world = await closed();
    const [item] = (await world.items(prefix)).filter(({ pk }) => /^(JOB|PROJECT)#/.test(pk)) as [Item];
    const value = attribute === 'minutes' ? 1 : attribute === 'total' ? '0.01' : 'other';
    await world.table.put({ item: { ...item, [attribute]: value } });
    const [lost, charges, lines] = wrongOf(await compare(world));
    expect([Math.min(1, lost ?? 0), charges, lines]).toEqual(wrong);
  });

  test('finds a month without its statements', async () => {
    const world = await createWorld({ now: '2026-11-02T00:00:00Z' });
    for (let index = 0; index < SENT; index += 1) await world.tell(...jobAt(jobs, index).transitions);
    expect((await compare(world)).wrongLines).toBeGreaterThanOrEqual(3);
  });
});

describe('the report', () => {
  const comparison: Comparison = {
    ...{ events: 600, charges: 100, statements: 1, lines: 2, totalCents: 123_405n },
    ...{ lostEvents: 0, wrongCharges: 0, wrongLines: 0, differences: [] },
  };
  const run: JobsRun = {
    options: { jobs: 100, senders: 8, seed: 1 },
    machine: { processors: 2, loadAverage: 0.25 },
    projects: 1,
    floors: { table: { events: 600, eventsPerSecond: 1_200, cpuMs: 0.5 } },
    sent: { accepted: 600, retries: 0, elapsedMs: 1_000, answered: [3, 1, 2], visible: [10, 20] },
    settledMs: 2_000,
    used: { senders: { peakMiB: 100, cpuSeconds: 3 }, close: { peakMiB: 50, cpuSeconds: 1 } },
    closeMs: 1_500,
    comparison,
  };

  test('has the figures of a run, beside the floors that were measured', () => {
    const report = addUpJobs(run);
    expect(report).toMatchObject({
      ok: true,
      eventsPerSecond: { accepted: 600, settled: 300 },
      floors: { table: { eventsPerSecond: 1_200 } },
      answerMs: { samples: 3, p50: 2, max: 3 },
      visibleChargeMs: { samples: 2, p50: 10, max: 20 },
      compared: { total: '1234.05 EUR' },
      parts: [{ part: 'senders', cpuMsAnEvent: 5 }, { part: 'close' }],
    });
    expect(showJobs(report)).toMatch(/until accepted +600 +1200 \(0\.5x\)\n/);
  });

  test('of a run that was interrupted says what there is, and is not right', () => {
    const { settledMs: _, closeMs: __, comparison: ___, ...begun } = run;
    const report = addUpJobs({ ...begun, ended: 'ended by SIGINT' });
    expect(report).toMatchObject({ ok: false, ended: 'ended by SIGINT', events: 600 });
    expect(showJobs(report)).toContain('not compared with the oracle');
    expect(showJobs(report)).not.toContain('until settled');
  });

  test('of a run with a wrong charge is not right', () => {
    expect(addUpJobs({ ...run, comparison: { ...comparison, wrongCharges: 1 } }).ok).toBe(false);
  });

  test('says while it runs how fast it is and how long it takes', () => {
    expect(progressText({ ...run.sent, accepted: 600, elapsedMs: 60_000 }, 6_000)).toBe(
      'sending: 600 of 6000 events, 10 a second, 9 min left',
    );
    expect(progressText({ ...run.sent, accepted: 0, elapsedMs: 0 }, 6_000)).not.toContain('left');
  });
});
