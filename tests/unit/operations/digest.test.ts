import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closeMonths } from '../../../lib/operations/close.ts';
import { createDigest } from '../../../lib/operations/digest.ts';
import { readStatement, readStatementCharges } from '../../../lib/operations/read-statements.ts';
import { parseStatementFiles } from '../../../lib/operations/statement-files.ts';
import { fromPositionView, positionView } from '../../../lib/operations/views.ts';
import { allPapers, anyStory, createStory, playStory, readPapers, run } from './statement-story.ts';
import { Died, wrapTable } from './tables.ts';
import { createWorld } from './world.ts';

const digestOf = (positions: readonly object[]) => {
  const digest = createDigest();
  for (const position of positions) digest.add(position);
  return digest.result();
};

test('the digest is SHA-256 over the canonical positions, one a line', () => {
  const lines = '{"a":"é","b":[1,0.5]}\n{"jobId":"b"}\n';
  const expected = createHash('sha256').update(lines).digest('hex');
  expect(digestOf([{ b: [1, 5e-1], a: 'é' }, { jobId: 'b' }])).toBe(`sha256:${expected}`);
  expect(digestOf([{ jobId: 'b' }, { b: [1, 0.5], a: 'é' }])).not.toBe(`sha256:${expected}`);
});

test('positions are hashed in the order in which they are read, whatever the jobs are called', async () => {
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
  const ledger = await (await createStory()).open();
  const digest = createDigest();
  let after: readonly string[] | undefined;
  do {
    const page = await readStatementCharges(ledger, 'proj-1', '2026-10', { limit: 2, after });
    for (const charge of page.charges) digest.add(charge);
    after = page.next;
  } while (after);
  expect(digest.result()).toBe((await readStatement(ledger, 'proj-1', '2026-10')).digest);
});

test('stamps of an attempt that never committed are not in the digest', async () => {
  const world = await createWorld();
  await world.tell(...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
  world.setClock('2026-11-01T02:00:00Z');
  const dying = wrapTable(world.table, ({ name }, call) =>
    name === 'putTogether' ? Promise.reject(new Died()) : call(),
  );
  await expect(closeMonths(await world.open(dying))).rejects.toThrow();
  await world.close();
  expect(await world.items('BILLED#')).toHaveLength(2);
  const { statement, page } = await readPapers(world, 'proj-1', '2026-10');
  expect(page.charges).toHaveLength(1);
  expect(digestOf(page.charges)).toBe(statement.digest);
});

test('a position that is shown and read back is the same position', async () => {
  await fc.assert(
    fc.asyncProperty(anyStory, async (story) => {
      const world = await playStory(story);
      for (const { projectId, usageMonth, ...stamp } of await world.items('BILLED#'))
        for (const position of [stamp.position, stamp.replaces])
          if (position) {
            const whole = position as unknown as Parameters<typeof positionView>[0];
            expect(fromPositionView(positionView(whole))).toEqual(whole);
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
