import { describe, expect, test } from 'vitest';
import { closeMonths } from '../../../../lib/operations/close/close-months.ts';
import { decide } from '../../../../lib/operations/statements/decide.ts';
import { billProject } from '../../../../lib/operations/statements/issue-statement.ts';
import type { QueryOptions } from '../../../../lib/store/table.ts';
import { wrapTable } from '../tables.ts';
import { createWorld, inShort, status, TARIFF, TWO_CPUS, type World } from '../world.ts';
import { done, linesOf, running } from './issued-statements.ts';
import { slowTable } from './month-in-two-shards.ts';

const MONTH = '2026-10';
const CLOSED_AT = '2026-11-01T02:00:00Z';
const LONG = [{ ...TARIFF, maxRunningMs: 400 * 86_400_000, maxSilenceMs: 400 * 86_400_000 }];

const runs = (jobId: string, day: string, members = {}) =>
  status(jobId, 'RUNNING', `${day}T08:00:00Z`, { resources: TWO_CPUS, ...members });
const stops = (jobId: string, day: string) => status(jobId, 'DONE', `${day}T09:00:00Z`);

/** Closes the month on pages of one charge. */
const closeByPages = async (world: World) => {
  world.setClock(CLOSED_AT);
  await closeMonths(await world.open(slowTable(world, 1)), { month: MONTH });
  const { lines } = await world.statement('proj-1', MONTH);
  return lines.map(inShort);
};

