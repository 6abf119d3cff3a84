import { describe, expect, test } from 'vitest';
import { closeMonths } from '../../../../lib/operations/close/close-months.ts';
import { billProject } from '../../../../lib/operations/statements/issue-statement.ts';
import type { Table } from '../../../../lib/store/table.ts';
import { allOf } from '../../../../simulation/items-on.ts';
import { isCommit, wrapTable } from '../tables.ts';
import { createWorld, status } from '../world.ts';
import { allStatements, done, linesOf, running } from './issued-statements.ts';

describe('competing attempts at a statement', () => {
  test('start again with a fresh id after a statement of another month, without their earlier billed charges', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    world.setClock('2026-12-01T02:00:00Z');
    const bill = async (month: string, table = world.table) =>
      billProject(await world.open(table), 'proj-1', month);
    const overtaken = wrapTable(world.table, async (call, run) => {
      if (!isCommit(call) || (await world.items('STATEMENT')).length > 0) return run();
      // October has written 5 billed hours. 2 are retracted, November bills 3, then another job
      // arrives.
      await world.tell(status('job-1', 'FINALIZING', '2026-10-05T11:00:00Z'));
      expect(await bill('2026-11')).toBe('issued');
      await world.tell({ ...running, jobId: 'job-2' }, { ...done, jobId: 'job-2' });
      return run();
    });
    expect(await bill('2026-10', overtaken)).toBe('issued');
    expect(await linesOf(world, 'proj-1', '2026-11')).toContain('correction 2026-10 ai1-1-gpu 180 min 11.58');
    expect(await linesOf(world, 'proj-1', '2026-10')).toContain('usage 2026-10 ai1-1-gpu 300 min 19.30');
    expect(await bill('2026-12')).toBe('nothing to bill');
  });

  test('bill nothing twice where one writes a billed charge while the other reads', async () => {
    const world = await createWorld();
    await world.tell(running, done, { ...running, jobId: 'job-3' }, { ...done, jobId: 'job-3' });
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(status('job-1', 'RUNNING', '2026-10-05T07:00:00Z'));
    world.setClock('2026-12-01T02:00:00Z');

    // After October's charges are read, job 2 arrives, and another close bills it and dies.
    let disturbed = false;
    const disturb = async () => {
      disturbed = true;
      await world.tell({ ...running, jobId: 'job-2' }, { ...done, jobId: 'job-2' });
      const dying = wrapTable(world.table, async (call, run) => {
        if (isCommit(call)) throw new Error('dead');
        return run();
      });
      await closeMonths(await world.open(dying)).catch(() => undefined);
    };
    const table: Table = {
      ...world.table,
      // Billed charges come page by page, here one by one; charges all at once.
      async *query(pk, options = {}) {
        if (options.prefix !== 'BILLED#') {
          const items = await allOf(world.table.query(pk, options));
          if (options.prefix === 'CHARGE#' && pk === 'PROJECT#proj-1#2026-10' && billing && !disturbed)
            await disturb();
          yield items;
          return;
        }
        for (let after = options.after; ; ) {
          const [item] = await allOf(
            world.table.query(pk, { ...options, limit: 1, ...(after !== undefined && { after }) }),
          );
          if (!item) return;
          yield [item];
          after = item.sk;
        }
      },
    };
    let billing = false;
    await closeMonths(await world.open(table), {
      onProgress: ({ step }) => {
        billing = step === 'billing';
      },
    });
    expect(disturbed).toBe(true);
    await world.closeAt('2027-01-01T02:00:00Z');
    const lines = (await allStatements(world)).flatMap((statement) => statement.lines);
    expect(lines.reduce((sum, { minutes }) => sum + minutes, 0)).toBe(360 + 300 + 300);
  });
});
