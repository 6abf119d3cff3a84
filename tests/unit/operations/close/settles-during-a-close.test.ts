import { describe, expect, test } from 'vitest';
import type { Transition } from '../../../../lib/billing/facts.ts';
import { DAY_MS, HOUR_MS } from '../../../../lib/billing/minutes.ts';
import { audit } from '../../../../lib/operations/audit/audit.ts';
import { closeMonths } from '../../../../lib/operations/close/close-months.ts';
import { readUsage } from '../../../../lib/operations/reads/read-usage.ts';
import { settle } from '../../../../lib/operations/settle/settle.ts';
import { settleJobs } from '../../../../lib/operations/settle/settle-jobs.ts';
import type { Table } from '../../../../lib/store/table.ts';
import { allOf } from '../../../../simulation/items-on.ts';
import { pricesOf } from '../../billing/builders.ts';
import { createStallingTable, putsOf, wrapTable } from '../tables.ts';
import { at, createWorld, jobRef, retraction, status, TARIFF, TWO_GPUS, type World } from '../world.ts';
import { done, linesOf, running } from './issued-statements.ts';

describe('a settle that runs during a close', () => {
  test('is billed by the next close where it marked before the month end and wrote after the close', async () => {
    const world = await createWorld({ now: '2026-10-31T23:59:59Z' });
    await world.record(status('job-1', 'RUNNING', '2026-10-31T23:00:00Z'));
    const slow = createStallingTable(world.table);
    const settling = settle(await world.open(slow.table), jobRef('job-1'));
    await slow.stalled;
    await world.closeAt('2026-11-01T02:00:00Z');
    slow.goOn();
    await settling;
    const usage = await readUsage(await world.open(), 'proj-1', '2026-11', world.clock.now);
    expect(usage.lines).toMatchObject([{ minutes: 120 }]);
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(
      (await world.statement('proj-1', '2026-11')).lines.map(({ kind, minutes }) => [kind, minutes]),
    ).toEqual([
      ['correction', 60],
      ['usage', 28 * 1440 - 60],
    ]);
  });

  test('and has read a stop overrules a close that dies: no charge is left that does not follow', async () => {
    const world = await createWorld();
    await world.tell(running);
    world.setClock('2026-11-01T02:00:00Z');
    let dead = false;
    const dying = wrapTable(world.table, async (call, run) => {
      if (dead) throw new Error('dead');
      if (!putsOf(call).some(({ item }) => item.sk.startsWith('CHARGE#'))) return run();
      // It has read the job's log, and is about to write that the job runs on in November.
      await world.tell(done);
      await run();
      dead = true;
      throw new Error('dead');
    });
    await expect(closeMonths(await world.open(dying))).rejects.toThrow('dead');
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'final', minutes: 300 }]);
    expect(await world.charges('proj-1', '2026-11')).toEqual([]);
    expect((await audit(await world.open())).findings).toEqual([]);
  });

  /**
   * A settle that has read a stop and the charges, and is about to write when the close's charges
   * land.
   */
  const crossing = async (world: World, stop: Transition) => {
    const stalling = createStallingTable(world.table);
    let settling: ReturnType<typeof settleJobs> | undefined;
    let landed = false;
    const table = wrapTable(world.table, async (call, run) => {
      if (landed) throw new Error('cut off');
      if (!putsOf(call).some(({ item }) => item.sk.startsWith('CHARGE#'))) return run();
      await world.record(stop);
      settling = settleJobs(await world.open(stalling.table), [jobRef('job-1')], () => {});
      await stalling.stalled;
      const outcome = await run();
      landed = true;
      return outcome;
    });
    await expect(closeMonths(await world.open(table))).rejects.toThrow();
    stalling.goOn();
    expect(await settling).toMatchObject({ parked: [], lost: [] });
  };

  test('and has read a stop leaves nothing of a close that writes several transactions', async () => {
    const hours = Array.from({ length: 120 }, (_, hour) => ({
      ...TARIFF,
      name: `hour ${hour}`,
      effectiveFrom: at('2026-10-27T00:00:00Z') + hour * HOUR_MS,
      prices: pricesOf({ 'ai1-1-gpu': hour % 2 === 0 ? '1.93' : '2' }),
    }));
    const world = await createWorld({ now: '2026-10-27T00:30:00Z', tariffs: hours });
    await world.tell(status('job-1', 'RUNNING', '2026-10-27T00:00:00Z'));
    world.setClock('2026-11-01T02:00:00Z');
    let isOvertaken = false;
    const table = wrapTable(world.table, async (call, run) => {
      if (!isOvertaken && putsOf(call).some(({ item }) => item.sk.startsWith('CHARGE#'))) {
        isOvertaken = true;
        await world.tell(status('job-1', 'DONE', '2026-10-27T01:00:00Z'));
      }
      return run();
    });
    await closeMonths(await world.open(table));
    expect(await linesOf(world, 'proj-1', '2026-10')).toEqual([
      'usage 2026-10 ai1-1-gpu 60 min 3.86',
      'total 3.86',
    ]);
    expect((await audit(await world.open())).findings).toEqual([]);
  });

  test('and has read as many facts but not the cutoff does not hide facts from the close', async () => {
    const world = await createWorld();
    await world.tell(running);
    world.setClock('2026-11-01T02:00:00Z');
    // A settle reads the log item by item, while the close records the cutoff and reads the log,
    // and writes when that settle has ended.
    const read = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let isFirst = true;
    const slowly: Table = {
      ...world.table,
      async *query(pk, options = {}) {
        if (pk !== 'JOB#proj-1#job-1' || !isFirst) return yield* world.table.query(pk, options);
        isFirst = false;
        const at = (prefix: string) => allOf(world.table.query(pk, { ...options, prefix }));
        const [first, second] = options.backwards
          ? (['EVENT#', 'CUT#'] as const)
          : (['CUT#', 'EVENT#'] as const);
        yield await at(first);
        read.resolve();
        await goOn.promise;
        yield await at(second);
      },
    };
    const settling = settle(await world.open(slowly), jobRef('job-1'));
    await read.promise;
    let dead = false;
    const dying = wrapTable(world.table, async (call, run) => {
      if (dead) throw new Error('dead');
      if (!putsOf(call).some(({ item }) => item.sk.startsWith('CHARGE#'))) return run();
      await world.record(done);
      goOn.resolve();
      await settling;
      await world.settle(jobRef('job-1'));
      await run();
      dead = true;
      throw new Error('dead');
    });
    await expect(closeMonths(await world.open(dying))).rejects.toThrow('dead');
    await world.close();
    expect(await linesOf(world, 'proj-1', '2026-10')).toEqual([
      'usage 2026-10 ai1-1-gpu 300 min 19.30',
      'total 19.30',
    ]);
  });

  test('and crosses the writes of a close that dies voids what does not follow', async () => {
    const world = await createWorld();
    await world.tell(running);
    world.setClock('2026-11-01T02:00:00Z');
    await crossing(world, done);
    expect(await world.charges('proj-1', '2026-10')).toMatchObject([{ kind: 'final', minutes: 300 }]);
    expect(await world.charges('proj-1', '2026-11')).toMatchObject([{ kind: 'void' }]);
    expect((await audit(await world.open())).findings).toEqual([]);
  });

  test('and crosses a close that dies voids charges of a month without events, so they are not billed', async () => {
    const world = await createWorld({ now: '2026-09-01T00:00:00Z' });
    await world.tell(status('job-2', 'RUNNING', '2026-09-01T00:00:00Z', { projectId: 'proj-2' }));
    await world.closeAt('2026-10-01T02:00:00Z');
    world.setClock('2026-11-01T02:00:00Z');
    // It arrives a month late.
    await world.tell(status('job-1', 'RUNNING', '2026-09-10T08:00:00Z'));
    await crossing(world, status('job-1', 'DONE', '2026-09-10T13:00:00Z'));
    await world.close();
    expect(await linesOf(world, 'proj-1', '2026-10')).toEqual([
      'correction 2026-09 ai1-1-gpu 300 min 19.30',
      'total 19.30',
    ]);
  });

  test('and changes nothing, as others have cut the job off already, is not undone by a close that dies', async () => {
    const world = await createWorld();
    const days = { resources: TWO_GPUS, timeoutMs: 10 * DAY_MS };
    const mistaken = status('job-1', 'DONE', '2026-10-30T12:00:00Z');
    await world.tell(status('job-1', 'RUNNING', '2026-10-30T08:00:00Z', days));
    world.setClock('2026-11-01T02:00:00Z');
    let step: 'cutting' | 'reading' | 'overtaken' = 'cutting';
    const dying = wrapTable(world.table, async (call, run) => {
      const keys = putsOf(call).map(({ item }) => item.sk);
      const outcome = await run();
      if (step === 'overtaken' && keys.some((key) => key.startsWith('CHARGE#'))) throw new Error('dead');
      if (keys.some((key) => key.startsWith('CUT#'))) {
        await settle(await world.open(), jobRef('job-1'));
        await world.record(mistaken);
        step = 'reading';
      } else if (step === 'reading' && call.name === 'query') {
        // It has read the log with the stop.
        step = 'overtaken';
        await world.tell(retraction(mistaken, '2026-11-01T01:00:00Z'));
      }
      return outcome;
    });
    await closeMonths(await world.open(dying)).catch(() => world.close());
    expect(step).toBe('overtaken');
    expect(await linesOf(world, 'proj-1', '2026-10')).toContain('usage 2026-10 ai1-1-gpu 2400 min 154.40');
    expect((await audit(await world.open())).findings).toEqual([]);
  });
});
