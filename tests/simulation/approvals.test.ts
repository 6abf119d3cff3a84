import { expect, test } from 'vitest';
import { createApprovals } from '../../simulation/approvals.ts';

const MINUTE = 60_000;
const draftOf = (month: string, state = 'waits') => ({
  ...{ pk: `DRAFT#${month}`, sk: 'proj-1', projectId: 'proj-1', month, state, digest: 'sha256:1' },
});
const closed = (month: string) => ({ pk: 'CLOSE', sk: month });

/** What is found after these were written, at these minutes; a close lasts up to a quarter of an hour. */
const findingsOf = (...writes: readonly (readonly [minute: number, item: ReturnType<typeof closed>])[]) => {
  const approvals = createApprovals(15 * MINUTE);
  for (const [minute, item] of writes) approvals.note(item, minute * MINUTE);
  return approvals.findings();
};
const left = (month: string) => [`draft proj-1 ${month}: waits, and its month is closed`];

test('a draft of a month that another close has ended meanwhile is void', () => {
  expect(findingsOf([0, closed('2026-03')], [1, draftOf('2026-03')])).toEqual([]);
  expect(findingsOf([0, draftOf('2026-03')], [14, closed('2026-03')])).toEqual([]);
});

test('so it is where the other has ended a later month, the first of all', () => {
  expect(findingsOf([0, closed('2026-04')], [1, draftOf('2026-03')])).toEqual([]);
  expect(findingsOf([0, closed('2026-05')], [1, closed('2026-06')], [2, draftOf('2026-03')])).toEqual([]);
});

test('a draft that waits in a month which ended without it is found', () => {
  expect(findingsOf([0, draftOf('2026-03')], [15, closed('2026-03')])).toEqual(left('2026-03'));
  expect(findingsOf([0, draftOf('2026-03')], [15, closed('2026-04')])).toEqual(left('2026-03'));
});

test('a draft that waits in a month which was left out is found', () => {
  const others = [closed('2026-02'), closed('2026-04')];
  expect(findingsOf(...others.map((item) => [0, item] as const), [1, draftOf('2026-03')])).toEqual(
    left('2026-03'),
  );
  expect(findingsOf([0, draftOf('2026-03')])).toEqual(left('2026-03'));
});
