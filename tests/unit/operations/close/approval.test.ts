import { describe, expect, test } from 'vitest';
import { type CloseOptions, closeMonths } from '../../../../lib/operations/close/close-months.ts';
import { closeBacklog } from '../../../../lib/operations/close/open-months.ts';
import { readOperations } from '../../../../lib/operations/reads/operations/read-operations.ts';
import { type Decided, decide } from '../../../../lib/operations/statements/decide.ts';
import { type BillOptions, billProject } from '../../../../lib/operations/statements/issue-statement.ts';
import { previewStatement } from '../../../../lib/operations/statements/preview-statement.ts';
import { replayMonth } from '../../../../lib/operations/verify/replay.ts';
import type { Actor } from '../../../../lib/store/action-log.ts';
import { shardOf, usagePartition } from '../../../../lib/store/keys.ts';
import type { StatementDraft } from '../../../../lib/store/statement-drafts.ts';
import type { Key, Table } from '../../../../lib/store/table.ts';
import { createMonth, MONTH } from '../month-to-approve.ts';
import { readPapers, run, verifyPapers } from '../statement-story.ts';
import { isCommit, putsOf, wrapTable } from '../tables.ts';
import { createWorld, status, TWO_GPUS, type World } from '../world.ts';
import { slowTable } from './month-in-two-shards.ts';

const ANA: Actor = { kind: 'token', id: 'ana' };
const LATER = run('late', '2026-10-06T08:00:00Z', '2026-10-06T10:00:00Z');

const close = (world: World, options: CloseOptions = {}) =>
  world.close({ shared: true, issue: 'approve', ...options });

const draftOf = async (world: World, projectId = 'proj-1'): Promise<StatementDraft> => {
  const draft = await world.store.readDraft(projectId, MONTH);
  if (!draft) throw new Error('there is no draft');
  return draft;
};

const decided = async (world: World, decision: Partial<Decided> = {}, table?: Table) =>
  decide(await world.open(table), {
    projectId: 'proj-1',
    month: MONTH,
    decision: 'approve',
    by: ANA,
    ...decision,
  });

const approveBoth = async (world: World) => {
  for (const projectId of ['proj-1', 'proj-2']) await decided(world, { projectId });
};

const isIssued = async (world: World, projectId = 'proj-1') =>
  (await world.store.readStatement(projectId, MONTH)) !== undefined;

test('a close at once issues nothing of which another has made a draft since it began', async () => {
  const world = await createMonth();
  let isDrafted = false;
  const table = wrapTable(world.table, async ({ name, args: [pk] }, proceed) => {
    if (!isDrafted && name === 'query' && pk === usagePartition('proj-1', MONTH)) {
      isDrafted = true;
      await close(world);
      await decided(world, { decision: 'hold', reason: 'the price is wrong' });
    }
    return proceed();
  });
  const billed = async () => billProject(await world.open(table), 'proj-1', MONTH);
  expect(await billed()).toBe('held back');
  expect([isDrafted, await isIssued(world)]).toEqual([true, false]);
  await decided(world);
  expect(await billed()).toBe('issued');
  expect(await world.statement('proj-1', MONTH)).toHaveProperty('approvedBy');
});

