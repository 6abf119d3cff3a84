import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { showComparison } from '../../../../cli/show-comparison.ts';
import type { Comparison } from '../../../../lib/operations/tariffs/compare.ts';
import type { DraftTariff } from '../../../../lib/operations/tariffs/publish.ts';
import { createWorld, status, TARIFF } from '../world.ts';
import {
  compare,
  onTheFifth,
  PENDING_TOO,
  RUNNING_ONLY,
  SHIPPED,
  STOPPED_BY_HAND,
} from './compared-tariffs.ts';

describe('the printed comparison', () => {
  const shown = (comparison: Comparison, tariffs: readonly DraftTariff[]) =>
    stripVTControlCharacters(showComparison(comparison, tariffs)).split('\n');
  const words = (line: string | undefined) => line?.trim().split(/ {2,}/);

  test('has a row for each project, its jobs, and all of them, with signed differences to the first tariff', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    await world.record(
      ...onTheFifth('stopped', STOPPED_BY_HAND),
      status('lost', 'RUNNING', '2026-09-10T00:00:00Z', {
        resources: { flavor: 'new', milliUnits: { cpu: 1_000 } },
      }),
    );
    const tariffs = [
      PENDING_TOO,
      RUNNING_ONLY,
      ...SHIPPED.slice(2).map((tariff) => ({ ...tariff, maxSilenceMs: TARIFF.maxSilenceMs })),
    ];
    expect(shown(await compare(world, '2026-10', tariffs), tariffs).map(words)).toEqual([
      ['2026-10 in UTC, EUR, running jobs up to 2026-10-20T00:00:00.000Z'],
      ['#1 running time: PENDING, RUNNING'],
      ['#2 running time: RUNNING'],
      ['#3 PENDING until stopped (2026-09-11): PENDING, RUNNING, INTERRUPTING, TIMEOUT'],
      [''],
      [
        'project',
        'job',
        '#1 minutes',
        'cost',
        '#2 minutes',
        'cost',
        '#3 minutes',
        'cost',
        '#2 - #1',
        '#3 - #1',
      ],
      ['proj-1', '2 jobs', '10150', '4.50', '10140', '3.86', '10153', '4.70', '-0.64', '+0.20'],
      ['lost', '10080', '0.00', '10080', '0.00', '10080', '0.00', '0.00', '0.00'],
      ['stopped', '70', '4.50', '60', '3.86', '73', '4.70', '-0.64', '+0.20'],
      ['1 project', '10150', '4.50', '10140', '3.86', '10153', '4.70', '-0.64', '+0.20'],
      ...[1, 2, 3].flatMap((number) => [
        [
          `note: under #${number} 10080 minutes unrated: no price, no resources stated, or no count of the unit that is priced`,
        ],
        [`note: under #${number} 1 interval held: time beyond the limit is not included`],
      ]),
    ]);
  });

  test('lists of more than fifty jobs the fifty that differ most, in order, and counts the others', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    const jobIds = Array.from({ length: 60 }, (_, index) => `job-${String(index).padStart(2, '0')}`);
    // Long and short waits alternate, so that the order of ids does not give the answer.
    for (const [index, jobId] of jobIds.entries())
      await world.record(
        ...onTheFifth(jobId, [
          ['PENDING', `08:${String(index % 2 === 0 ? index : 59 - index).padStart(2, '0')}:00`],
          ['RUNNING', '09:00:00'],
          ['DONE', '10:00:00'],
        ]),
      );
    // Even numbers wait 60 - n minutes, odd ones n + 1: these wait 10 or less.
    const left = new Set(
      ['01', '03', '05', '07', '09', '50', '52', '54', '56', '58'].map((id) => `job-${id}`),
    );
    for (const tariffs of [
      [RUNNING_ONLY, PENDING_TOO],
      [PENDING_TOO, RUNNING_ONLY],
    ]) {
      const comparison = await compare(world, '2026-10', tariffs);
      expect(comparison.projects[0]?.jobs).toHaveLength(60);
      const lines = shown(comparison, tariffs);
      expect(lines.flatMap((line) => line.match(/job-\d\d/) ?? [])).toEqual(
        jobIds.filter((jobId) => !left.has(jobId)),
      );
      expect(lines.map((line) => line.trim())).toContain('and 10 more (--json has all)');
    }
  });

  test('is a sentence for a month without time', async () => {
    const world = await createWorld({ now: '2026-10-20T00:00:00Z' });
    expect(shown(await compare(world, '2026-10', SHIPPED), SHIPPED).at(-1)).toBe(
      'no job has time in 2026-10 under any of these tariffs',
    );
  });
});
