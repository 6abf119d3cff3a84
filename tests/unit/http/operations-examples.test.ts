import * as v from 'valibot';
import { expect, test } from 'vitest';
import { ACTION_LOG, OPERATIONS } from '../../../lib/http/openapi/operations-examples.ts';
import { toCursor } from '../../../lib/http/parameters.ts';
import { readActions } from '../../../lib/operations/log/read-actions.ts';
import { readOperations } from '../../../lib/operations/reads/operations/read-operations.ts';
import { ActionLog, Operations } from '../../../lib/shapes/operations.ts';
import { playOperations } from '../operations/operations-story.ts';

test('the example of operations is what is answered', async () => {
  const world = await playOperations();
  const asked = { closeAfterMs: 6 * 3_600_000, now: world.clock.now };
  expect(await readOperations(await world.open(), asked)).toEqual(OPERATIONS);
});

test('the example of the log is what is answered, and its cursor leads on', async () => {
  const world = await playOperations();
  const context = await world.open();
  const { next, ...log } = await readActions(context, { month: '2026-11', limit: 2 });
  const cursor = next && toCursor([new Date(next.at).toISOString(), next.id]);
  expect({ ...log, next: cursor }).toEqual(ACTION_LOG);
  const rest = await readActions(context, { month: '2026-11', limit: 2, before: next });
  expect(rest.actions.map(({ action }) => action)).toEqual(['import.begun']);
  expect(rest.next).toBeUndefined();
});

test('both have the documented shape, each member by its rule and no other', () => {
  for (const [shape, example] of [
    [Operations, OPERATIONS],
    [ActionLog, ACTION_LOG],
  ] as const) {
    expect(v.safeParse(shape, example).issues).toBeUndefined();
    expect(v.is(shape, { ...example, owner: 'nobody' })).toBe(false);
  }
});
