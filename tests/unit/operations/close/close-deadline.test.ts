import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { audit } from '../../../../lib/operations/audit/audit.ts';
import { closeMonths } from '../../../../lib/operations/close/close-months.ts';
import { replayMonth } from '../../../../lib/operations/verify/replay.ts';
import { SHARD_COUNT, shardOf } from '../../../../lib/store/keys.ts';
import type { Item, Put } from '../../../../lib/store/table.ts';
import { billedRecords } from '../billed-records.ts';
import { wrapTable } from '../tables.ts';
import { createWorld, inShort, status, TWO_CPUS, type World } from '../world.ts';
import { BILLED, billed, closeFor, createMonthInTwoShards, JOBS, slowTable } from './month-in-two-shards.ts';

describe('a close that meets its deadline', () => {
  test.each([1, 2, 3, 5, 8, 13])(
    'after %i seconds, again and again, issues the same statements in the end',
    async (seconds) => {
      const world = await createMonthInTwoShards();
      let closes = 0;
      for (let unfinished = true; unfinished; closes += 1) {
        expect(closes).toBeLessThan(60);
        const [closed] = await closeFor(world, seconds);
        unfinished = closed?.unfinished ?? false;
        expect((await world.store.readClosedMonths()).includes('2026-10')).toBe(!unfinished);
      }
      expect(closes).toBeGreaterThan(1);
      expect(await billed(world)).toEqual([BILLED, BILLED]);
      expect(await world.items('DRAFT')).toEqual([]);
      expect((await replayMonth(await world.open(), '2026-10')).findings).toEqual([]);
      expect((await audit(await world.open())).findings).toEqual([]);
    },
  );

  test('resumes under the same statement id, and writes no billed charge twice', async () => {
    const world = await createMonthInTwoShards();
    for (let most = 60; (await closeFor(world, 3))[0]?.unfinished; most -= 1) expect(most).toBeGreaterThan(0);
    const records = (await billedRecords(world.table, 'PROJECT#proj-1#')).filter(
      ({ jobId }) => !jobId.includes('old'),
    );
    expect(records).toHaveLength(JOBS + 1);
    const { statementId, usageMonths, billedCounts } = await world.statement('proj-1', '2026-10');
    expect([usageMonths, billedCounts]).toEqual([
      ['2026-09', '2026-10'],
      [1, JOBS + 1],
    ]);
    expect(records.every((record) => record.statementId === statementId)).toBe(true);
  });

  test.each([
    ['by hand', { shared: false }, 0],
    ['by default', {}, 0],
    ['after ten minutes', { shared: true }, 10 * 60_000 + 1],
  ])(
    'and is repeated %s begins again, with what arrived meanwhile on the statement',
    async (_, options, ms) => {
      const world = await createMonthInTwoShards();
      for (let most = 60; (await world.items('DRAFT')).length === 0; most -= 1) {
        expect(most).toBeGreaterThan(0);
        await closeFor(world, 3);
      }
      world.clock.now += ms;
      const [checkpoint] = await world.items('DRAFT');
      const projectId = String(checkpoint?.projectId);
      await world.tell(
        status(`${projectId}-0`, 'RUNNING', '2026-10-31T23:50:00Z', { projectId, resources: TWO_CPUS }),
      );
      expect((await world.close(options))[0]?.unfinished).toBeUndefined();
      const { lines, total } = await world.statement(projectId, '2026-10');
      expect([...lines.map(inShort), total]).toEqual([
        BILLED[0],
        'usage 2026-10 ai1-1-cpu 370 min 0.37',
        '0.36',
      ]);
      expect(await world.items('DRAFT')).toEqual([]);
    },
  );

  test('drops its checkpoint where the index of statements has changed meanwhile', async () => {
    const world = await createMonthInTwoShards();
    for (let most = 60; (await world.items('DRAFT')).length === 0; most -= 1) {
      expect(most).toBeGreaterThan(0);
      await closeFor(world, 3);
    }
    const [checkpoint] = await world.items('DRAFT');
    const { pk, projectId, statementId } = checkpoint as Item;
    const index = await world.table.get({ pk, sk: 'HEAD' });
    await world.table.put({ item: { ...(index as Item), version: 7 } });
    await world.close({ shared: true });
    expect(await billed(world)).toEqual([BILLED, BILLED]);
    const issued = await world.statement(String(projectId), '2026-10');
    expect(issued.statementId).not.toBe(statementId);
  });

  test('and crashes before its checkpoint is continued with a fresh statement id', async () => {
    const world = await createMonthInTwoShards();
    const dying = wrapTable(slowTable(world), async ({ name, args }, run) => {
      const [put] = args as [Put];
      if (name === 'put' && put.item.sk === 'DRAFT') throw new Error('dead');
      return run();
    });
    const deadline = world.clock.now + 12_000;
    await expect(closeMonths(await world.open(dying), { deadline })).rejects.toThrow('stays open');
    const written = new Set((await billedRecords(world.table)).map((record) => record.statementId));
    await world.close();
    const issued = await Promise.all(['proj-1', 'proj-2'].map((id) => world.statement(id, '2026-10')));
    expect(issued.some(({ statementId }) => !written.has(statementId))).toBe(true);
    expect(await billed(world)).toEqual([BILLED, BILLED]);
  });

  test('leaves the month open where its last shard is unfinished', async () => {
    const [projectId = ''] = Array.from({ length: 400 }, (_, index) => `p${index}`).filter(
      (id) => shardOf(id) === SHARD_COUNT - 1,
    );
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    await world.tell(
      status('job-1', 'RUNNING', '2026-10-10T08:00:00Z', { projectId, resources: TWO_CPUS }),
      status('job-1', 'DONE', '2026-10-10T09:00:00Z', { projectId }),
      status('job-2', 'RUNNING', '2026-10-10T08:00:00Z', { projectId, resources: TWO_CPUS }),
      status('job-2', 'DONE', '2026-10-10T09:00:00Z', { projectId }),
    );
    world.setClock('2026-11-01T02:00:00Z');
    expect(await closeFor(world, 1)).toEqual([{ month: '2026-10', statements: 0, unfinished: true }]);
    expect(await world.store.readClosedMonths()).toEqual([]);
    expect((await closeFor(world, 60))[0]?.unfinished).toBeUndefined();
    expect((await world.statement(projectId, '2026-10')).total).toBe('0.12');
  });

  test('bills facts that arrive between two parts once, on this statement or on the next one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
        async (parts) => {
          const world = await createMonthInTwoShards();
          for (const [index, seconds] of parts.entries()) {
            await closeFor(world, seconds);
            const day = String(10 + index);
            await world.tell(
              status(`proj-1-${index % JOBS}`, 'DONE', `2026-10-0${1 + (index % JOBS)}T08:30:00Z`, {
                projectId: 'proj-1',
              }),
              status(`late-${day}`, 'RUNNING', `2026-10-${day}T08:00:00Z`, {
                projectId: 'proj-2',
                resources: TWO_CPUS,
              }),
              status(`late-${day}`, 'DONE', `2026-10-${day}T08:10:00Z`, { projectId: 'proj-2' }),
            );
          }
          await world.close();
          await world.closeAt('2027-01-01T02:00:00Z');
          const statements = (await world.items('STATEMENT')) as unknown as Awaited<
            ReturnType<World['statement']>
          >[];
          const minutesOf = (projectId: string) =>
            statements
              .filter((one) => one.projectId === projectId)
              .flatMap(({ lines }) => lines)
              .filter(({ usageMonth }) => usageMonth === '2026-10')
              .reduce((sum, { minutes }) => sum + minutes, 0);
          const standing = [...(await world.standing()).values()] as unknown as {
            projectId: string;
            usageMonth: string;
            minutes: number;
          }[];
          for (const projectId of ['proj-1', 'proj-2'])
            expect(minutesOf(projectId)).toBe(
              standing
                .filter((one) => one.projectId === projectId && one.usageMonth === '2026-10')
                .reduce((sum, { minutes }) => sum + minutes, 0),
            );
          expect((await audit(await world.open())).findings).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });
});
