import { beforeEach, describe, expect, test } from 'vitest';
import { readUsage } from '../../../lib/operations/reads/read-usage.ts';
import type { Usage } from '../../../lib/shapes/usage.ts';
import { monthSpan } from '../../../web/calendar.ts';
import { costPerHour, usageAt } from '../../../web/live-usage.ts';
import { at, createWorld, status, TWO_CPUS, type World } from '../operations/world.ts';

const NOVEMBER = monthSpan('2026-11', 'UTC');
const READ_AT = at('2026-11-10T12:00:00Z');

let world: World;
beforeEach(async () => {
  world = await createWorld({ now: '2026-11-10T12:00:00Z' });
  await world.tell(
    status('ended', 'RUNNING', '2026-11-02T09:00:00Z'),
    status('ended', 'DONE', '2026-11-02T14:00:20Z'),
    status('since-october', 'RUNNING', '2026-10-30T10:00:00.500Z'),
    status('on-gpus', 'RUNNING', '2026-11-10T11:30:17Z'),
    status('on-cpus', 'RUNNING', '2026-11-09T08:00:00Z', { resources: TWO_CPUS }),
    status('without-price', 'RUNNING', '2026-11-10T11:00:00Z', {
      resources: { flavor: 'unknown', milliUnits: { gpu: 1_000 } },
    }),
  );
});

const read = async (now: number): Promise<Usage> => readUsage(await world.open(), 'proj-1', '2026-11', now);
/** What the page counts by itself: the days are left to the next answer. */
const counted = ({ total, lines, running }: Usage) => ({
  total,
  lines,
  running: running.charges.map(({ jobId, minutes, unitMinutes, amountTimes60 }) => ({
    ...{ jobId, minutes, unitMinutes, amountTimes60 },
  })),
});

describe('extrapolated usage', () => {
  test.each([0, 1, 42_999, 43_000, 43_001, 59_999, 60_000, 60_001, 3_600_000, 86_399_500, 9 * 86_400_000])(
    'equals after %d ms what the API then says',
    async (ms) => {
      const before = await read(READ_AT);
      const later = await read(READ_AT + ms);
      expect(counted(usageAt(before, READ_AT + ms, NOVEMBER.end))).toEqual(counted(later));
    },
  );

  test('is exact in thousandths of a unit', async () => {
    await world.tell(
      status('on-a-third', 'RUNNING', '2026-11-10T11:00:00Z', {
        resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 333 } },
      }),
      status('on-a-tenth', 'RUNNING', '2026-11-10T11:59:59Z', {
        resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 100 } },
      }),
    );
    const before = await read(READ_AT);
    for (const minutes of [1, 2, 7, 77, 777])
      expect(counted(usageAt(before, READ_AT + minutes * 60_000, NOVEMBER.end))).toEqual(
        counted(await read(READ_AT + minutes * 60_000)),
      );
  });

  test('stops with the month, to the minute', async () => {
    const before = await read(READ_AT);
    const last = usageAt(before, NOVEMBER.end - 1, NOVEMBER.end);
    const after = usageAt(before, NOVEMBER.end + 5 * 86_400_000, NOVEMBER.end);
    expect(counted(after).running.map(({ minutes }) => minutes)).toEqual(
      counted(last).running.map(({ minutes }) => minutes),
    );
  });

  test('never goes back, also where a clock does', async () => {
    const before = await read(READ_AT);
    expect(usageAt(before, READ_AT - 600_000, NOVEMBER.end)).toBe(before);
  });
});

test('an hour costs what runs at its prices, and nothing for what has none', async () => {
  const { running } = await read(READ_AT);
  // Two jobs on 2 GPUs at 1.93 and one on 2 CPUs at 0.03.
  expect(costPerHour(running.charges, 'EUR')).toBe('7.78');
});

test('a job at its limit costs nothing more', async () => {
  const { running } = await read(at('2026-11-28T12:00:00Z'));
  const held = running.charges.filter(({ jobId }) => jobId === 'since-october');
  expect(held.map(({ endedBy }) => endedBy.cause)).toEqual(['limit']);
  expect(costPerHour(held, 'EUR')).toBe('0.00');
});
