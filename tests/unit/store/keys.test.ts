import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as keys from '../../../lib/store/keys.ts';
import type { Key } from '../../../lib/store/table.ts';

const anyId = fc.stringMatching(/^[A-Za-z0-9._:-]{1,128}$/);
/** Ids that are apt to be taken for one another. */
const anyCloseId = fc.oneof(fc.stringMatching(/^[a1.:_-]{1,4}$/), anyId);
const anyCloseJob = fc.record({ projectId: anyCloseId, jobId: anyCloseId });
const anyMonth = fc.constantFrom('2026-09', '2026-10', '2026-11');
const anyTime = fc.integer({
  min: Date.parse('2025-01-01T00:00:00Z'),
  max: Date.parse('2030-01-01T00:00:00Z'),
});
const anyName = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 256 });

/** Any key of any item, with what it was made of. */
const anyKey: fc.Arbitrary<{ readonly of: readonly unknown[]; readonly key: Key }> = fc.oneof(
  fc.tuple(anyCloseJob, anyName, anyName).map(([job, source, id]) => ({
    of: ['event', job, source, id],
    key: keys.eventKey(job, { source, id }),
  })),
  fc
    .tuple(anyCloseJob, anyMonth)
    .map(([job, month]) => ({ of: ['cutoff', job, month], key: keys.cutoffKey(job, month) })),
  fc.tuple(anyCloseId, anyMonth, anyCloseId, anyTime).map(([projectId, usageMonth, jobId, start]) => ({
    of: ['charge', projectId, usageMonth, jobId, start],
    key: keys.chargeKey({ projectId, usageMonth, jobId, start }),
  })),
  fc
    .tuple(anyCloseId, anyMonth, anyCloseId, anyTime, fc.uuid())
    .map(([projectId, usageMonth, jobId, start, statementId]) => ({
      of: ['block', projectId, usageMonth, jobId, start, statementId],
      key: keys.billedBlockKey({ projectId, usageMonth }, statementId, { jobId, start }),
    })),
  fc.tuple(anyCloseId, anyMonth).map(([projectId, month]) => ({
    of: ['statement', projectId, month],
    key: keys.statementKey(projectId, month),
  })),
  fc.tuple(anyCloseId, anyMonth, fc.uuid()).map(([projectId, month, statementId]) => ({
    of: ['lines', projectId, month, statementId],
    key: keys.statementLinesKey({ projectId, month, statementId }),
  })),
  fc.tuple(anyCloseId, fc.uuid(), anyMonth, anyCloseId).map(([projectId, ...checkpoint]) => ({
    of: ['sums', projectId, checkpoint],
    key: keys.checkpointSumsKey(projectId, checkpoint.join(' ')),
  })),
  fc.tuple(anyCloseId, anyMonth).map(([projectId, month]) => ({
    of: ['draft', projectId, month],
    key: keys.draftKey(projectId, month),
  })),
  fc.tuple(anyCloseId, anyMonth, fc.uuid()).map(([projectId, month, hash]) => ({
    of: ['draft content', projectId, month, hash],
    key: keys.draftContentKey(projectId, month, hash),
  })),
  anyCloseId.map((projectId) => ({ of: ['head', projectId], key: keys.statementIndexKey(projectId) })),
  fc.tuple(anyMonth, anyCloseId, anyMonth).map(([month, projectId, usageMonth]) => ({
    of: ['due', month, projectId, usageMonth],
    key: keys.changedMonthKey(month, projectId, usageMonth),
  })),
  anyMonth.map((month) => ({ of: ['closed', month], key: keys.closedMonthKey(month) })),
  anyCloseJob.map((job) => ({ of: ['parked', job], key: keys.parkedKey(job) })),
  fc.tuple(anyTime, fc.integer({ min: 1, max: 99_999 })).map(([from, revision]) => ({
    of: ['tariff', from, revision],
    key: keys.tariffKey(from, revision),
  })),
  fc.constant({ of: ['settings'], key: keys.SETTINGS_KEY }),
);

const JOB = { projectId: 'proj-1', jobId: 'job-1' };

const textOf = (value: unknown) => JSON.stringify(value);

