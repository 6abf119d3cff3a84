import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { compareTo, showMonth } from '../../../cli/preview-close.ts';
import { previewMonth } from '../../../lib/operations/close/preview-month.ts';
import { run } from '../operations/statement-story.ts';
import { createWorld, retraction, status, TWO_GPUS } from '../operations/world.ts';

/** A preview of October, and a later one: a job more, a project less, a project more. */
const createPreviews = async () => {
  const world = await createWorld();
  const started = status('job-1', 'RUNNING', '2026-10-05T08:00:00Z', {
    projectId: 'proj-2',
    resources: TWO_GPUS,
  });
  await world.tell(
    ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
    started,
    status('job-1', 'DONE', '2026-10-05T09:00:00Z', { projectId: 'proj-2' }),
  );
  world.setClock('2026-11-01T02:00:00Z');
  const preview = async () => previewMonth(await world.open(), undefined);
  const earlier = await preview();
  await world.tell(
    ...run('job-2', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
    retraction(started, '2026-11-01T01:00:00Z'),
    ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', {
      projectId: 'proj-3',
      resources: TWO_GPUS,
    }),
  );
  return { earlier, later: await preview() };
};

describe('a dry run compared with an earlier one', () => {
  test('has the lines added, removed and changed, and the difference of the totals', async () => {
    const { earlier, later } = await createPreviews();
    const compared = compareTo(later.projects, earlier.projects);
    expect(
      compared.map(({ projectId, total, differences }) => [
        projectId,
        total,
        differences?.total,
        differences?.lines.map(({ change, before, now }) => [change, before, now]),
      ]),
    ).toEqual([
      ['proj-1', '7.72', '3.86', [['changed', '3.86', '7.72']]],
      ['proj-2', '0.00', '-3.86', [['removed', '3.86', undefined]]],
      ['proj-3', '3.86', '3.86', [['added', undefined, '3.86']]],
    ]);
    const text = stripVTControlCharacters(showMonth(later, compared, 'EUR'));
    expect(text).toContain('nothing is written');
    expect(text).toContain('changed: 2026-10 ai1-1-gpu per gpu at 1.93, 3.86 -> 7.72');
  });

  test('has no differences where nothing has changed', async () => {
    const { later } = await createPreviews();
    expect(compareTo(later.projects, later.projects).filter(({ differences }) => differences)).toEqual([]);
  });
});