describe('a close', () => {
  test('reads each charge of a project once, and what else it reads does not grow', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    world.setClock(CLOSED_AT);
    const reads: string[] = [];
    const table = wrapTable(world.table, async ({ name, args }, run) => {
      const [key, options] = args as [string | { readonly sk: string }, QueryOptions?];
      if (name === 'get') reads.push((key as { readonly sk: string }).sk);
      if (name === 'query') reads.push(`${key} ${options?.prefix ?? ''}`.replace(/#\d+ /, ' '));
      return run();
    });
    const context = await world.open(table);
    reads.splice(0);
    expect(await billProject(context, 'proj-1', MONTH)).toBe('issued');
    expect(reads.sort()).toEqual([
      'DUE#2026-09 proj-1#',
      'DUE#2026-10 proj-1#',
      'DUE#2026-11 proj-1#',
      'HEAD',
      'PROJECT#proj-1#2026-10 CHARGE#',
      // Whether there is a draft by now.
      'proj-1',
    ]);
  });

  test('bills a month that only the cutoff of an earlier month makes', async () => {
    const world = await createWorld({ now: '2026-09-01T00:00:00Z', tariffs: LONG });
    await world.tell(runs('other', '2026-09-01', { projectId: 'proj-2' }));
    await world.closeAt('2026-10-01T02:00:00Z');
    world.setClock(CLOSED_AT);
    await world.tell(runs('job-1', '2026-09-30'));
    expect(await closeByPages(world)).toEqual([
      'correction 2026-09 ai1-1-cpu 960 min 0.96',
      'usage 2026-10 ai1-1-cpu 44640 min 44.64',
    ]);
  });

  test('hands over the months that a cutoff has made', async () => {
    const world = await createWorld({ now: '2026-09-01T00:00:00Z', tariffs: LONG });
    await world.tell(runs('other', '2026-09-01', { projectId: 'proj-2' }));
    await world.closeAt('2026-10-01T02:00:00Z');
    world.setClock(CLOSED_AT);
    await world.tell(runs('job-1', '2026-09-30'));
    const bill = async (options: object) =>
      billProject(await world.open(slowTable(world)), 'proj-1', MONTH, { resumeSince: 0, ...options });
    expect(await bill({ deadline: world.clock.now })).toBe('checkpointed');
    expect(await world.items('DRAFT')).toMatchObject([{ usageMonths: ['2026-09', '2026-10'] }]);
    expect(await bill({})).toBe('issued');
    expect((await linesOf(world, 'proj-1', MONTH)).slice(0, 2)).toEqual([
      'correction 2026-09 ai1-1-cpu 960 min 0.96',
      'usage 2026-10 ai1-1-cpu 44640 min 44.64',
    ]);
  });

  test('bills what a job has run again since its open charge was written', async () => {
    const world = await createWorld();
    await world.tell(runs('job-1', '2026-10-05'), runs('job-2', '2026-10-05'), stops('job-2', '2026-10-05'));
    for (const fact of [stops('job-1', '2026-10-05'), runs('job-1', '2026-10-06', { id: 'again' })])
      await world.record(fact);
    await world.record({ ...stops('job-1', '2026-10-06'), id: 'stops again' });
    expect(await closeByPages(world)).toEqual(['usage 2026-10 ai1-1-cpu 180 min 0.18']);
  });

  test('begins again where a job that it cuts has stopped in an earlier month', async () => {
    const world = await createWorld({ now: '2026-09-10T00:00:00Z', tariffs: LONG });
    await world.tell(runs('job-1', '2026-09-10'));
    await world.closeAt('2026-10-01T02:00:00Z');
    // The settle of the late stop has not run when the close begins.
    await world.record(stops('job-1', '2026-09-10'));
    world.setClock(CLOSED_AT);
    await world.close();
    const { lines } = await world.statement('proj-1', MONTH);
    expect(lines.map(({ usageMonth, minutes }) => [usageMonth, minutes])).toEqual([
      ['2026-09', 60 - (20 * 1440 + 960)],
    ]);
  });

  test('begins again once, however many jobs have stopped in an earlier month', async () => {
    const world = await createWorld({ now: '2026-09-10T00:00:00Z', tariffs: LONG });
    const jobIds = ['job-1', 'job-2', 'job-3', 'job-4', 'job-5'];
    for (const jobId of jobIds) await world.tell(runs(jobId, '2026-09-10'));
    await world.closeAt('2026-10-01T02:00:00Z');
    for (const jobId of jobIds) await world.record(stops(jobId, '2026-09-10'));
    world.setClock(CLOSED_AT);
    const context = await world.open(slowTable(world, 1));
    let attempts = 0;
    const newId = () => `statement-${++attempts}`;
    expect(await billProject({ ...context, newId }, 'proj-1', MONTH)).toBe('issued');
    expect(attempts).toBe(2);
    const { lines } = await world.statement('proj-1', MONTH);
    expect(lines.map(({ minutes }) => minutes)).toEqual([5 * (60 - (20 * 1440 + 960))]);
  });

  test('begins again where it has read an earlier charge of the month that changes', async () => {
    const world = await createWorld();
    await world.tell(runs('job-1', '2026-10-05'), stops('job-1', '2026-10-05'));
    await world.tell(status('job-1', 'QUEUED', '2026-10-06T07:00:00Z'), runs('job-1', '2026-10-06'));
    // The settle of these facts has not run when the close begins: the first run was shorter.
    await world.record({ ...stops('job-1', '2026-10-05'), id: 'stops', time: running.time + 1_800_000 });
    await world.record({ ...stops('job-1', '2026-10-06'), id: 'stops again' });
    expect(await closeByPages(world)).toEqual(['usage 2026-10 ai1-1-cpu 90 min 0.09']);
  });

  test('cuts the jobs of a project whose draft is held back', async () => {
    const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
    await world.tell(runs('job-1', '2026-10-30'));
    world.setClock(CLOSED_AT);
    await world.close({ issue: 'approve' });
    const by = { kind: 'local', id: 'ana' } as const;
    const held = { projectId: 'proj-1', month: MONTH, decision: 'hold', reason: 'credit', by } as const;
    await decide(await world.open(), held);
    await world.tell(runs('job-2', '2026-10-30'));
    expect(await world.items('CUT#')).toHaveLength(1);
    await world.close({ issue: 'approve' });
    expect(await world.items('CUT#')).toHaveLength(2);
    expect(await world.store.readDraft('proj-1', MONTH)).toMatchObject({ state: 'held back', version: 2 });
  });
});