describe('keys of the table', () => {
  test('two things never share a key, whatever their ids are', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        expect(textOf(a.key) === textOf(b.key)).toBe(textOf(a.of) === textOf(b.of));
      }),
      { numRuns: 2_000 },
    );
  });

  test('no key passes the size limits of the table: 2,048 bytes of partition key, 1,024 of sort key', () => {
    fc.assert(
      fc.property(anyKey, ({ key }) => {
        expect(Buffer.byteLength(key.pk)).toBeLessThanOrEqual(2_048);
        expect(Buffer.byteLength(key.sk)).toBeLessThanOrEqual(1_024);
        expect(key.pk).not.toBe('');
        expect(key.sk).not.toBe('');
      }),
    );
    const longest = 'x'.repeat(128);
    const usage = { projectId: longest, usageMonth: '2026-10' };
    const block = keys.billedBlockKey(usage, crypto.randomUUID(), { jobId: longest, start: 0 });
    expect(block.sk.length).toBeLessThan(1_024);
  });

  test('source and id of an event cannot be shifted into one another', () => {
    const key = (source: string, id: string) => keys.eventKey(JOB, { source, id }).sk;
    expect(key('a', 'b')).toBe(key('a', 'b'));
    expect(key('ab', 'c')).not.toBe(key('a', 'bc'));
    expect(key('a"', ',"b')).not.toBe(key('a', '","b'));
    expect(key('a#b', 'c')).not.toBe(key('a', 'b#c'));
    expect(key('a', 'b')).not.toBe(key('b', 'a'));
  });

  test('a job is read back from its partition, whatever its ids are, and a usage month from its own', () => {
    fc.assert(
      fc.property(anyCloseJob, anyMonth, (job, usageMonth) => {
        const { projectId } = job;
        expect(keys.partitionOf(keys.jobPartition(job))).toEqual({ kind: 'job', job });
        expect(keys.partitionOf(keys.usagePartition(projectId, usageMonth))).toEqual({
          kind: 'usage',
          projectMonth: { projectId, usageMonth },
        });
      }),
      { numRuns: 1_000 },
    );
  });

  test('no id moves from the project into the job', () => {
    const key = (projectId: string, jobId: string) => keys.jobPartition({ projectId, jobId });
    expect(key('a', 'b:c')).not.toBe(key('a:b', 'c'));
    expect(key('a', 'a')).toBe('JOB#a#a');
  });

  test.each(['JOB#', 'JOB#proj-1', 'JOB#proj-1#', 'JOB##job-1', 'PROJECT#proj-1', 'PARKED', 'CLOSE#FIRST'])(
    '%s is the partition of no job and no usage month',
    (partition) => {
      expect(keys.partitionOf(partition)).toBeUndefined();
    },
  );

  test('the charges of job-1 do not begin like those of job-10', () => {
    const charge = keys.chargeKey({ projectId: 'p', usageMonth: '2026-10', jobId: 'job-10', start: 0 });
    expect(charge.sk.startsWith(keys.jobCharges('job-10'))).toBe(true);
    expect(charge.sk.startsWith(keys.jobCharges('job-1'))).toBe(false);
  });

  test('charges, and the blocks of a statement, sort by job and start', () => {
    const anyPiece = fc.record({ jobId: anyCloseId, start: anyTime });
    fc.assert(
      fc.property(anyPiece, anyPiece, fc.uuid(), (a, b, statementId) => {
        fc.pre(textOf(a) !== textOf(b));
        const usage = { projectId: 'p', usageMonth: '2026-10' };
        const chargesInOrder = keys.chargeKey({ ...usage, ...a }).sk < keys.chargeKey({ ...usage, ...b }).sk;
        const blocksInOrder =
          keys.billedBlockKey(usage, statementId, a).sk < keys.billedBlockKey(usage, statementId, b).sk;
        const inOrder = a.jobId === b.jobId ? a.start < b.start : a.jobId < b.jobId;
        expect([chargesInOrder, blocksInOrder]).toEqual([inOrder, inOrder]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('the identity of a charge is read back from its key', () => {
    fc.assert(
      fc.property(anyId, anyTime, (jobId, start) => {
        const piece = { projectId: 'p', usageMonth: '2026-10', jobId, start };
        expect(keys.chargeRefOf(keys.chargeKey(piece).sk)).toEqual({ jobId, start });
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    'CHARGE#job-1',
    'CHARGE#job-1#',
    'CHARGE#job-1#today',
    'CHARGE#job-1#2026-10-31',
    'CHARGE#job-1#2026-10-31T08:00:00Z',
    'CHARGE#job-1#2026-10-31T08:00:00.123+01:00',
    'CHARGE#job-1#2026-10-31T08:00:00.123Z0',
    'CHARGE#job-1#2026-10-3lT08:00:00.123Z',
    'CHARGE#job-1# 2026-10-31T08:00:00.123Z',
    'CHARGE#job-1#2026-13-01T08:00:00.123Z',
    'CHARGE#job-1#2026-00-01T08:00:00.123Z',
    'CHARGE#job-1#2026-10-00T08:00:00.123Z',
    'CHARGE#job-1#2026-10-32T08:00:00.123Z',
    'CHARGE#job-1#2026-09-31T08:00:00.123Z',
    'CHARGE#job-1#2026-02-29T08:00:00.123Z',
    'CHARGE#job-1#2026-10-31T24:00:00.000Z',
    'CHARGE#job-1#2026-10-31T23:60:00.000Z',
    'CHARGE#job-1#2026-10-31T23:59:60.000Z',
    'CHARGE#job-1#0026-10-31T08:00:00.000Z',
  ])('%s is the key of no charge', (sk) => {
    expect(keys.chargeRefOf(sk)).toEqual({ jobId: 'job-1', start: Number.NaN });
  });

  test('tariffs sort by the instant they start and then by revision, as numbers', () => {
    const sk = (from: string, revision: number) => keys.tariffKey(Date.parse(from), revision).sk;
    const inOrder = [
      sk('2023-02-14T00:00:00Z', 1),
      sk('2026-01-27T00:00:00Z', 2),
      sk('2026-01-27T00:00:00Z', 10),
      sk('2026-01-27T00:00:00.001Z', 1),
    ];
    expect(inOrder.toSorted()).toEqual(inOrder);
  });

  test('the marks of a project and month are in one shard, and projects are spread over all of them', () => {
    expect(keys.changedMonthKey('2026-10', 'proj-1', '2026-09').pk).toBe(
      keys.changedMonthPartition('2026-10', keys.shardOf('proj-1')),
    );
    const shards = Array.from({ length: 1_000 }, (_, i) => keys.shardOf(`proj-${i}`));
    expect([...new Set(shards)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: keys.SHARD_COUNT }, (_, shard) => shard),
    );
  });

  test('the spellings of stored keys do not change', () => {
    const start = Date.parse('2026-10-31T08:00:00.123Z');
    const piece = { projectId: 'proj-1', usageMonth: '2026-10', jobId: 'job-1', start };
    expect({
      event: keys.eventKey(JOB, { source: 'https://gra.training.example', id: '8c1f-4' }),
      cut: keys.cutoffKey(JOB, '2026-11'),
      charge: keys.chargeKey(piece),
      block: keys.billedBlockKey(piece, 's-1', piece),
      statement: keys.statementKey('proj-1', '2026-10'),
      head: keys.statementIndexKey('proj-1'),
      reconciliation: keys.reconciliationKey('proj-1', '2026-10'),
      due: keys.changedMonthKey('2026-11', 'proj-1', '2026-10'),
      closed: keys.closedMonthKey('2026-10'),
      parked: keys.parkedKey(JOB),
      tariff: keys.tariffKey(start, 2),
      settings: keys.SETTINGS_KEY,
      snapshotHead: keys.snapshotHeadKey(piece),
      snapshotBlock: keys.snapshotBlockKey(piece, 's-1', 12),
      snapshotUsage: keys.snapshotUsageKey(piece, 's-1', 'u-1'),
    }).toMatchInlineSnapshot(`
      {
        "block": {
          "pk": "PROJECT#proj-1#2026-10",
          "sk": "BILLED#s-1#job-1#2026-10-31T08:00:00.123Z",
        },
        "charge": {
          "pk": "PROJECT#proj-1#2026-10",
          "sk": "CHARGE#job-1#2026-10-31T08:00:00.123Z",
        },
        "closed": {
          "pk": "CLOSE",
          "sk": "2026-10",
        },
        "cut": {
          "pk": "JOB#proj-1#job-1",
          "sk": "CUT#2026-11",
        },
        "due": {
          "pk": "DUE#2026-11#8",
          "sk": "proj-1#2026-10",
        },
        "event": {
          "pk": "JOB#proj-1#job-1",
          "sk": "EVENT#794f1111f9f4cf4dc922ef3401f98c4ce3e803011437a7a52227a06030f8381b",
        },
        "head": {
          "pk": "PROJECT#proj-1",
          "sk": "HEAD",
        },
        "parked": {
          "pk": "PARKED",
          "sk": "proj-1#job-1",
        },
        "reconciliation": {
          "pk": "PROJECT#proj-1",
          "sk": "RECONCILIATION#2026-10",
        },
        "settings": {
          "pk": "SETTINGS",
          "sk": "SETTINGS",
        },
        "snapshotBlock": {
          "pk": "SNAPSHOT#proj-1#2026-10#s-1",
          "sk": "CHARGES#000012",
        },
        "snapshotHead": {
          "pk": "SNAPSHOT",
          "sk": "proj-1#2026-10",
        },
        "snapshotUsage": {
          "pk": "SNAPSHOT#proj-1#2026-10#s-1",
          "sk": "USAGE#u-1",
        },
        "statement": {
          "pk": "PROJECT#proj-1#2026-10",
          "sk": "STATEMENT",
        },
        "tariff": {
          "pk": "TARIFF",
          "sk": "2026-10-31T08:00:00.123Z#000002",
        },
      }
    `);
  });
});
