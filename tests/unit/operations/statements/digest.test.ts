import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Labels } from '../../../../lib/billing/facts.ts';
import { closeMonths } from '../../../../lib/operations/close/close-months.ts';
import {
  billedChargeView,
  billedRecordView,
  fromBilledChargeView,
} from '../../../../lib/operations/public-shapes.ts';
import { readStatement, readStatementCharges } from '../../../../lib/operations/reads/read-statements.ts';
import { canonicalRecord, createDigest, resumeDigest } from '../../../../lib/operations/statements/digest.ts';
import { parseStatementFiles } from '../../../../lib/operations/verify/statement-files.ts';
import type { BilledChargeRecord } from '../../../../lib/store/billed-charges.ts';
import { billedCharge } from '../../billing/builders.ts';
import { billedRecords } from '../billed-records.ts';
import { allPapers, anyStory, createStory, playStory, readPapers, run } from '../statement-story.ts';
import { Died, isCommit, wrapTable } from '../tables.ts';
import { createWorld, type World } from '../world.ts';

const digestOfLines = (lines: string) => `sha256:${createHash('sha256').update(lines).digest('hex')}`;

/** As anyone would compute it: RFC 8785 by a library, one a line. */
const digestOf = (charges: readonly object[]) =>
  digestOfLines(charges.map((charge) => `${canonicalize(charge)}\n`).join(''));

test('the digest is SHA-256 over lines, however many come at a time', () => {
  const digests = [[['{"a":1}', '{"b":2}']], [['{"a":1}'], [], ['{"b":2}']]].map((parts) => {
    const digest = createDigest();
    for (const lines of parts) digest.add(lines);
    return digest.result();
  });
  const expected = createHash('sha256').update('{"a":1}\n{"b":2}\n').digest('hex');
  expect(digests).toEqual([`sha256:${expected}`, `sha256:${expected}`]);
});

test('the digest is the same wherever it is handed over, and again from the beginning if it cannot be', async () => {
  const anyParts = fc.array(fc.array(fc.string({ unit: 'grapheme', maxLength: 90 }), { maxLength: 5 }));
  await fc.assert(
    fc.asyncProperty(anyParts, fc.array(fc.boolean()), async (parts, cuts) => {
      const whole = createDigest();
      let { digest } = await resumeDigest();
      for (const [index, lines] of parts.entries()) {
        whole.add(lines);
        digest.add(lines);
        if (cuts[index]) digest = (await resumeDigest(digest.save())).digest;
      }
      expect(digest.result()).toBe(whole.result());
    }),
  );
  for (const state of [Uint8Array.of(), new Uint8Array(116)]) {
    const { digest, isResumed } = await resumeDigest(state);
    digest.add(['a']);
    expect([isResumed, digest.result()]).toEqual([false, digestOfLines('a\n')]);
  }
});

/** JavaScript puts such keys first, by number. */
const hasIntegerKeys = (content: unknown): boolean => /"labels":\{[^}]*"\d+":/.test(JSON.stringify(content));

test('every billed charge is written in the canonical form of RFC 8785', async () => {
  const seen = new Set<string>();
  const look = async (world: World) => {
    for (const { page } of await allPapers(world))
      for (const charge of page.charges) {
        if (!hasIntegerKeys(charge)) expect(JSON.stringify(charge)).toBe(canonicalize(charge));
        for (const member of [charge, ...('replaces' in charge ? [charge.replaces] : [])].flatMap((told) =>
          Object.keys(told ?? {}),
        ))
          seen.add(member);
      }
  };
  await look(await createStory());
  await fc.assert(
    fc.asyncProperty(anyStory, async (story) => look(await playStory(story))),
    { numRuns: 60 },
  );
  expect([...seen].sort()).toEqual(
    [
      'jobId',
      'usageMonth',
      'start',
      'end',
      'flavor',
      'unit',
      'units',
      'unitMinutes',
      'minutes',
      'tariff',
      'pricePerHour',
      'statedBy',
      'labels',
    ]
      .concat(['amountTimes60', 'openedBy', 'endedBy', 'held', 'replaces'])
      .sort(),
  );
});

test('labels are in the canonical form by the order of RFC 8785, whatever their keys look like', () => {
  const anyLabels = fc.dictionary(
    fc.stringMatching(/^[0-9A-Za-z._/-]{1,3}$/),
    fc.string({ unit: 'grapheme' }),
    {
      maxKeys: 16,
    },
  );
  const recordOf = (labels: Labels, replaced: Labels): BilledChargeRecord => {
    const [billed, replaces] = [billedCharge({ labels }), billedCharge({ labels: replaced, minutes: 9 })];
    const { jobId, usageMonth, start } = billed;
    return { statementId: 's-1', jobId, usageMonth, start, billed, replaces };
  };
  fc.assert(
    fc.property(anyLabels, anyLabels, (labels, replaced) => {
      const record = recordOf(labels, replaced);
      expect(canonicalRecord(record)).toBe(canonicalize(billedRecordView(record)));
      expect(JSON.parse(canonicalRecord(record))).toMatchObject({ labels, replaces: { labels: replaced } });
    }),
  );
  const record = recordOf({ 2: 'two', 10: 'ten' }, { b: '', 10: 'ten', 9: 'nine' });
  expect(canonicalRecord(record)).toContain('"labels":{"10":"ten","2":"two"}');
  expect(canonicalRecord(record)).toContain('"labels":{"10":"ten","9":"nine","b":""}');
});

