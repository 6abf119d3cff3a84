import { expect, test } from 'vitest';
import { type Figure, reached } from '../../bench/figures.ts';
import { runRow } from '../../bench/run-row.ts';

const OPTIONS = { rounds: 1, quick: true, onProgress: () => {} };

/** The figures of a row that have a limit, and whether they keep it. */
const judged = async (row: string) => {
  const figures = (await runRow(row, OPTIONS)).filter((line): line is Figure => 'limit' in line);
  return figures.map((figure) => ({ what: figure.what, reached: reached(figure) }));
};

test('a job costs no more write units than the design says, also with duplicates and late events', async () => {
  expect(await judged('write-units')).toEqual([
    { what: 'write units per job, in order', reached: true },
    { what: 'write units per job, 5 % duplicates, 5 % reordered', reached: true },
  ]);
});

test('a job that is settled event by event costs no more read units than the design says', async () => {
  expect(await judged('read-units')).toEqual([
    { what: 'read units per job, a process that stays warm', reached: true },
  ]);
});

test('usage of a large month is read from its snapshot in a few units, whatever its number of charges', async () => {
  const [usage] = await runRow('large-month', OPTIONS);
  expect(usage).toMatchObject({ what: 'read units, usage of 6000 charges', measured: 5 });
});

test('checks of budgets are counted', async () => {
  const lines = await runRow('budgets', OPTIONS);
  const figures = lines.filter((line): line is Figure => 'measured' in line);
  expect(figures).toHaveLength(8);
  expect(figures.every(({ measured }) => measured > 0)).toBe(true);
});

test('jobmeter and the ways it is compared with come to the same sums', async () => {
  const lines = await runRow('peers', OPTIONS);
  expect(lines.map(({ what }) => what)).toEqual(
    ['jobmeter', 'one item per minute', 'counters in a transaction', 'whole-table scan at month end'].flatMap(
      (name) => [`${name}: all write units, per job`, `${name}: end of a month of 5 jobs`],
    ),
  );
});

test('a benchmark that fails ends the bench', async () => {
  await expect(runRow('none', OPTIONS)).rejects.toThrow('the benchmark none failed');
});
