import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compareTo, readEarlier, showMonth } from '../../../cli/preview-close.ts';
import { type MonthPreview, previewMonth } from '../../../lib/operations/close/preview-month.ts';
import { billProject } from '../../../lib/operations/statements/issue-statement.ts';
import type { Item } from '../../../lib/store/table.ts';
import { refusalOf } from '../http/refused.ts';
import { createMonth } from '../operations/month-to-approve.ts';
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
  const preview = async () => previewMonth(await world.open(), '2026-10');
  const earlier = await preview();
  await world.tell(
    ...run('job-2', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
    retraction(started, '2026-11-01T01:00:00Z'),
    ...run('job-1', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', {
      projectId: 'proj-3',
      resources: TWO_GPUS,
    }),
  );
  return { world, preview, earlier, later: await preview() };
};

describe('a dry run compared with an earlier one', () => {
  test('has the lines added, removed and changed, and the difference of the totals', async () => {
    const { earlier, later } = await createPreviews();
    const compared = compareTo(later, earlier);
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
    expect(text).toContain(
      'nothing is written; a close of 2026-10 would issue 2 statements, total 11.58 EUR',
    );
    expect(text).toContain('changed: 2026-10 ai1-1-gpu per gpu at 1.93, 3.86 -> 7.72');
  });

  test('has no differences where nothing has changed', async () => {
    const { later } = await createPreviews();
    expect(compareTo(later, later).filter(({ differences }) => differences)).toEqual([]);
  });

  test('differs where another job is billed for the same time, though no line does', async () => {
    const { world, preview, later: earlier } = await createPreviews();
    await world.tell(
      retraction(status('job-2', 'RUNNING', '2026-10-05T08:00:00Z'), '2026-11-01T01:00:00Z'),
      ...run('job-3', '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z'),
    );
    const differing = compareTo(await preview(), earlier).filter(({ differences }) => differences);
    expect(differing).toMatchObject([{ projectId: 'proj-1', differences: { total: '0.00', lines: [] } }]);
  });

  test('reads what the earlier one printed, if that was of the same month', async () => {
    const { later } = await createPreviews();
    const folder = await mkdtemp(join(tmpdir(), 'jobmeter-preview-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'before.json');
    await writeFile(file, JSON.stringify({ ...later, issued: later.issued.length }));
    const earlier = await readEarlier(file, '2026-10');
    expect(compareTo(later, earlier).map(({ differences }) => differences)).toEqual([undefined, undefined]);
    expect((await refusalOf(() => readEarlier(file, '2026-11'))).message).toBe(
      `${file} is a preview of 2026-10, and 2026-11 is closed next`,
    );
    await writeFile(file, '{}');
    expect((await refusalOf(() => readEarlier(file, '2026-10'))).message).toBe(
      `${file} is not what close --dry-run --json prints`,
    );
  });

  test('has nothing of a statement that was issued in between', async () => {
    const { world, preview, later: earlier } = await createPreviews();
    await billProject(await world.open(), 'proj-1', '2026-10');
    const later = await preview();
    const compared = compareTo(later, earlier);
    expect(compared.map(({ projectId, differences }) => [projectId, differences])).toEqual([
      ['proj-3', undefined],
    ]);
    const text = stripVTControlCharacters(showMonth(later, compared, 'EUR'));
    expect(text).toContain('would issue 1 statement, total 3.86 EUR\n1 statement of 2026-10 issued already');
  });
});

test('a dry run does not count a draft that has nothing to bill any more', async () => {
  const world = await createMonth();
  await world.close({ issue: 'approve' });
  await world.tell(retraction(status('job-1', 'RUNNING', '2026-10-05T08:00:00Z'), '2026-11-01T05:00:00Z'));
  const preview = await previewMonth(await world.open(), '2026-10');
  const text = stripVTControlCharacters(showMonth(preview, preview.projects, 'EUR'));
  expect(text).toContain('a close of 2026-10 would issue 1 statement, total 0.00 EUR');
  expect(text).toContain('proj-1: -3.86 EUR');
});

describe('a dry run of a month with a project that is damaged', () => {
  const createDamaged = async () => {
    const world = await createWorld();
    const job = (jobId: string, projectId: string) =>
      run(jobId, '2026-10-05T08:00:00Z', '2026-10-05T09:00:00Z', { projectId, resources: TWO_GPUS });
    await world.tell(...job('job-1', 'proj-1'), ...job('job-1', 'proj-2'));
    await world.closeAt('2026-11-01T02:00:00Z');
    await world.tell(...job('late', 'proj-1'), ...job('late', 'proj-2'));
    world.setClock('2026-12-01T02:00:00Z');
    const preview = async () => previewMonth(await world.open(), '2026-11');
    const earlier = await preview();
    const [block] = (await world.items('BILLED#')) as [Item];
    await world.table.delete(block, { kind: 'unchanged', from: { sk: block.sk } });
    return { earlier, later: await preview() };
  };
  const REASON =
    'proj-1 is not billed: 1 of 1 charges that its statement of 2026-10 (statement-1) billed of 2026-10';

  test('has the others, and the reason of that one', async () => {
    const { later } = await createDamaged();
    expect(later).toMatchObject({
      month: '2026-11',
      projects: [{ projectId: 'proj-2', total: '3.86' }],
      failures: [{ projectId: 'proj-1', error: expect.stringContaining(REASON) }],
      issued: [],
    });
    const text = stripVTControlCharacters(showMonth(later, later.projects, 'EUR'));
    expect(text).toContain('would issue 1 statement, total 3.86 EUR');
    expect(text).toContain(`2026-11 would stay open: 1 project would fail\n  proj-1: ${REASON}`);
  });

  test('has no differences of what it could not compute', async () => {
    const { earlier, later } = await createDamaged();
    expect(earlier.projects).toHaveLength(2);
    const compared = (now: MonthPreview, before: MonthPreview) =>
      compareTo(now, before).map(({ projectId, differences }) => [projectId, differences]);
    expect(compared(later, earlier)).toEqual([['proj-2', undefined]]);
    expect(compared(earlier, later)).toEqual([
      ['proj-1', undefined],
      ['proj-2', undefined],
    ]);
  });
});