test('labels that only the replaced content has are in canonical form too', () => {
  const replaces = billedCharge({ labels: { 2: 'two', 10: 'ten' } });
  const { jobId, usageMonth, start } = replaces;
  for (const billed of [undefined, billedCharge()]) {
    const record = { statementId: 's-1', jobId, usageMonth, start, ...(billed && { billed }), replaces };
    expect(canonicalRecord(record)).toBe(canonicalize(billedRecordView(record)));
    expect(canonicalRecord(record)).toContain('"labels":{"10":"ten","2":"two"}');
  }
});

test('billed charges are hashed in the order in which they are read, whatever the names of the jobs', async () => {
  const anyId = fc.stringMatching(/^[ab0A:._-]{1,4}$/);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(anyId, { minLength: 1, maxLength: 12 }), async (jobIds) => {
      const world = await createWorld({ now: '2026-11-01T00:00:00Z' });
      await world.tell(
        ...jobIds.flatMap((jobId) => [
          ...run(jobId, '2026-10-06T08:00:00Z', '2026-10-06T09:00:00Z'),
          ...run(jobId, '2026-09-05T08:00:00Z', '2026-09-05T09:00:00Z'),
          ...run(jobId, '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
        ]),
      );
      await world.close();
      for (const { statement, page } of await allPapers(world))
        expect(digestOf(page.charges)).toBe(statement.digest);
    }),
    { numRuns: 40 },
  );
});

test('the pages of the charges have the digest of the statement', async () => {
  const context = await (await createStory()).open();
  const charges: object[] = [];
  let after: readonly string[] | undefined;
  do {
    const page = await readStatementCharges(context, 'proj-1', '2026-10', { limit: 2, after });
    charges.push(...page.charges);
    after = page.next;
  } while (after);
  expect(charges.length).toBeGreaterThan(2);
  expect(digestOf(charges)).toBe((await readStatement(context, 'proj-1', '2026-10')).digest);
});

test('billed charges of an attempt that never committed are not in the digest', async () => {
  const world = await createWorld();
  await world.tell(...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
  world.setClock('2026-11-01T02:00:00Z');
  const dying = wrapTable(world.table, (call, run) => (isCommit(call) ? Promise.reject(new Died()) : run()));
  await expect(closeMonths(await world.open(dying))).rejects.toThrow();
  await world.close();
  expect(await billedRecords(world.table)).toHaveLength(2);
  const { statement, page } = await readPapers(world, 'proj-1', '2026-10');
  expect(page.charges).toHaveLength(1);
  expect(digestOf(page.charges)).toBe(statement.digest);
});

test('a billed charge that is shown and read back is the same', async () => {
  await fc.assert(
    fc.asyncProperty(anyStory, async (story) => {
      const world = await playStory(story);
      for (const { billed: content, replaces } of await billedRecords(world.table))
        for (const billed of [content, replaces] as { amount: string }[])
          if (billed) {
            const exact = { ...billed, amount: BigInt(billed.amount) };
            const whole = exact as unknown as Parameters<typeof billedChargeView>[0];
            expect(fromBilledChargeView(billedChargeView(whole))).toEqual(whole);
          }
    }),
    { numRuns: 60 },
  );
});

test('what the interface shows is what files are read as, to the last member', async () => {
  for (const { statement, page } of await allPapers(await createStory())) {
    const content = JSON.stringify({ statement, charges: page.charges });
    const presented = parseStatementFiles([{ name: 'both.json', content }]);
    expect(presented.statement).toEqual(statement);
    expect(presented.charges).toEqual(page.charges);
  }
});

describe('the canonical form of any billed charge is that of RFC 8785', () => {
  /** Ids as they may be sent, and texts that JSON escapes. */
  const anyText = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('"', '\\', '\n', ''),
  );
  const anyTime = fc.integer({ min: Date.UTC(2000), max: Date.UTC(2100) });
  const anyEvidence = fc.record({ source: anyText, id: anyText, time: anyTime });
  const anyBilled = fc.record(
    {
      ...{ jobId: anyText, usageMonth: anyText, start: anyTime, end: anyTime },
      minutes: fc.nat(),
      amount: fc.bigInt({ min: 0n, max: 10n ** 30n }),
      openedBy: anyEvidence,
      endedBy: fc.oneof(
        fc.record({ cause: fc.constant('fact' as const), fact: anyEvidence }),
        fc.record({ cause: fc.constantFrom('month end', 'price change', 'resources change', 'limit') }),
      ),
      ...{ flavor: anyText, statedBy: anyEvidence, tariff: anyText, pricePerHour: anyText },
      unit: fc.constantFrom('gpu', 'cpu', 'node'),
      milliUnits: fc.nat(),
      held: fc.record({ from: anyTime, cause: fc.constantFrom('maxRunning', 'forbidden step') }),
      labels: fc.dictionary(anyText, anyText, { maxKeys: 4 }),
    },
    {
      requiredKeys: ['jobId', 'usageMonth', 'start', 'end', 'minutes', 'amount', 'openedBy', 'endedBy'],
    },
  );

  test.each([
    ['billed first', { requiredKeys: ['billed'] }],
    ['billed again or no longer', { requiredKeys: ['replaces'] }],
  ] as const)('%s', (_, options) => {
    fc.assert(
      fc.property(
        fc.record({ billed: anyBilled, replaces: anyBilled }, options as object),
        anyText,
        anyTime,
        (content, jobId, start) => {
          const usageMonth = '2026-10';
          const record = { statementId: 's-1', jobId, usageMonth, start, ...content } as BilledChargeRecord;
          expect(canonicalRecord(record)).toBe(canonicalize(billedRecordView(record)));
        },
      ),
      { numRuns: 500 },
    );
  });
});
