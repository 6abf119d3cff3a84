import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextToClose } from '../../../../lib/operations/close/open-months.ts';
import { previewMonth } from '../../../../lib/operations/close/preview-month.ts';
import { billProject } from '../../../../lib/operations/statements/issue-statement.ts';
import { previewStatement } from '../../../../lib/operations/statements/preview-statement.ts';
import { Refusal } from '../../../../lib/refusal.ts';
import { itemsOn } from '../../../../simulation/items-on.ts';
import { running } from '../close/issued-statements.ts';
import { anyStory, playStory, run } from '../statement-story.ts';
import { createWorld, status, TWO_GPUS, type World } from '../world.ts';

const preview = async (world: World, month: string, projectId = 'proj-1') =>
  previewStatement(await world.open(), projectId, month);

const nothingIfUnknown = (error: unknown) => {
  if (error instanceof Refusal && error.code === 'not-found') return undefined;
  throw error;
};

const nextMonth = async (world: World) => nextToClose(await world.open());

describe('a preview', () => {
  test('is what a close at once issues, to the last charge, and changes nothing in the table', async () => {
    let compared = 0;
    const closePreviewed = async (world: World) => {
      // A fact that no settle has read, of a job that may run.
      const time = new Date(world.clock.now - 3_600_000).toISOString();
      await world.record(status('job-1', 'DONE', time, { id: `unsettled ${time}` }));
      for (let month = await nextMonth(world); month; month = await nextMonth(world)) {
        const before = await itemsOn(world.table);
        const previews = await Promise.all(
          ['proj-1', 'proj-2'].map((projectId) => preview(world, month, projectId).catch(nothingIfUnknown)),
        );
        expect(await itemsOn(world.table)).toEqual(before);
        await world.close({ month });
        for (const [index, projectId] of ['proj-1', 'proj-2'].entries()) {
          const { total, digest, unrated, held, lines } = previews[index] ?? {};
          const shown = {
            total,
            digest,
            unrated,
            held: held?.count,
            lines: lines?.map(({ amount }) => amount),
          };
          const issued = await world.store.readStatement(projectId, month);
          if (!issued) expect([lines ?? [], unrated?.count ?? 0, held?.count ?? 0]).toEqual([[], 0, 0]);
          else {
            compared += 1;
            expect(shown).toMatchObject({
              ...{ total: issued.total, digest: issued.digest, held: issued.held.count },
              unrated: { count: issued.unrated.count },
              lines: issued.lines.map(({ amount }) => amount),
            });
          }
        }
      }
    };
    await fc.assert(
      fc.asyncProperty(anyStory, async (story) => {
        await playStory(story, closePreviewed);
      }),
      { numRuns: 60 },
    );
    expect(compared).toBeGreaterThan(60);
  });

  test('shows a job that runs on up to the end of the month, as its cutoff will', async () => {
    const world = await createWorld();
    await world.tell(status('runs-on', 'RUNNING', '2026-10-31T12:00:00Z'));
    world.setClock('2026-11-01T02:00:00Z');
    const { lines, total, ...shown } = await preview(world, '2026-10');
    expect(lines).toMatchObject([{ usageMonth: '2026-10', minutes: 720, amount: '46.32' }]);
    expect(total).toBe('46.32');
    expect(shown).toMatchObject({ preview: true, projectId: 'proj-1', month: '2026-10', timeZone: 'UTC' });
    expect(await world.items('CUT#')).toEqual([]);
  });

  test('of a month that has not ended is refused, and says that usage shows it', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    await world.tell(running);
    await expect(preview(world, '2026-10')).rejects.toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining('usage') }),
    );
  });

  test('of a statement that is issued is a conflict that names it', async () => {
    const world = await createWorld();
    await world.tell(...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
    await world.closeAt('2026-11-01T02:00:00Z');
    const { statementId } = await world.statement('proj-1', '2026-10');
    await expect(preview(world, '2026-10')).rejects.toThrow(
      expect.objectContaining({ code: 'conflict', members: { statementId } }),
    );
  });

  test('of a month before which another is open is refused, and names that', async () => {
    const world = await createWorld();
    await world.tell(...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
    world.setClock('2026-12-01T02:00:00Z');
    await expect(preview(world, '2026-11')).rejects.toThrow('preview 2026-10');
    expect((await preview(world, '2026-10')).total).toBe('3.86');
  });

  test('of a month before the first usage is refused, and says that nothing was used', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    await world.tell(running);
    await expect(preview(world, '2026-09')).rejects.toThrow('nothing was used up to 2026-09');
  });

  test('of a project of which nothing was ever charged is not found', async () => {
    const world = await createWorld();
    await world.tell(...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'));
    world.setClock('2026-11-01T02:00:00Z');
    await expect(preview(world, '2026-10', 'mistyped')).rejects.toThrow(
      expect.objectContaining({ code: 'not-found' }),
    );
  });
});

describe('a preview of the stage', () => {
  test('has every project that a close would bill, says how far it is, and writes nothing', async () => {
    const world = await createWorld();
    const other = { projectId: 'proj-2', resources: TWO_GPUS };
    await world.tell(
      ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
      ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T10:00:00Z', other),
      // Its run takes no time: there is nothing to bill.
      ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T08:00:00Z', { ...other, projectId: 'proj-3' }),
      status('runs-on', 'RUNNING', '2026-10-31T12:00:00Z', other),
    );
    world.setClock('2026-11-01T02:00:00Z');
    const before = await itemsOn(world.table);
    const progress: number[][] = [];
    const { month, projects, issued } = await previewMonth(await world.open(), '2026-10', (...of) =>
      progress.push(of),
    );
    expect(await itemsOn(world.table)).toEqual(before);
    expect([month, issued]).toEqual(['2026-10', []]);
    expect(projects.map(({ projectId, total }) => [projectId, total])).toEqual([
      ['proj-1', '3.86'],
      ['proj-2', '54.04'],
    ]);
    expect(progress.at(-1)).toEqual([progress.length, progress.length]);
    await world.close();
    for (const { projectId, total, digest } of projects)
      expect(await world.statement(projectId, '2026-10')).toMatchObject({ total, digest });
  });

  test('leaves out projects that have their statement', async () => {
    const world = await createWorld();
    await world.tell(
      ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
      ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T10:00:00Z', { projectId: 'proj-2' }),
    );
    world.setClock('2026-11-01T02:00:00Z');
    await billProject(await world.open(), 'proj-1', '2026-10');
    const { projects, issued } = await previewMonth(await world.open(), '2026-10');
    expect(projects.map(({ projectId }) => projectId)).toEqual(['proj-2']);
    expect(issued).toEqual(['proj-1']);
  });
});
