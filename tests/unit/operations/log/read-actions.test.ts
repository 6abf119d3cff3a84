import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCalendar } from '../../../../lib/billing/months.ts';
import { type LogPosition, readActions } from '../../../../lib/operations/log/read-actions.ts';
import type { LoggedAction } from '../../../../lib/store/action-log.ts';
import { at, createWorld } from '../world.ts';

const entry = (id: string, time: number, more: Partial<LoggedAction> = {}): LoggedAction => ({
  id,
  at: time,
  by: { kind: 'iam', id: 'arn:aws:iam::123456789012:user/ana' },
  action: 'budget.changed',
  target: id,
  ...more,
});

const start = async (timeZone: string, entries: readonly LoggedAction[]) => {
  const world = await createWorld({ now: '2026-08-15T00:00:00Z', timeZone });
  for (const each of entries) await world.store.logAction(each);
  world.setClock('2026-11-10T00:00:00Z');
  return world.open();
};

test('the log is read latest first, and months without entries are passed over', async () => {
  const context = await start('UTC', [
    entry('first', at('2026-08-20T00:00:00Z')),
    entry('last', at('2026-11-09T00:00:00Z'), { projectId: 'proj-1', detail: 'from 100.00 to 200.00' }),
  ]);
  expect(await readActions(context, { limit: 10 })).toEqual({
    timeZone: 'UTC',
    actions: [
      {
        at: '2026-11-09T00:00:00.000Z',
        by: { kind: 'iam', id: 'arn:aws:iam::123456789012:user/ana' },
        action: 'budget.changed',
        projectId: 'proj-1',
        target: 'last',
        detail: 'from 100.00 to 200.00',
      },
      {
        at: '2026-08-20T00:00:00.000Z',
        by: { kind: 'iam', id: 'arn:aws:iam::123456789012:user/ana' },
        action: 'budget.changed',
        target: 'first',
      },
    ],
  });
});

test('an entry of a clock that is ahead, already in the next month, is read', async () => {
  const context = await start('UTC', [entry('ahead', at('2026-12-01T00:03:00Z'))]);
  const { actions } = await readActions({ ...context, now: () => at('2026-11-30T23:59:00Z') }, { limit: 10 });
  expect(actions).toHaveLength(1);
});

test('entries can be picked by project and by action', async () => {
  const context = await start('UTC', [
    entry('a', at('2026-10-01T00:00:00Z'), { projectId: 'proj-1' }),
    entry('b', at('2026-10-02T00:00:00Z'), { projectId: 'proj-2' }),
    entry('c', at('2026-10-03T00:00:00Z'), { projectId: 'proj-1', action: 'budget.removed' }),
  ]);
  const targets = async (wanted: { projectId?: string; action?: string }) =>
    (await readActions(context, { limit: 10, ...wanted })).actions.map(({ target }) => target);
  expect(await targets({ projectId: 'proj-1' })).toEqual(['c', 'a']);
  expect(await targets({ action: 'budget.changed' })).toEqual(['b', 'a']);
});

const FIRST = at('2026-09-30T00:00:00Z');
const LAST = at('2026-11-02T00:00:00Z');

test('pages have the entries of a month of the billing zone, each once, in any zone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('UTC', 'Europe/Paris', 'Pacific/Kiritimati', 'Pacific/Pago_Pago'),
      fc.array(
        fc.oneof(
          fc.integer({ min: FIRST, max: LAST }),
          fc
            .tuple(fc.constantFrom('2026-10-01', '2026-11-01'), fc.integer({ min: -30, max: 30 }))
            .map(([day, halfHours]) => at(`${day}T00:00:00Z`) + halfHours * 1_800_000),
        ),
        { maxLength: 12 },
      ),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      async (timeZone, times, limit, isOfMonth) => {
        const context = await start(
          timeZone,
          times.map((time, index) => entry(`e${index}`, time)),
        );
        const month = isOfMonth ? '2026-10' : undefined;
        const read: string[] = [];
        let before: LogPosition | undefined;
        do {
          const page = await readActions(context, { month, limit, before });
          expect(page.actions.length).toBeLessThanOrEqual(limit);
          read.push(...page.actions.map(({ at: time }) => time));
          before = page.next;
        } while (before);
        const { start: begin, end } = createCalendar(timeZone).month('2026-10');
        const wanted = isOfMonth ? times.filter((time) => time >= begin && time < end) : times;
        expect(read).toEqual(wanted.sort((a, b) => b - a).map((time) => new Date(time).toISOString()));
      },
    ),
    { numRuns: 60 },
  );
});
