import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BilledCharge, toBilledCharge } from '../../lib/billing/billed-charge.ts';
import type { Charge, FinalCharge } from '../../lib/billing/charges.ts';
import type { Cutoff, JobRef, Retraction, Transition } from '../../lib/billing/facts.ts';
import type { Statement } from '../../lib/billing/statement.ts';
import type { Tariff } from '../../lib/billing/tariff.ts';
import type { AuditRun } from '../../lib/operations/audit/audit-run.ts';
import type { Reconciliation } from '../../lib/shapes/reconciliation.ts';
import type { LoggedAction } from '../../lib/store/action-log.ts';
import type { BilledChargeRecord } from '../../lib/store/billed-charges.ts';
import { chargeOf } from '../../lib/store/charges.ts';
import type { ShardProgress } from '../../lib/store/close-progress.ts';
import * as keys from '../../lib/store/keys.ts';
import type { ParkedJob } from '../../lib/store/parked-jobs.ts';
import type { Inquiry, Poll } from '../../lib/store/polls.ts';
import type { SnapshotHead } from '../../lib/store/snapshots.ts';
import type { StatementCheckpoint } from '../../lib/store/statement-checkpoints.ts';
import { createStore, type Store } from '../../lib/store/store.ts';
import type { Item, Table } from '../../lib/store/table.ts';
import type { Publication } from '../../lib/store/tariffs.ts';
import { allOf } from '../../simulation/items-on.ts';

const at = (iso: string) => Date.parse(iso);
const START = at('2026-10-01T08:00:00.123Z');

const transition: Transition = {
  kind: 'transition',
  jobId: 'job-1',
  projectId: 'proj-1',
  source: 'https://gra.training.example',
  id: 'e-1',
  status: 'RUNNING',
  time: START,
  resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 2_000, cpu: 26_000 } },
};

const jobRef = (jobId: string, projectId = 'proj-1'): JobRef => ({ projectId, jobId });

/** Beside one that states resources. */
const factsOfAllKinds = (jobId: string): [Transition, Retraction, Cutoff] => {
  const { resources: _, ...bare } = transition;
  return [
    { ...bare, jobId, id: 'é 東 🚂', status: 'QUEUED' },
    {
      kind: 'retraction',
      jobId,
      projectId: 'proj-1',
      source: 'gra',
      id: 'e-2',
      time: START + 1,
      retracts: { source: 'gra', id: 'e-1' },
      reason: 'sent “by mistake”',
    },
    { kind: 'cutoff', ...jobRef(jobId), month: '2026-11' },
  ];
};

const EXPIRES_AT = 1_900_000_000;

const charge = (jobId: string, start: number, amount: bigint): FinalCharge => ({
  kind: 'final',
  jobId,
  projectId: 'proj-1',
  usageMonth: '2026-10',
  flavor: 'ai1-1-gpu',
  unit: 'gpu',
  milliUnits: 2_000,
  statedBy: { source: 'gra', id: 'e-0', time: start - 1 },
  labels: { 10: 'ten', 2: 'two', team: 'vision' },
  openedBy: { source: 'gra', id: 'e-1', time: start },
  start,
  end: start + 60_000,
  endedBy: { cause: 'fact', fact: { source: 'gra', id: 'e-2', time: start + 60_000 } },
  minutes: 1,
  tariff: '2023-02-14T00:00:00.000Z#1',
  pricePerHour: '1.93',
  amount,
});

const AMOUNTS = [0n, 1n, 2n ** 53n - 1n, 2n ** 53n + 1n, 3_860_000_000_000n, 10n ** 30n + 7n];

const billedRecord = (
  statementId: string,
  billed: BilledCharge,
  replaces?: BilledCharge,
): BilledChargeRecord => ({
  statementId,
  jobId: billed.jobId,
  usageMonth: billed.usageMonth,
  start: billed.start,
  billed,
  ...(replaces && { replaces }),
});

const statement = (projectId: string, month: string, statementId: string): Statement => ({
  statementId,
  projectId,
  month,
  currency: 'EUR',
  timeZone: 'Europe/Paris',
  total: '19.30',
  issuedAt: at('2026-11-01T02:00:00Z'),
  lines: [
    {
      flavor: 'ai1-1-gpu',
      unit: 'gpu',
      usageMonth: month,
      kind: 'usage',
      minutes: 300,
      milliUnitMinutes: 600_000,
      pricePerHour: '1.93',
      amount: '19.30',
      cumulativeMilliUnitMinutes: 600_000,
    },
  ],
  included: ['AI Training managed service'],
  unrated: { count: 1, charges: [{ jobId: 'job-2', usageMonth: month, start: START, minutes: 3 }] },
  held: { count: 0, charges: [] },
  usageMonths: [month],
  billedCounts: [1],
  digest: `sha256:${'0'.repeat(64)}`,
});

/** Flavors of equal length that no compression makes short. */
const flavorOf = (index: number) => createHash('sha512').update(String(index)).digest('hex').slice(0, 100);

/** With so many lines, which differ in all that lines may. */
const largeStatement = (projectId: string, statementId: string, lines: number): Statement => ({
  ...statement(projectId, '2026-10', statementId),
  lines: Array.from({ length: lines }, (_, index) => ({
    flavor: flavorOf(index),
    unit: (['gpu', 'cpu', 'node'] as const)[index % 3] ?? 'gpu',
    usageMonth: index % 2 === 0 ? '2026-10' : '2026-09',
    kind: index % 2 === 0 ? 'usage' : 'correction',
    minutes: (index % 2 === 0 ? 1 : -1) * index,
    milliUnitMinutes: index * 500,
    pricePerHour: `0.${index + 1}`,
    amount: `${index}.25`,
    cumulativeMilliUnitMinutes: 2 ** 53 - 1 - index,
  })),
});

const side = (amount: string) => ({ unitMinutes: 0.5, amount });

/** One row of jobs, each with its difference. */
const reconciliation = (month: string, jobs: readonly [jobId: string, amount: string][]): Reconciliation => ({
  ...{ month, currency: 'EUR', comparedAt: '2026-11-02T08:00:00.000Z', missingEvents: 1, notes: ['é 東 🚂'] },
  rows: [
    {
      ...{ projectId: 'proj-1', flavor: 'ai1-1-gpu', provider: side('7.72'), difference: side('7.72') },
      ...{ causes: [], unexplained: side('0.00'), jobCount: jobs.length },
      jobs: jobs.map(([jobId, amount]) => ({
        ...{ jobId, cause: 'events missing', ...side(amount), missingEvents: ['DONE@2026-10-01T08:00:00Z'] },
      })),
    },
  ],
  total: {
    ...{ provider: side('7.72'), here: side('0.00'), difference: side('7.72') },
    ...{ causes: [{ cause: 'events missing', ...side('7.72') }], unexplained: side('0.00') },
  },
});