describe('a close that needs approval', () => {
  test('makes a draft of what a preview shows, issues nothing and leaves the month open', async () => {
    const world = await createMonth();
    const { digest, total } = await previewStatement(await world.open(), 'proj-1', MONTH);
    expect(await close(world)).toEqual([{ month: MONTH, statements: 0, unfinished: true, drafts: 2 }]);
    expect(await draftOf(world)).toMatchObject({ state: 'waits', digest, total: '3.86', version: 1 });
    expect(total).toBe('3.86');
    expect([...(await world.items('STATEMENT')), ...(await world.items('BILLED#'))]).toEqual([]);
    expect(await world.store.readClosedMonths()).toEqual([]);
  });

  test('issues what was approved, says by whom and when, and ends the month with the last one', async () => {
    const world = await createMonth();
    await close(world);
    await decided(world, { digest: (await draftOf(world)).digest });
    const approvedAt = world.clock.now;
    world.clock.now += 60_000;
    await close(world);
    expect(await isIssued(world, 'proj-2')).toBe(false);
    const { approvedBy, digest } = await world.statement('proj-1', MONTH);
    expect(approvedBy).toEqual({ ...ANA, at: approvedAt });
    expect(await draftOf(world)).toMatchObject({ state: 'issued', digest });
    await decided(world, { projectId: 'proj-2' });
    expect(await close(world)).toEqual([{ month: MONTH, statements: 1 }]);
    expect(await world.store.readClosedMonths()).toEqual([MONTH]);
  });

  test('issues statements that verify and replay accept', async () => {
    const world = await createMonth();
    await close(world);
    await approveBoth(world);
    await close(world);
    const papers = await readPapers(world, 'proj-1', MONTH);
    expect(papers.statement.approvedBy).toEqual({ ...ANA, at: '2026-11-01T06:00:00.000Z' });
    expect(verifyPapers(papers).problems).toEqual([]);
    expect(await replayMonth(await world.open(), MONTH)).toMatchObject({ statements: 2, findings: [] });
  });

  test('renews the draft when facts arrive, takes the approval back and keeps who had approved', async () => {
    const world = await createMonth();
    await close(world);
    const first = await draftOf(world);
    await decided(world);
    await world.tell(...LATER);
    await close(world);
    const renewed = await draftOf(world);
    expect(await isIssued(world)).toBe(false);
    expect(renewed).toMatchObject({
      ...{ state: 'waits', total: '11.58' },
      before: { digest: first.digest, total: '3.86', decision: { by: ANA } },
    });
    expect(renewed.decision).toBeUndefined();
    await decided(world, { digest: renewed.digest });
    await close(world);
    expect((await world.statement('proj-1', MONTH)).total).toBe('11.58');
  });

  test('keeps who had approved in a draft that is renewed again before it is approved again', async () => {
    const world = await createMonth();
    await close(world);
    await decided(world);
    const { digest } = await draftOf(world);
    for (const job of ['late-1', 'late-2']) {
      await world.tell(...run(job, '2026-10-06T08:00:00Z', '2026-10-06T10:00:00Z'));
      world.clock.now += 5 * 60_000;
      await close(world);
      expect(await draftOf(world)).toMatchObject({
        state: 'waits',
        before: { digest, total: '3.86', decision: { by: ANA } },
      });
    }
  });

  test('takes an approval back for time without a price too, of which nothing is billed', async () => {
    const world = await createMonth();
    await close(world);
    await decided(world);
    const unpriced = { resources: { ...TWO_GPUS, flavor: 'not-in-the-tariff' } };
    await world.tell(...run('late', '2026-10-06T08:00:00Z', '2026-10-06T10:00:00Z', unpriced));
    world.clock.now += 5 * 60_000;
    await close(world);
    expect(await draftOf(world)).toMatchObject({ state: 'waits', total: '3.86' });
    expect(await isIssued(world)).toBe(false);
  });

  test('issues no draft that waits, though the stage issues at once by now', async () => {
    const world = await createMonth();
    await close(world);
    await world.close({ issue: 'at once' });
    expect(await draftOf(world)).toMatchObject({ state: 'waits' });
    expect(await isIssued(world)).toBe(false);
  });

  test('leaves a draft as it is while nothing changes', async () => {
    const world = await createMonth();
    await close(world);
    world.clock.now += 3_600_000;
    await close(world);
    expect(await draftOf(world)).toMatchObject({
      version: 1,
      preparedAt: Date.parse('2026-11-01T06:00:00Z'),
    });
  });

  test('leaves what is held back, though facts arrive, until it is approved', async () => {
    const world = await createMonth();
    await close(world);
    await decided(world, { decision: 'hold', reason: 'credit pending' });
    await world.tell(...LATER);
    world.clock.now += 3_600_000;
    await close(world);
    expect(await draftOf(world)).toMatchObject({ state: 'held back', total: '3.86' });
    await approveBoth(world);
    await close(world);
    // What was approved is not what is due by now.
    expect(await draftOf(world)).toMatchObject({ state: 'waits', total: '11.58' });
    expect(await isIssued(world, 'proj-2')).toBe(true);
  });

  test('withdraws the draft of a statement that has nothing to bill any more, and ends the month', async () => {
    const world = await createMonth();
    await close(world);
    await decided(world, { projectId: 'proj-2' });
    await world.tell(status('job-1', 'DONE', '2026-10-05T08:00:00Z', { id: 'never ran' }));
    expect(await close(world, { shared: false })).toEqual([{ month: MONTH, statements: 1 }]);
    expect(await draftOf(world)).toMatchObject({ state: 'withdrawn', total: '0.00' });
    await expect(decided(world)).rejects.toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  test('is what a close by hand does too where the month has drafts, or the month before had', async () => {
    const world = await createMonth();
    await close(world);
    expect(await world.close({ issue: 'at once' })).toMatchObject([{ statements: 0, drafts: 2 }]);
    await approveBoth(world);
    expect(await world.close()).toEqual([{ month: MONTH, statements: 2 }]);
    await world.tell(...run('next', '2026-11-05T08:00:00Z', '2026-11-05T09:00:00Z'));
    world.setClock('2026-12-01T06:00:00Z');
    expect(await world.close()).toMatchObject([{ month: '2026-11', statements: 0, drafts: 1 }]);
  });

  test('ends with the stage that issues at once again, from the first month without drafts on', async () => {
    const world = await createMonth();
    await close(world);
    await approveBoth(world);
    await close(world);
    await world.tell(...run('next', '2026-11-05T08:00:00Z', '2026-11-05T09:00:00Z'));
    world.setClock('2026-12-01T06:00:00Z');
    expect(await world.close({ issue: 'at once' })).toEqual([{ month: '2026-11', statements: 1 }]);
  });

  test('blocks no project by the draft of another, but the later months', async () => {
    const world = await createMonth();
    await close(world);
    world.setClock('2026-12-01T06:00:00Z');
    expect((await close(world)).map(({ month }) => month)).toEqual([MONTH]);
    await approveBoth(world);
    expect((await close(world)).map(({ month }) => month)).toEqual([MONTH, '2026-11']);
  });

  test('tries a shard with drafts again after five minutes, and at once after a decision', async () => {
    const world = await createMonth();
    await close(world);
    const prepared = (await draftOf(world)).version;
    await world.tell(...LATER);
    world.clock.now += 4 * 60_000;
    await close(world);
    expect((await draftOf(world)).version).toBe(prepared);
    world.clock.now += 60_000;
    await close(world);
    expect((await draftOf(world)).version).toBe(prepared + 1);
    await approveBoth(world);
    expect(await close(world)).toEqual([{ month: MONTH, statements: 2 }]);
  });

  test('a decision leaves the lease of a close that works on the shard', async () => {
    const world = await createMonth();
    await close(world);
    const shard = (await world.store.readShards(MONTH)).find(({ shard }) => shard === shardOf('proj-1'));
    if (!shard) throw new Error('the shard has no progress');
    const leaseUntil = world.clock.now + 60_000;
    const working = { ...shard, isPaused: false, leaseUntil, version: shard.version + 1 };
    await world.store.claimShard(MONTH, shard, working, 9_999_999_999);
    await decided(world);
    expect(await world.store.readShards(MONTH)).toContainEqual(expect.objectContaining({ leaseUntil }));
  });

  test('is overdue while a project fails beside drafts that wait', async () => {
    const world = await createMonth();
    await close(world);
    const [shard] = await world.store.readShards(MONTH);
    if (!shard) throw new Error('no shard has progress');
    const failures = [{ projectId: 'proj-1', error: 'a test' }];
    await world.store.claimShard(MONTH, shard, { ...shard, failures, version: 99 }, 9_999_999_999);
    expect(await closeBacklog(await world.open(), 0)).toEqual({ overdue: 1, drafts: 2 });
  });

  test('counts the drafts that wait, and is not overdue because of them', async () => {
    const world = await createMonth();
    const backlog = async () => closeBacklog(await world.open(), 0);
    expect(await backlog()).toEqual({ overdue: 1, drafts: 0 });
    await close(world);
    expect(await backlog()).toEqual({ overdue: 0, drafts: 2 });
    await decided(world, { decision: 'hold', reason: 'credit pending' });
    await decided(world, { projectId: 'proj-2' });
    await close(world);
    expect(await backlog()).toEqual({ overdue: 0, drafts: 1 });
    await decided(world);
    await close(world);
    expect(await backlog()).toEqual({ overdue: 0, drafts: 0 });
  });
});

test('a draft begins afresh where an attempt to issue the statement has left a checkpoint', async () => {
  const world = await createMonth();
  await world.tell(...LATER);
  const { digest } = await previewStatement(await world.open(), 'proj-1', MONTH);
  const bill = async (options: BillOptions) =>
    billProject(await world.open(slowTable(world)), 'proj-1', MONTH, { resumeSince: 0, ...options });
  expect(await bill({ deadline: world.clock.now + 1 })).toBe('checkpointed');
  expect(await bill({ issue: 'approve' })).toBe('waits');
  expect((await draftOf(world)).digest).toBe(digest);
});

describe('races with a close that issues what was approved', () => {
  /** A close on a table where something happens just before its first commit. */
  const closeDisturbed = async (world: World, disturb: () => Promise<unknown>) => {
    let isDisturbed = false;
    const table = wrapTable(world.table, async (call, proceed) => {
      if (isCommit(call) && !isDisturbed) {
        isDisturbed = true;
        await disturb();
      }
      return proceed();
    });
    return closeMonths(await world.open(table), { issue: 'approve', month: MONTH });
  };

  test('held back while the commit is in flight: it is not issued', async () => {
    const world = await createMonth();
    await close(world);
    await decided(world);
    await closeDisturbed(world, () => decided(world, { decision: 'hold', reason: 'wrong price' }));
    expect(await isIssued(world)).toBe(false);
    expect(await draftOf(world)).toMatchObject({ state: 'held back', decision: { reason: 'wrong price' } });
  });

  test('held back after the commit: refused, since a statement never changes', async () => {
    const world = await createMonth();
    await close(world);
    await approveBoth(world);
    await close(world);
    await expect(decided(world, { decision: 'hold', reason: 'wrong price' })).rejects.toThrow(
      'issued already',
    );
  });

  test('issued between the reads of a decision: refused', async () => {
    const world = await createMonth();
    await close(world);
    await approveBoth(world);
    let isClosed = false;
    const table = wrapTable(world.table, async ({ name, args: [key] }, proceed) => {
      const answer = await proceed();
      if (name === 'get' && /^(DRAFT|PROJECT)#/.test((key as Key).pk) && !isClosed) {
        isClosed = true;
        await close(world);
      }
      return answer;
    });
    const held = decided(world, { decision: 'hold', reason: 'wrong price' }, table);
    await expect(held).rejects.toThrow(expect.objectContaining({ code: 'conflict' }));
    expect([isClosed, (await draftOf(world)).state]).toEqual([true, 'issued']);
  });

  test('two closes at once issue it once', async () => {
    const world = await createMonth();
    await close(world);
    await approveBoth(world);
    await closeDisturbed(world, () => world.close({ issue: 'approve' }));
    expect(await world.items('STATEMENT')).toHaveLength(2);
    expect((await world.store.readStatementIndex('proj-1')).statements).toHaveLength(1);
  });

  test.each([
    ['index', ({ pk, sk }: Key) => pk === 'PROJECT#proj-1' && sk === 'HEAD'],
    ['draft', ({ pk }: Key) => pk === `DRAFT#${MONTH}`],
  ])('issued after its %s is read by another close: the draft stays issued', async (_, isRead) => {
    const world = await createMonth();
    await close(world);
    await approveBoth(world);
    let isDisturbed = false;
    const table = wrapTable(world.table, async ({ name, args }, proceed) => {
      const answer = await proceed();
      if (name === 'get' && isRead(args[0] as Key) && !isDisturbed) {
        isDisturbed = true;
        await billProject(await world.open(), 'proj-1', MONTH, { issue: 'approve' });
      }
      return answer;
    });
    await closeMonths(await world.open(table), { issue: 'approve', month: MONTH });
    expect(isDisturbed).toBe(true);
    expect(await draftOf(world)).toMatchObject({ state: 'issued' });
    expect(await world.store.readClosedMonths()).toEqual([MONTH]);
  });

  test('a draft saved in a month that another close has just ended is void', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    await world.tell(...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
    world.setClock('2026-11-01T06:00:00Z');
    let isDisturbed = false;
    const table = wrapTable(world.table, async (call, proceed) => {
      if (!isDisturbed && putsOf(call)[0]?.item.pk === `DRAFT#${MONTH}`) {
        isDisturbed = true;
        await world.tell(status('job-1', 'DONE', '2026-10-05T08:00:00Z', { id: 'never ran' }));
        await world.close({ issue: 'approve' });
      }
      return proceed();
    });
    await closeMonths(await world.open(table), { issue: 'approve', month: MONTH });
    expect(await world.store.readClosedMonths()).toEqual([MONTH]);
    expect(await draftOf(world)).toMatchObject({ state: 'waits' });
    await expect(decided(world)).rejects.toThrow(
      '2026-10 is closed, so the draft of proj-1 for 2026-10 is void',
    );
    const now = world.clock.now;
    const { drafts } = await readOperations(await world.open(), { closeAfterMs: 0, now });
    expect(drafts).toMatchObject({ count: 0, waiting: 0 });
  });

  test('facts that arrive after the approval renew the draft in the commit that would have issued it', async () => {
    const world = await createMonth();
    await close(world);
    await approveBoth(world);
    await world.tell(...LATER);
    await close(world);
    expect(await draftOf(world)).toMatchObject({ state: 'waits', total: '11.58' });
    expect(await isIssued(world, 'proj-2')).toBe(true);
  });
});

describe('a decision', () => {
  test('of a draft that has changed since it was read is a conflict with the digest it has now', async () => {
    const world = await createMonth();
    await close(world);
    const { digest } = await draftOf(world);
    await world.tell(...LATER);
    world.clock.now += 300_000;
    await close(world);
    const now = (await draftOf(world)).digest;
    await expect(decided(world, { digest })).rejects.toThrow(
      expect.objectContaining({ code: 'conflict', members: { digest: now } }),
    );
    expect(await draftOf(world)).toMatchObject({ state: 'waits' });
  });

  test('to hold needs a reason, and one without a draft is not found', async () => {
    const world = await createMonth();
    await expect(decided(world)).rejects.toThrow(expect.objectContaining({ code: 'not-found' }));
    await close(world);
    await expect(decided(world, { decision: 'hold' })).rejects.toThrow(
      expect.objectContaining({ code: 'invalid' }),
    );
  });

  test.each(['at once', 'approve'] as const)(
    'of a statement that is issued is a conflict that names it: issued %s',
    async (issue) => {
      const world = await createMonth();
      await close(world, { issue });
      if (issue === 'approve') await approveBoth(world);
      await close(world, { issue });
      const { statementId } = await world.statement('proj-1', MONTH);
      for (const decision of [{}, { decision: 'hold', reason: 'wrong price' }] as const)
        await expect(decided(world, decision)).rejects.toThrow(
          expect.objectContaining({ code: 'conflict', members: { statementId } }),
        );
    },
  );

  test('is in the log of actions with what was approved, once', async () => {
    const world = await createMonth();
    await close(world);
    const { digest } = await draftOf(world);
    await decided(world);
    await decided(world, { by: { kind: 'token', id: 'bo' } });
    await decided(world, { decision: 'hold', reason: 'credit pending', by: { kind: 'iam', id: 'arn:bo' } });
    const actions = await Array.fromAsync(world.store.loggedActions('2026-11'));
    expect(actions.map(({ by, action, detail }) => [by.id, action, detail]).sort()).toEqual([
      ['ana', 'statement.approved', `3.86 EUR, ${digest}`],
      ['arn:bo', 'statement.held-back', `3.86 EUR, ${digest}: credit pending`],
    ]);
    expect(actions.every(({ projectId, target }) => projectId === 'proj-1' && target === MONTH)).toBe(true);
  });

  test('to hold for another reason replaces the reason, and is in the log too', async () => {
    const world = await createMonth();
    await close(world);
    await decided(world, { decision: 'hold', reason: 'wrong price' });
    await decided(world, { decision: 'hold', reason: 'credit pending' });
    expect((await draftOf(world)).decision).toMatchObject({ reason: 'credit pending' });
    expect(await Array.fromAsync(world.store.loggedActions('2026-11'))).toHaveLength(2);
  });
});