/** What the store must do over every table. `createTable` gives an empty table. */
export const storeContract = (name: string, createTable: () => Promise<Table>): void => {
  describe(`the store contract: ${name}`, () => {
    let table: Table;
    let store: Store;
    beforeAll(async () => {
      table = await createTable();
      store = createStore(table);
    });

    describe("a job's log", () => {
      test('separates a duplicate from a conflict by the fingerprint, and keeps the first event', async () => {
        const fact = { ...transition, jobId: 'log-1' };
        expect(await store.recordFact(fact, 'print', 1)).toBe('recorded');
        expect(await store.recordFact(fact, 'print', 2)).toBe('duplicate');
        expect(await store.recordFact({ ...fact, status: 'DONE' }, 'other', 3)).toBe('conflict');
        expect(await store.readFacts(jobRef('log-1'))).toEqual([fact]);
      });

      test('gives facts of all kinds back as they were recorded', async () => {
        const [silent, retraction, cut] = factsOfAllKinds('log-2');
        await store.recordFact(silent, 'a', 1);
        await store.recordFact(retraction, 'b', 1);
        await store.recordCutoff(cut, 1);
        await store.recordCutoff(cut, 2);
        const facts = await store.readFacts(jobRef('log-2'));
        expect(facts).toHaveLength(3);
        expect(facts).toEqual(expect.arrayContaining([silent, retraction, cut]));
      });

      test('gives back every member of a transition', async () => {
        const whole: Transition = {
          ...{ ...transition, jobId: 'log-3', nanos: 999_999, timeoutMs: 604_800_000 },
          resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 500, cpu: 6_500, node: 1_000 } },
          labels: { 10: 'ten', 2: 'two', team: 'vision', '__proto__.x': '' },
        };
        await store.recordFact(whole, 'a', 1);
        expect(await store.readFacts(jobRef('log-3'))).toEqual([whole]);
        const scanned = await Array.fromAsync(store.scanPartitions());
        expect(scanned.flatMap(({ facts }) => facts)).toContainEqual(whole);
      });

      test('is one of its project: equal job ids of two projects are two jobs', async () => {
        const ours = { ...transition, jobId: 'log-4' };
        const theirs: Transition = { ...ours, projectId: 'proj-2', status: 'DONE' };
        const cut: Cutoff = { kind: 'cutoff', ...jobRef('log-4', 'proj-2'), month: '2026-11' };
        expect(await store.recordFact(ours, 'print', 1)).toBe('recorded');
        expect(await store.recordFact(theirs, 'other', 1)).toBe('recorded');
        await store.recordCutoff(cut, 2);
        expect(await store.readFacts(jobRef('log-4'))).toEqual([ours]);
        expect(await store.readFacts(jobRef('log-4', 'proj-2'))).toEqual([theirs, cut]);
      });

      test('is empty for an unknown job', async () => {
        expect(await store.readFacts(jobRef('log-none'))).toEqual([]);
      });

      test('names every job and usage month in a scan', async () => {
        await store.recordFact({ ...transition, jobId: 'log-scan-1' }, 'a', 1);
        await store.recordFact({ ...transition, jobId: 'log-scan-2' }, 'a', 1);
        await store.writeCharges([charge('log-scan-1', START, 5n)], { factsSeen: 1, tariffsSeen: 1 });
        const partitions = () => Array.fromAsync(store.scanPartitions(), ({ partition }) => partition);
        const found = await partitions();
        expect(found).toContainEqual({ kind: 'job', job: jobRef('log-scan-1') });
        expect(found).toContainEqual({ kind: 'job', job: jobRef('log-scan-2') });
        expect(found).toContainEqual({
          kind: 'usage',
          projectMonth: { projectId: 'proj-1', usageMonth: '2026-10' },
        });
        // A mark and an index of statements are no partitions, whatever the name of their project.
        await store.markChanged('2030-01', { projectId: 'JOB', usageMonth: '2030-01' }, 2_000_000_000);
        expect(await partitions()).toHaveLength(found.length);
      });
    });

    describe('a scan', () => {
      const jobs = ['scanned-1', 'scanned-2', 'scanned-3', 'scanned-4'];
      beforeAll(async () => {
        for (const jobId of jobs) {
          const [silent, retraction, cut] = factsOfAllKinds(jobId);
          await store.recordFact({ ...transition, jobId }, 'a', 2);
          await store.recordFact(silent, 'b', 1);
          await store.recordFact(retraction, 'c', 3);
          await store.recordCutoff(cut, 4);
        }
      });
      const scanned = async (options?: Parameters<typeof store.scanPartitions>[0]) =>
        (await Array.fromAsync(store.scanPartitions(options))).filter(
          ({ partition }) => partition.kind === 'job' && partition.job.jobId.startsWith('scanned-'),
        );

      test('gives the log of each job as it is read alone', async () => {
        const found = await scanned();
        expect(found).toHaveLength(jobs.length);
        for (const { partition, facts } of found)
          expect(partition.kind === 'job' && (await store.readFacts(partition.job))).toEqual(facts);
      });

      test('resumes after a partition, and gives no part of it again that was added since', async () => {
        const [first, ...rest] = await scanned();
        if (first?.partition.kind !== 'job') throw new Error('there are jobs');
        const { job } = first.partition;
        // Its key comes after all that there is.
        for (let i = 0; i < 30; i += 1)
          await store.recordFact({ ...transition, ...job, id: `later ${i}` }, 'd', 5);
        const left = await scanned({ after: first.at });
        expect(left.map(({ partition }) => partition)).toEqual(rest.map(({ partition }) => partition));
      });
    });

    describe('publications', () => {
      const START = Date.parse('2027-01-27T00:00:00Z');
      const publication = (startedAt = 1): Publication => ({
        ...{ effectiveFrom: START, revision: 1, startedAt, leaseUntil: 5, jobsSettled: 0, jobsParked: 0 },
        segments: [{ done: false }, { done: true }],
      });
      // A table of its own: other tests read all tariffs.
      let store: Store;
      beforeAll(async () => {
        store = createStore(await createTable());
      });
      const ours = () => store.readPublications();
      const published: Tariff = {
        ...{ name: 'published', effectiveFrom: START, revision: 1, currency: 'EUR' },
        ...{ billableStatuses: ['RUNNING'], maxRunningMs: 1, maxSilenceMs: 1, prices: {} },
      };

      test('begin with their tariff or not at all', async () => {
        expect(await store.publishTariff(published, publication())).toBe(true);
        expect(await ours()).toEqual([publication()]);
        expect(await store.publishTariff({ ...published, name: 'other' }, publication(2))).toBe(false);
        expect(await ours()).toEqual([publication()]);
        expect(await store.beginPublication(publication(2))).toBe(false);
      });

      test('are in the log of actions with their tariff, or not at all', async () => {
        const log = () => Array.fromAsync(store.loggedActions('2026-11'));
        const action = (id: string): LoggedAction => ({
          ...{ id, at: Date.parse('2026-11-02T00:00:00Z'), by: { kind: 'iam', id: 'ana' } },
          ...{ action: 'tariff.published', target: id },
        });
        expect(await store.publishTariff(published, publication(), action('late'))).toBe(false);
        expect(await store.beginPublication(publication(2), action('late'))).toBe(false);
        expect(await log()).toEqual([]);
        const second = { ...published, revision: 2 };
        expect(await store.publishTariff(second, undefined, action('second'))).toBe(true);
        expect(await log()).toEqual([action('second')]);
      });

      test('are kept up to date until they are finished, and cannot come back by a late save', async () => {
        const further = {
          ...publication(),
          jobsSettled: 7,
          segments: [{ done: false, after: { pk: 'a', sk: 'b' } }],
        };
        expect(await store.savePublication(further)).toBe(true);
        expect(await ours()).toEqual([further]);
        await store.finishPublication(publication(2));
        expect(await ours()).toEqual([further]);
        await store.finishPublication(further);
        expect(await ours()).toEqual([]);
        expect(await store.savePublication(further)).toBe(false);
        expect(await ours()).toEqual([]);
      });

      test('can begin again once they are finished', async () => {
        expect(await store.beginPublication(publication(3))).toBe(true);
        expect(await store.savePublication(publication(1))).toBe(false);
        expect(await ours()).toEqual([publication(3)]);
        await store.finishPublication(publication(3));
      });
    });

    describe('charges', () => {
      const storedCharges = (projectId: string, jobId?: string) =>
        jobId === undefined
          ? allOf(store.chargePages({ projectId, usageMonth: '2026-10' }))
          : store.storedCharges(projectId, '2026-10', jobId);
      const jobCharges = async (projectId: string, jobId: string) =>
        (await storedCharges(projectId, jobId)).map(chargeOf);
      const knowing = (factsSeen: number, tariffsSeen: number) => ({ factsSeen, tariffsSeen });

      test.each(AMOUNTS)('keep the exact amount %s', async (amount) => {
        const stored = charge(`amount-${amount}`, START, amount);
        expect(await store.writeCharges([stored], knowing(2, 1))).toBe(true);
        expect(await jobCharges('proj-1', stored.jobId)).toEqual([stored]);
      });

      test('of every kind come back as they were written', async () => {
        const {
          flavor: _,
          unit: __,
          milliUnits: ___,
          statedBy: ____,
          labels: _____,
          tariff: ______,
          pricePerHour: _______,
          ...unrated
        } = charge('kinds', 0, 0n);
        const kinds: Charge[] = [
          { ...unrated, endedBy: { cause: 'limit' }, held: { from: START, cause: 'maxSilence' } },
          {
            kind: 'open',
            jobId: 'kinds',
            projectId: 'proj-1',
            usageMonth: '2026-10',
            start: START,
            resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 500, node: 1 } },
            statedBy: { source: 'gra', id: 'e-0', time: START - 1 },
            labels: { team: 'vision' },
            limit: { at: START + 7 * 86_400_000, cause: 'maxSilence' },
            longest: { at: START + 28 * 86_400_000, cause: 'maxRunning' },
            openedBy: { source: 'gra', id: 'e-1', time: START },
          },
          { kind: 'void', jobId: 'kinds', projectId: 'proj-1', usageMonth: '2026-10', start: START + 60_000 },
        ];
        for (const kind of kinds) await store.writeCharges([kind], knowing(1, 0));
        expect(await jobCharges('proj-1', 'kinds')).toEqual(kinds);
      });

      test('are not overwritten by a writer with lower versions', async () => {
        const first = charge('guarded', START, 1n);
        const second = charge('guarded', START, 2n);
        await store.writeCharges([first], knowing(3, 2));
        expect(await store.writeCharges([second], knowing(2, 3))).toBe(false);
        expect(await store.writeCharges([second], knowing(4, 1))).toBe(false);
        expect(await jobCharges('proj-1', 'guarded')).toEqual([first]);
        expect(await store.writeCharges([second], knowing(3, 2))).toBe(true);
        expect(await jobCharges('proj-1', 'guarded')).toEqual([second]);
      });

      test('are written together all, or none where a newer version of one is stored', async () => {
        const [mine, next] = [charge('together', START, 6n), charge('together', START + 60_000, 7n)];
        await store.writeCharges([mine], knowing(3, 2));
        expect(await store.writeCharges([next, { ...mine, amount: 1n } as FinalCharge], knowing(2, 2))).toBe(
          false,
        );
        expect(await jobCharges('proj-1', 'together')).toEqual([mine]);
        expect(await store.writeCharges([next, mine], knowing(4, 2))).toBe(true);
        expect(await storedCharges('proj-1', 'together')).toMatchObject([
          { ...mine, ...knowing(4, 2) },
          { ...next, ...knowing(4, 2) },
        ]);
        expect(await store.writeCharges([], knowing(1, 1))).toBe(true);
      });

      test('are written all over exactly what was read, or none', async () => {
        const [mine, next] = [charge('exact', START, 6n), charge('exact', START + 60_000, 7n)];
        expect(await store.writeCharges([mine], knowing(1, 1), [], [])).toBe(true);
        expect(await store.writeCharges([mine], knowing(2, 1), [], [])).toBe(false);
        const first = [{ ...mine, ...knowing(1, 1) }];
        expect(await store.writeCharges([mine, next], knowing(2, 1), [], first)).toBe(true);
        for (const versions of [knowing(2, 1), knowing(3, 1)])
          expect(await store.writeCharges([next, mine], versions, [], first)).toBe(false);
        const second = await storedCharges('proj-1', 'exact');
        expect(await store.writeCharges([next, mine], knowing(1, 1), [], second)).toBe(false);
        expect(await store.writeCharges([next, mine], knowing(2, 1), [], second)).toBe(true);
      });

      test('are read with their versions, of one job or of all', async () => {
        const [one, other] = ['one', 'other'].map(
          (jobId): FinalCharge => ({ ...charge(jobId, START, 1n), projectId: 'known' }),
        );
        await store.writeCharges([one as FinalCharge], knowing(3, 2));
        await store.writeCharges([other as FinalCharge], knowing(1, 1));
        const [first, second] = await storedCharges('known');
        expect(first).toMatchObject({ ...one, ...knowing(3, 2) });
        expect(second).toMatchObject({ ...other, ...knowing(1, 1) });
        expect(await storedCharges('known', 'other')).toEqual([second]);
      });

      test('take their identity from the key, never from attributes', async () => {
        const mine: FinalCharge = { ...charge('keyed', START, 1n), projectId: 'keyed' };
        await store.writeCharges([mine], knowing(1, 1));
        const [stored] = await storedCharges('keyed');
        const copy = {
          ...mine,
          ...knowing(1, 1),
          pk: 'PROJECT#keyed#2026-10',
          sk: 'CHARGE#copy#2026-10-02T00:00:00.000Z',
        };
        await table.put({ item: copy as unknown as Item });
        await table.put({ item: { ...copy, sk: 'CHARGE#copy#today' } as unknown as Item });
        const [copied, nobodys] = await storedCharges('keyed', 'copy');
        expect(copied && chargeOf(copied)).toEqual({
          ...mine,
          jobId: 'copy',
          start: at('2026-10-02T00:00:00Z'),
        });
        expect([stored, copied, nobodys].map((one) => one && store.isInPlace(one))).toEqual([
          true,
          true,
          false,
        ]);
        if (nobodys) await store.discardCharge(nobodys);
        expect(await storedCharges('keyed')).toHaveLength(2);
      });

      test('ahead of the log can be overruled, unless they were replaced meanwhile', async () => {
        const mine: FinalCharge = { ...charge('overruled', START, 1n), projectId: 'overruled' };
        const other: FinalCharge = { ...mine, minutes: 2 };
        await store.writeCharges([mine], knowing(99, 99));
        const [stored] = await storedCharges('overruled');
        if (!stored) throw new Error('the charge was written');
        await store.overruleCharge(stored, other, knowing(1, 1));
        const [now] = await storedCharges('overruled');
        expect(now).toMatchObject({ ...other, ...knowing(1, 1) });
        await store.overruleCharge(stored, mine, knowing(2, 2));
        expect(await storedCharges('overruled')).toEqual([now]);
      });

      test('of a month come by job and start, after a job where one is given', async () => {
        const inOrder = [
          charge('job-1', START, 1n),
          charge('job-1', START + 60_000, 1n),
          charge('job-1-a', START, 1n),
          charge('job-1.a', START, 1n),
          charge('job-10', START, 1n),
          charge('job-1a', START, 1n),
          charge('job-2', START, 1n),
        ].map((one): FinalCharge => ({ ...one, projectId: 'ordered' }));
        for (const one of inOrder.toReversed()) await store.writeCharges([one], knowing(1, 1));
        const charges = (after?: string) => Array.fromAsync(store.charges('ordered', '2026-10', after));
        expect(await charges()).toEqual(inOrder);
        expect(await charges('job-1')).toEqual(inOrder.slice(2));
        expect(await charges('job-10')).toEqual(inOrder.slice(5));
        expect(await charges('job-2')).toEqual([]);
        const pieces = async (...after: Parameters<typeof store.chargePages>[1][]) =>
          (await allOf(store.chargePages({ projectId: 'ordered', usageMonth: '2026-10' }, ...after))).map(
            ({ jobId }) => jobId,
          );
        expect(await pieces()).toEqual(inOrder.map(({ jobId }) => jobId));
        expect(await pieces({ jobId: 'job-1', start: new Date(START).toISOString() })).toEqual(
          inOrder.slice(1).map(({ jobId }) => jobId),
        );
        expect(await jobCharges('ordered', 'job-1')).toEqual(inOrder.slice(0, 2));
        expect(await Array.fromAsync(store.charges('ordered', '2026-11'))).toEqual([]);
      });

      test('are not mixed with the billed charges and the statement of the same month', async () => {
        const mine: FinalCharge = { ...charge('job-1', START, 1n), projectId: 'mixed' };
        await store.writeCharges([mine], knowing(1, 1));
        const mixed = { projectId: 'mixed', usageMonth: '2026-10' };
        await store.writeBilledCharges(mixed, 's-1', [billedRecord('s-1', toBilledCharge(mine))]);
        await store.commitStatement(statement('mixed', '2026-10', 's-1'), { version: 0, statements: [] });
        expect(await Array.fromAsync(store.charges('mixed', '2026-10'))).toEqual([mine]);
        expect(await allOf(store.billedChargePages(mixed, 's-1'))).toHaveLength(1);
      });
    });

    test('the time of the first usage is stored once', async () => {
      expect(await store.firstUsageSeenAt(1_000)).toBe(1_000);
      expect(await store.firstUsageSeenAt(2_000)).toBe(1_000);
      expect(await store.firstUsageSeenAt(500)).toBe(1_000);
    });

    describe('changed-month marks', () => {
      const marksOf = async (month: string) => {
        const shards = Array.from({ length: 16 }, (_, shard) => shard);
        const marks = await Promise.all(
          shards.map((shard) => Array.fromAsync(store.changedMonths(month, shard))),
        );
        return marks.flat();
      };

      test('are found by month of writing, each once however often it was put', async () => {
        const projects = Array.from({ length: 40 }, (_, i) => `marked-${i}`);
        for (const projectId of [...projects, ...projects])
          await store.markChanged('2026-10', { projectId, usageMonth: '2026-09' }, 1_900_000_000);
        const marks = await marksOf('2026-10');
        expect(marks).toHaveLength(40);
        expect(new Set(marks.map(({ projectId }) => projectId))).toEqual(new Set(projects));
        expect(await marksOf('2026-09')).toEqual([]);
      });

      test('of one project do not include those of a project whose id begins the same', async () => {
        for (const projectId of ['proj-1', 'proj-10', 'proj-1-a'])
          for (const usageMonth of ['2026-09', '2026-10'])
            await store.markChanged('2026-11', { projectId, usageMonth }, 1_900_000_000);
        const marks = await Array.fromAsync(store.changedMonthsOf('2026-11', 'proj-1'));
        expect(marks.map(({ projectId, usageMonth }) => [projectId, usageMonth])).toEqual([
          ['proj-1', '2026-09'],
          ['proj-1', '2026-10'],
        ]);
      });
    });

    describe('records of billed charges', () => {
      const first = toBilledCharge(charge('job-1', START, 2n ** 53n + 1n));
      const second = toBilledCharge(charge('job-1', START + 60_000, 5n));
      const other = toBilledCharge(charge('job-2', START, 7n));
      const october = (projectId: string) => ({ projectId, usageMonth: '2026-10' });

      test('come back with exact amounts, by statement and charge', async () => {
        const gone: BilledChargeRecord = {
          ...{ statementId: 's-2', jobId: 'job-2', usageMonth: '2026-10', start: START },
          replaces: other,
        };
        const ofFirst = [billedRecord('s-1', first), billedRecord('s-1', other)];
        const ofSecond = [billedRecord('s-2', second, first), gone];
        await store.writeBilledCharges(october('billed'), 's-2', ofSecond);
        await store.writeBilledCharges(october('billed'), 's-1', ofFirst);
        expect(await allOf(store.billedChargePages(october('billed'), 's-1'))).toEqual(ofFirst);
        expect(await allOf(store.billedChargePages(october('billed'), 's-2'))).toEqual(ofSecond);
        expect(await allOf(store.billedChargePages(october('billed'), 's'))).toEqual([]);
        await store.writeBilledCharges(october('none'), 's-1', []);
        expect(await allOf(store.billedChargePages(october('none'), 's-1'))).toEqual([]);
      });

      test('are in blocks of which none is too large, even with the longest ids and labels', async () => {
        const long = (seed: number, length: number) =>
          Array.from({ length }, (_, i) => String.fromCharCode(33 + ((seed * 31 + i * i * 7) % 94))).join('');
        const event = (seed: number) => ({ source: long(seed, 256), id: long(seed + 1, 256), time: START });
        const many = Array.from({ length: 1_200 }, (_, i) => {
          const large = {
            ...first,
            start: START + i * 60_000,
            openedBy: event(i),
            statedBy: event(i + 2),
            labels: Object.fromEntries(Array.from({ length: 8 }, (__, k) => [`key-${k}`, long(i + k, 120)])),
          };
          return billedRecord('s-1', large, { ...large, minutes: 1 });
        });
        await store.writeBilledCharges(october('many'), 's-1', many);
        expect(await allOf(store.billedChargePages(october('many'), 's-1'))).toEqual(many);
      });

      /** Jobs that begin like each other, each with some charges, in blocks that end anywhere. */
      const blocks = fc.array(
        fc.record({
          jobId: fc.constantFrom('job-1', 'job-1-a', 'job-1.a', 'job-10', 'job-1a', 'job-2', 'job:1'),
          minute: fc.nat({ max: 3 }),
          endsBlock: fc.boolean(),
        }),
        { maxLength: 12 },
      );

      test('are found from any charge on, and by job, however they are cut into blocks', async () => {
        let projects = 0;
        await fc.assert(
          fc.asyncProperty(blocks, async (given) => {
            const where = october(`cut-${++projects}`);
            const keyOf = (one: { jobId: string; start: number }) => keys.chargeTextOf(one);
            const unique = new Map(
              given.map(({ jobId, minute, endsBlock }) => {
                const start = START + minute * 60_000;
                const record = billedRecord('s-1', { ...first, jobId, start });
                return [keyOf(record), { record, endsBlock }];
              }),
            );
            const inOrder = [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
            let block: BilledChargeRecord[] = [];
            for (const { record, endsBlock } of inOrder) {
              block.push(record);
              if (!endsBlock) continue;
              await store.writeBilledCharges(where, 's-1', block);
              block = [];
            }
            await store.writeBilledCharges(where, 's-1', block);
            await store.writeBilledCharges(where, 's-10', [billedRecord('s-10', other)]);

            const records = inOrder.map(({ record }) => record);
            expect(await allOf(store.billedChargePages(where, 's-1'))).toEqual(records);
            for (const jobId of ['job-1', 'job-10', 'job-9'])
              expect(await store.jobBilledCharges(where, 's-1', jobId)).toEqual(
                records.filter((record) => record.jobId === jobId),
              );
            for (const start of [0, START, START + 60_000, START + 90_000]) {
              const after = { jobId: 'job-1a', start: new Date(start).toISOString() };
              expect(await allOf(store.billedChargePages(where, 's-1', after))).toEqual(
                records.filter((record) => keyOf(record) > keyOf({ jobId: 'job-1a', start })),
              );
            }
          }),
          { numRuns: 20 },
        );
      });
    });

    describe('a checkpoint of a statement', () => {
      const checkpointOf = (id: string): StatementCheckpoint => ({
        id,
        statementId: 's-1',
        projectId: 'handed-over',
        month: '2026-10',
        indexVersion: 3,
        leftAt: START,
        usageMonths: ['2026-09', '2026-10'],
        after: { jobId: 'job-1', start: '2026-09-01T00:00:00.000Z' },
        recordsRead: { 's-0': 1_300 },
        sums: {
          lines: [
            {
              key: { flavor: 'ai1-1-gpu', unit: 'gpu', usageMonth: '2026-09', pricePerHour: '1.93' },
              minutesBefore: 0,
              minutesAfter: 2 ** 53 - 1,
              milliUnitMinutesBefore: 7_500,
              milliUnitMinutesAfter: 14_001,
            },
          ],
          unrated: { count: 0, charges: [] },
          held: {
            count: 101,
            charges: [
              {
                ...{ jobId: 'job-2', usageMonth: '2026-09', start: START, minutes: 0 },
                held: { from: START, cause: 'forbidden step' },
              },
            ],
          },
          usageMonths: ['2026-09'],
          billedCounts: [1_200],
        },
      });

      test('is taken once, as it was saved', async () => {
        expect(await store.takeCheckpoint('handed-over', EXPIRES_AT)).toBeUndefined();
        await store.saveCheckpoint(checkpointOf('first'));
        expect(await store.takeCheckpoint('handed-over', EXPIRES_AT)).toEqual(checkpointOf('first'));
        expect(await store.takeCheckpoint('handed-over', EXPIRES_AT)).toBeUndefined();
      });

      test('has 20,000 sums, as they were saved', async () => {
        const checkpoint = checkpointOf('large');
        const [first] = checkpoint.sums.lines;
        if (!first) throw new Error('there is a sum');
        const lines = Array.from({ length: 20_000 }, (_, index) => ({
          ...{ ...first, key: { ...first.key, flavor: flavorOf(index) } },
          minutesBefore: index,
        }));
        const large = { ...checkpoint, sums: { ...checkpoint.sums, lines } };
        await store.saveCheckpoint(large);
        expect(await store.takeCheckpoint('handed-over', EXPIRES_AT)).toEqual(large);
      });

      test('is taken by only one of several closes', async () => {
        await store.saveCheckpoint(checkpointOf('second'));
        const taken = await Promise.all([1, 2, 3].map(() => store.takeCheckpoint('handed-over', EXPIRES_AT)));
        expect(taken.filter((one) => one !== undefined)).toEqual([checkpointOf('second')]);
      });

      test('is not taken again where a copy of it lands later', async () => {
        await store.saveCheckpoint(checkpointOf('copied'));
        expect(await store.takeCheckpoint('handed-over', EXPIRES_AT)).toEqual(checkpointOf('copied'));
        await store.saveCheckpoint(checkpointOf('copied'));
        expect(await store.takeCheckpoint('handed-over', EXPIRES_AT)).toBeUndefined();
        await store.saveCheckpoint(checkpointOf('after it'));
        expect(await store.takeCheckpoint('handed-over', EXPIRES_AT)).toEqual(checkpointOf('after it'));
        expect(await table.get({ pk: 'PROJECT#handed-over', sk: 'TAKEN#copied' })).toMatchObject({
          expiresAt: EXPIRES_AT,
        });
      });

      test('is not taken by a close that has read an earlier one', async () => {
        await store.saveCheckpoint(checkpointOf('third'));
        const late: Table = {
          ...table,
          async get(key) {
            const read = await table.get(key);
            await store.takeCheckpoint('handed-over', EXPIRES_AT);
            await store.saveCheckpoint(checkpointOf('fourth'));
            return read;
          },
        };
        expect(await createStore(late).takeCheckpoint('handed-over', EXPIRES_AT)).toBeUndefined();
        expect(await store.takeCheckpoint('handed-over', EXPIRES_AT)).toEqual(checkpointOf('fourth'));
      });
    });

    describe('the progress of a close', () => {
      const progress = (shard: number, version: number): ShardProgress => ({
        ...{
          shard,
          step: 'billing',
          count: 1,
          of: 2,
          statements: 1,
          leaseUntil: START,
          savedAt: START,
          version,
        },
        failures: [{ projectId: 'proj-1', error: 'Error: no' }],
      });
      const expiresAt = 2_000_000_000;

      test('is stored by shard', async () => {
        expect(await store.readShards('2031-01')).toEqual([]);
        await store.saveShard('2031-01', progress(10, 1), expiresAt);
        await store.saveShard('2031-01', progress(9, 1), expiresAt);
        await store.saveShard('2031-01', progress(9, 2), expiresAt);
        expect(await store.readShards('2031-01')).toEqual([progress(9, 2), progress(10, 1)]);
        expect(await store.readClosedMonths()).not.toContain('2031-01');
      });

      test('is claimed by one of several closes that read the same', async () => {
        expect(await store.claimShard('2031-02', undefined, progress(3, 1), expiresAt)).toBe(true);
        expect(await store.claimShard('2031-02', undefined, progress(3, 1), expiresAt)).toBe(false);
        expect(await store.claimShard('2031-02', progress(3, 1), progress(3, 2), expiresAt)).toBe(true);
        expect(await store.claimShard('2031-02', progress(3, 1), progress(3, 2), expiresAt)).toBe(false);
        expect(await store.readShards('2031-02')).toEqual([progress(3, 2)]);
      });
    });

    describe('statements', () => {
      test('and their index are absent for a project without any', async () => {
        expect(await store.readStatementIndex('nothing')).toEqual({ version: 0, statements: [] });
        expect(await store.readStatement('nothing', '2026-10')).toBeUndefined();
      });

      test('are committed with the index that names them, in order', async () => {
        const october = statement('committed', '2026-10', 's-1');
        const november = statement('committed', '2026-11', 's-2');
        expect(await store.commitStatement(october, await store.readStatementIndex('committed'))).toBe(true);
        expect(await store.commitStatement(november, await store.readStatementIndex('committed'))).toBe(true);
        expect(await store.readStatement('committed', '2026-10')).toEqual(october);
        expect(await store.readStatementIndex('committed')).toEqual({
          version: 2,
          statements: [october, november].map(({ month, statementId, currency, total, issuedAt }) => ({
            ...{ month, statementId, currency, total, issuedAt, billedCounts: [1] },
          })),
        });
      });

      test('are not committed on an index that changed meanwhile', async () => {
        const none = await store.readStatementIndex('raced');
        expect(await store.commitStatement(statement('raced', '2026-10', 's-1'), none)).toBe(true);
        expect(await store.commitStatement(statement('raced', '2026-11', 's-2'), none)).toBe(false);
        const one = await store.readStatementIndex('raced');
        expect(await store.commitStatement(statement('raced', '2026-11', 's-3'), one)).toBe(true);
        expect(await store.commitStatement(statement('raced', '2026-12', 's-4'), one)).toBe(false);
        expect(await store.readStatement('raced', '2026-12')).toBeUndefined();
        expect(
          (await store.readStatementIndex('raced')).statements.map((known) => known.statementId),
        ).toEqual(['s-1', 's-3']);
      });

      test('are frozen: a month is never committed twice', async () => {
        const first = statement('frozen', '2026-10', 's-1');
        await store.commitStatement(first, await store.readStatementIndex('frozen'));
        const again = statement('frozen', '2026-10', 's-2');
        expect(await store.commitStatement(again, await store.readStatementIndex('frozen'))).toBe(false);
        expect(await store.readStatement('frozen', '2026-10')).toEqual(first);
        expect((await store.readStatementIndex('frozen')).version).toBe(1);
      });

      test.each([100, 101, 1_499, 1_501, 20_000])(
        'have %i lines, given back as they were committed',
        async (lines) => {
          const projectId = `lines-${lines}`;
          const large = largeStatement(projectId, 's-1', lines);
          const index = await store.readStatementIndex(projectId);
          expect(await store.commitStatement(large, index)).toBe(true);
          expect(await store.readStatement(projectId, '2026-10')).toEqual(large);
          const beside = await allOf(table.query(`PROJECT#${projectId}#2026-10`, { prefix: 'LINES#' }));
          expect(beside.length).toBeGreaterThanOrEqual(lines === 100 ? 0 : lines === 20_000 ? 2 : 1);
          expect(beside.length > 0).toBe(lines > 100);
        },
      );

      test('with many lines are those of the attempt that was committed', async () => {
        const [lost, won] = [largeStatement('two', 's-1', 200), largeStatement('two', 's-2', 150)];
        const none = await store.readStatementIndex('two');
        expect(await store.commitStatement(won, none)).toBe(true);
        expect(await store.commitStatement(lost, none)).toBe(false);
        expect(await store.readStatement('two', '2026-10')).toEqual(won);
      });
    });

    describe('the comparison with the bill of the provider', () => {
      const read = (projectId: string, month = '2026-10') =>
        store.readReconciliation<Reconciliation>(projectId, month);

      test('is replaced by a later one of the same project and month', async () => {
        const october = reconciliation('2026-10', [['job-1', '0.31']]);
        const again = reconciliation('2026-10', [['job-1', '0.05']]);
        const november = reconciliation('2026-11', []);
        expect(await read('compared')).toBeUndefined();
        await store.saveReconciliation('compared', '2026-10', october);
        await store.saveReconciliation('compared', '2026-11', november);
        expect(await read('compared')).toEqual(october);
        await store.saveReconciliation('compared', '2026-10', again);
        expect(await read('compared')).toEqual(again);
        expect(await read('compared', '2026-11')).toEqual(november);
        expect(await read('compared-2')).toBeUndefined();
      });

      test('leaves out the least expensive jobs where it is larger than an item, never a sum', async () => {
        const jobs = Array.from({ length: 3_000 }, (_, index): [string, string] => [
          `${'東'.repeat(40)}${index}`,
          `${index % 2 ? '-' : ''}${index}.5`,
        ]);
        const report = reconciliation('2026-10', jobs);
        await store.saveReconciliation('large', '2026-10', report);
        const stored = await read('large');
        const costs = stored?.rows[0]?.jobs.map(({ amount }) => Math.abs(Number(amount))) ?? [];
        expect(costs.length).toBeGreaterThan(1_000);
        expect(costs.length).toBeLessThan(jobs.length);
        expect(Math.min(...costs)).toBe(3_000.5 - costs.length);
        expect(stored?.rows[0]?.jobCount).toBe(3_000);
        expect(stored?.total).toEqual(report.total);
      });

      test('is no part of the statements, of a checkpoint or of a scan', async () => {
        await store.saveReconciliation('only-compared', '2026-10', reconciliation('2026-10', []));
        expect(await store.readStatementIndex('only-compared')).toEqual({ version: 0, statements: [] });
        expect(await store.takeCheckpoint('only-compared', EXPIRES_AT)).toBeUndefined();
        for await (const { partition } of store.scanPartitions())
          expect(JSON.stringify(partition)).not.toContain('only-compared');
      });
    });

    test('a month is closed once and keeps its first time', async () => {
      await store.closeMonth('2026-10', 5);
      await store.closeMonth('2026-10', 6);
      await store.closeMonth('2026-09', 7);
      expect(await store.readClosedMonths()).toEqual(['2026-09', '2026-10']);
      expect(await store.readLastClosedMonth()).toBe('2026-10');
      const latest = [
        { month: '2026-10', closedAt: 5 },
        { month: '2026-09', closedAt: 7 },
      ];
      expect(await store.latestClosedMonths(5)).toEqual(latest);
      expect(await store.latestClosedMonths(1)).toEqual(latest.slice(0, 1));
    });

    test('the first use is read without being recorded', async () => {
      const store = createStore(await createTable());
      expect(await store.readFirstUsage()).toBeUndefined();
      await store.firstUsageSeenAt(7);
      expect(await store.readFirstUsage()).toBe(7);
    });

    test('the log of actions has those of a month of UTC, latest first', async () => {
      const action = (id: string, time: string): LoggedAction => ({
        ...{ id, at: at(time), by: { kind: 'local', id: 'ana' } },
        ...{ action: 'tariff.published', target: id },
      });
      const [first, second, third] = [
        action('a', '2026-10-31T23:59:59.999Z'),
        action('b', '2026-11-01T00:00:00Z'),
        action('c', '2026-11-01T00:00:00Z'),
      ] as const;
      for (const each of [second, first, third]) await store.logAction(each);
      // An entry stays as it was written first.
      await store.logAction({ ...first, target: 'changed' });
      const of = (...request: Parameters<Store['loggedActions']>) =>
        Array.fromAsync(store.loggedActions(...request));
      expect(await of('2026-10')).toEqual([first]);
      expect(await of('2026-11')).toEqual([third, second]);
      expect(await of('2026-11', third)).toEqual([second]);
      expect(await of('2026-12')).toEqual([]);
    });

    test('a parked job is listed once, and stays if it was parked again meanwhile', async () => {
      const before = { ...jobRef('job-1'), parkedAt: 1, error: 'Error: first' };
      const again = { ...jobRef('job-1'), parkedAt: 2, error: 'Error: second' };
      const parked = () => Array.fromAsync(store.parkedJobs());
      await store.parkJob(before);
      await store.parkJob(again);
      expect(await store.readParkedJob(jobRef('job-1'))).toEqual(again);
      expect(await store.readParkedJob(jobRef('job-2'))).toBeUndefined();
      await store.unparkJob(before);
      expect(await parked()).toEqual([again]);
      await store.unparkJob(again);
      expect(await parked()).toEqual([]);
      await store.unparkJob(again);
    });

    test('parked jobs of one id in two projects are two', async () => {
      const [ours, theirs] = ['proj-1', 'proj-2'].map((projectId) => ({
        ...{ ...jobRef('parked', projectId), parkedAt: 1, error: `Error: of ${projectId}` },
      })) as [ParkedJob, ParkedJob];
      await store.parkJob(ours);
      await store.parkJob(theirs);
      expect(await Array.fromAsync(store.parkedJobs())).toEqual([ours, theirs]);
      await store.unparkJob(ours);
      expect(await store.readParkedJob(jobRef('parked'))).toBeUndefined();
      expect(await store.readParkedJob(jobRef('parked', 'proj-2'))).toEqual(theirs);
      await store.unparkJob(theirs);
    });

    test('the progress of a poll is read by the project of the provider, and saved over the one that was read only', async () => {
      const first: Poll = {
        ...{ projectId: 'proj-1', firstPolledAt: 1, polledAt: 2, version: 1, lastSuccess: undefined },
        pass: { of: 'changes', since: undefined, begunAt: 1, page: 2, jobs: 9, reading: 1, latest: START },
      };
      expect(await store.savePoll('cloud-1', undefined, first)).toBe(true);
      expect(await store.savePoll('cloud-1', undefined, first)).toBe(false);
      expect(await store.savePoll('cloud-2', undefined, first)).toBe(true);
      const second: Poll = {
        ...{ projectId: 'proj-1', firstPolledAt: 1, polledAt: 3, version: 2 },
        ...{ cursor: START, lastSuccess: 3 },
      };
      expect(await store.savePoll('cloud-1', first, second)).toBe(true);
      expect(await store.savePoll('cloud-1', first, { ...second, cursor: 0 })).toBe(false);
      expect([...(await store.readPolls())]).toEqual([
        ['cloud-1', second],
        ['cloud-2', first],
      ]);
    });

    test('inquiries are of one month, and saved over the one that was read only', async () => {
      const begun: Inquiry = { begunAt: 1, asked: [], leaseUntil: 2, version: 1 };
      const after = { provider: 'cloud-2', jobId: 'job-1' };
      const later: Inquiry = { begunAt: 1, asked: ['cloud-1'], after, leaseUntil: 0, version: 2 };
      expect(await store.readInquiry('2026-10')).toBeUndefined();
      expect(await store.saveInquiry('2026-10', undefined, begun)).toBe(true);
      expect(await store.saveInquiry('2026-10', undefined, begun)).toBe(false);
      expect(await store.saveInquiry('2026-11', undefined, begun)).toBe(true);
      expect(await store.saveInquiry('2026-10', begun, later)).toBe(true);
      expect(await store.saveInquiry('2026-10', begun, later)).toBe(false);
      expect(await store.readInquiry('2026-10')).toEqual(later);
    });

    test('heads of snapshots are saved over the one that was read only, and found with their months', async () => {
      const of = { projectId: 'large', usageMonth: '2026-10' };
      const requested: Omit<SnapshotHead, 'version'> = { requestedAt: 1 };
      const counts = { charges: 3, jobs: 4, tariffsSeen: 5 };
      const usage = { id: 'u-1', parts: 6 };
      const snapshot = { id: 's-1', takenAt: 2, ...counts, statements: '2026-10 1', usage };
      expect(await store.readSnapshotHead(of)).toBeUndefined();
      expect(await store.saveSnapshotHead(of, undefined, requested, EXPIRES_AT)).toBe(true);
      expect(await store.saveSnapshotHead(of, undefined, requested, EXPIRES_AT)).toBe(false);
      const read = await store.readSnapshotHead(of);
      expect(read).toEqual({ requestedAt: 1, version: 1 });
      const taken = { requestedAt: 1, snapshot };
      expect(await store.saveSnapshotHead(of, read, taken, EXPIRES_AT)).toBe(true);
      expect(await store.saveSnapshotHead(of, read, requested, EXPIRES_AT)).toBe(false);
      const head = { requestedAt: 1, snapshot, version: 2 };
      expect(await Array.fromAsync(store.snapshotHeads())).toEqual([{ of, head }]);
    });

    test('a snapshot has the charges of its own id in their order, without ids that no read shows, and its usage', async () => {
      const of = { projectId: 'proj-1', usageMonth: '2026-10' };
      const ended = charge('job-a', START, 2n ** 60n);
      const { labels: _, statedBy: __, ...bare } = ended;
      const { tariff: ___, pricePerHour: ____, ...unrated } = { ...ended, jobId: 'job-b', amount: 0n };
      const open: Charge = {
        ...{ kind: 'open', jobId: 'job-c', projectId: 'proj-1', usageMonth: '2026-10', start: START },
        openedBy: ended.openedBy,
        limit: { at: START + 1, cause: 'maxSilence' },
        longest: { at: START + 2, cause: 'maxRunning' },
      };
      const gone: Charge = { kind: 'void', ...of, jobId: 'job-d', start: START };
      const others = [unrated, open, gone];
      expect(await store.writeSnapshotCharges(of, 's-1', 0, [ended, ...others], EXPIRES_AT)).toBe(1);
      expect(await store.writeSnapshotCharges(of, 's-1', 1, [{ ...bare, jobId: 'job-e' }], EXPIRES_AT)).toBe(
        2,
      );
      await store.writeSnapshotCharges(of, 's-2', 0, [gone], EXPIRES_AT);
      const withoutIds = {
        openedBy: { source: '', id: '', time: START },
        endedBy: { cause: 'fact', fact: { source: '', id: '', time: START + 60_000 } },
      };
      const labels = { labels: ended.labels };
      expect(await allOf(store.snapshotCharges(of, 's-1'))).toEqual([
        { ...bare, ...labels, ...withoutIds },
        ...others,
        { ...bare, jobId: 'job-e', ...withoutIds },
      ]);
      const added = { total: '1.00', lines: [] };
      const usage = await store.writeSnapshotUsage(of, 's-1', 'u-1', added, EXPIRES_AT);
      expect(usage).toEqual({ id: 'u-1', parts: 1 });
      expect(await store.readSnapshotUsage(of, { id: 's-1', usage })).toEqual(added);
      expect(await allOf(store.snapshotCharges(of, 's-1'))).toHaveLength(5);
    });

    test('the usage of a snapshot may be larger than an item, and expires whole', async () => {
      const of = { projectId: 'large-usage', usageMonth: '2026-10' };
      const random = (index: number) => createHash('sha512').update(`${index}`).digest('base64');
      const added = { running: { charges: Array.from({ length: 10_000 }, (_, index) => random(index)) } };
      const usage = await store.writeSnapshotUsage(of, 's-1', 'u-1', added, EXPIRES_AT);
      expect(usage).toEqual({ id: 'u-1', parts: 2 });
      expect(await store.readSnapshotUsage(of, { id: 's-1', usage })).toEqual(added);
      const written = await allOf(table.query(keys.snapshotPartition(of, 's-1')));
      expect(written).toEqual([
        expect.objectContaining({ expiresAt: EXPIRES_AT }),
        expect.objectContaining({ expiresAt: EXPIRES_AT }),
      ]);
    });

    test('a block of a snapshot that is too large for an item is written as several', async () => {
      const of = { projectId: 'wide', usageMonth: '2026-10' };
      const random = (text: string) => createHash('sha512').update(text).digest('hex');
      const many = Array.from({ length: 1_000 }, (_, index) => ({
        ...charge(`job-${String(index).padStart(4, '0')}`, START, 1n),
        ...{ projectId: 'wide', held: { from: START, cause: 'timeout' as const } },
        labels: Object.fromEntries([1, 2, 3, 4, 5, 6].map((key) => [`k-${key}`, random(`${index} ${key}`)])),
      }));
      expect(await store.writeSnapshotCharges(of, 's-1', 0, many, EXPIRES_AT)).toBe(2);
      expect(await allOf(store.snapshotCharges(of, 's-1'))).toEqual(many);
    });

    test('audits are read by the time they began, with their progress', async () => {
      const run = (id: string, jobs: number): AuditRun => ({
        id,
        startedAt: 5,
        held: 2,
        heals: true,
        segments: [{ done: true }, { done: false, after: { pk: 'a', sk: 'b' } }],
        heldJobs: [
          {
            ...{ projectId: 'proj-1', jobId: 'lost', since: '2026-11-01T00:00:00.000Z' },
            ...{ cause: 'timeout', atStakePerHour: '3.86' },
          },
        ],
        ...{ unrated: 0, unratedJobs: [] },
        ...{ jobs, usageMonths: 1, differences: 1, healed: 0 },
        findings: [{ kind: 'changed', cause: 'damaged', found: { minutes: 1 }, healed: false }],
      });
      const [first, second] = ['2026-11-01T00:00:00.000Z#a', '2026-11-02T00:00:00.000Z#a'] as const;
      await store.saveAudit(run(second, 1), 2_000_000_000);
      await store.saveAudit(run(first, 2), 2_000_000_000);
      await store.saveAudit(run(first, 3), 2_000_000_000);
      expect(await store.readAudits<AuditRun>(at('2026-11-01T00:00:00Z'))).toEqual([
        run(first, 3),
        run(second, 1),
      ]);
      expect(await store.readAudits<AuditRun>(at('2026-11-01T00:00:01Z'))).toEqual([run(second, 1)]);
      expect(await store.readAudits<AuditRun>(at('2026-11-03T00:00:00Z'))).toEqual([]);
      expect(await store.latestAudits<AuditRun>(5)).toEqual([run(second, 1), run(first, 3)]);
      expect(await store.latestAudits<AuditRun>(1)).toEqual([run(second, 1)]);
    });

    test('tariffs are published once a revision and read in order', async () => {
      const tariff = (effectiveFrom: string, revision: number, name = 'a'): Tariff => ({
        name,
        effectiveFrom: at(effectiveFrom),
        revision,
        currency: 'EUR',
        billableStatuses: ['PENDING', 'RUNNING'],
        maxRunningMs: 28 * 86_400_000,
        maxSilenceMs: 7 * 86_400_000,
        // A flavor may be named like anything an object has.
        prices: {
          'ai1-1-gpu': { unit: 'gpu', pricePerHour: '1.93' },
          'ai1-1-cpu': { unit: 'cpu', pricePerHour: '0.03' },
          constructor: { unit: 'node' as const, pricePerHour: '1' },
          toString: { unit: 'node' as const, pricePerHour: '2' },
        },
      });
      const inOrder = [
        tariff('2023-02-14T00:00:00Z', 1),
        tariff('2026-01-27T00:00:00Z', 2),
        tariff('2026-01-27T00:00:00Z', 10),
      ];
      for (const one of inOrder.toReversed()) expect(await store.publishTariff(one)).toBe(true);
      expect(await store.publishTariff(tariff('2026-01-27T00:00:00Z', 2, 'other'))).toBe(false);
      expect(await store.readTariffs()).toEqual(inOrder);
    });

    test('settings keep the values of their first use', async () => {
      const first = { timeZone: 'Europe/Paris', currency: 'EUR', since: '2026-10' };
      expect(await store.agreeOnSettings(first)).toEqual(first);
      expect(await store.agreeOnSettings({ timeZone: 'UTC', currency: 'USD', since: '2026-11' })).toEqual(
        first,
      );
    });
  });
};
