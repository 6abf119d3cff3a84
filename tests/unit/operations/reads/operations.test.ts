import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../../lib/billing/minutes.ts';
import { audit } from '../../../../lib/operations/audit/audit.ts';
import { closableMonths } from '../../../../lib/operations/close/open-months.ts';
import { readOperations } from '../../../../lib/operations/reads/operations/read-operations.ts';
import { takeAtMost } from '../../../../lib/operations/reads/operations/take.ts';
import type { BudgetFigures } from '../../../../lib/store/budgets.ts';
import { draftOf, playOperations } from '../operations-story.ts';
import { wrapTable } from '../tables.ts';
import { at, createWorld, jobRef, status, TWO_GPUS, type World } from '../world.ts';

const CLOSE_AFTER_MS = 6 * HOUR_MS;
const LATER = 2_000_000_000;

const read = async (world: World, closeAfterMs = CLOSE_AFTER_MS) =>
  readOperations(await world.open(), { closeAfterMs, now: world.clock.now });

test('an unused stage has nothing to show', async () => {
  expect(await read(await createWorld({ now: '2026-12-01T07:30:00Z' }))).toEqual({
    ...{ asOf: '2026-12-01T07:30:00.000Z', timeZone: 'UTC', currency: 'EUR', closed: [] },
    open: { count: 0, months: [] },
    drafts: { count: 0, waiting: 0, drafts: [] },
    budgets: { count: 0, budgets: [] },
    parked: { count: 0, jobs: [] },
    ...{ publications: [], polls: { count: 0, polls: [] }, deliveries: [] },
  });
});

test('a read writes nothing and reads no charges, facts or statements', async () => {
  const world = await playOperations();
  const touched = new Set<string>();
  const table = wrapTable(world.table, async ({ name, args }, run) => {
    touched.add(name === 'query' ? `query ${String(args[0]).replace(/#.*/, '')}` : name);
    return run();
  });
  const context = await world.open();
  const { store } = await world.open(table);
  touched.clear();
  await readOperations({ ...context, store }, { closeAfterMs: CLOSE_AFTER_MS, now: world.clock.now });
  const partitions = ['ATTEMPT', 'AUDIT', 'BUDGET-CHECK', 'CLOSE', 'DRAFT', 'ENDPOINT', 'FAILING'];
  expect([...touched].sort()).toEqual(
    [...partitions, 'PARKED', 'POLL', 'PUBLICATION'].map((partition) => `query ${partition}`),
  );
});

test('no secret of an address of an endpoint is answered', async () => {
  expect(JSON.stringify(await read(await playOperations()))).not.toMatch(/t0ken|s3cret/);
});

describe('a month that has ended', () => {
  const open = async (world: World, closeAfterMs?: number) =>
    (await read(world, closeAfterMs)).open.months[0];

  test('is overdue an hour after the schedule could have closed it', async () => {
    const world = await createWorld({ now: '2026-10-29T09:00:00Z' });
    await world.tell(status('job', 'RUNNING', '2026-10-29T09:00:00Z'));
    await world.closeAt('2026-11-01T06:00:00Z');
    world.setClock('2026-12-01T07:00:00Z');
    expect(await open(world)).toMatchObject({ month: '2026-11', closesAt: '2026-12-01T06:00:00.000Z' });
    expect(await open(world)).not.toHaveProperty('overdue');
    world.setClock('2026-12-01T07:00:01Z');
    expect(await open(world)).toMatchObject({ overdue: true });
    expect(await open(world, 2 * DAY_MS)).not.toHaveProperty('overdue');
  });

  test('is not overdue while it waits for people only', async () => {
    const world = await playOperations();
    expect(await open(world)).toMatchObject({ overdue: true, failures: [{}], drafts: 1 });
    const [shard] = (await world.store.readShards('2026-11')).filter(({ failures }) => failures.length > 0);
    if (shard) await world.store.saveShard('2026-11', { ...shard, failures: [] }, LATER);
    expect(await open(world)).not.toHaveProperty('overdue');
    const draft = await world.store.readDraft('proj-1', '2026-11');
    if (draft) await world.store.saveDraft({ ...draft, state: 'approved', version: 2 }, draft);
    // What is approved waits for the close.
    expect(await open(world)).toMatchObject({ overdue: true, drafts: 0 });
  });

  test('of an import waits after its usage was first seen, as the schedule does, before the first close', async () => {
    const world = await createWorld({ now: '2026-11-20T12:00:00Z' });
    await world.tell(
      status('job', 'RUNNING', '2026-09-29T09:00:00Z'),
      status('job', 'DONE', '2026-09-29T10:00:00Z'),
    );
    expect(await open(world)).toMatchObject({ month: '2026-09', closesAt: '2026-11-20T18:00:00.000Z' });
    await closableMonths(await world.open(), CLOSE_AFTER_MS, undefined);
    world.setClock('2026-11-20T17:00:00Z');
    expect(await open(world)).toMatchObject({ closesAt: '2026-11-20T18:00:00.000Z' });
    expect(await closableMonths(await world.open(), CLOSE_AFTER_MS, undefined)).toEqual([]);
    world.setClock('2026-11-20T18:00:00Z');
    expect(await closableMonths(await world.open(), CLOSE_AFTER_MS, undefined)).not.toEqual([]);
  });

  test('ends in the billing zone', async () => {
    const world = await createWorld({ now: '2026-10-30T12:00:00Z', timeZone: 'Europe/Paris' });
    await world.tell(status('job', 'RUNNING', '2026-10-30T09:00:00Z'));
    world.setClock('2026-10-31T23:00:00Z');
    expect(await open(world)).toMatchObject({ month: '2026-10', endedAt: '2026-10-31T23:00:00.000Z' });
  });

  test('is one of many: the first twelve are shown, all are counted', async () => {
    const world = await createWorld({ now: '2025-10-29T09:00:00Z' });
    await world.tell(status('job', 'RUNNING', '2025-10-29T09:00:00Z'));
    world.setClock('2026-12-01T07:00:00Z');
    const { open: listed } = await read(world);
    expect([listed.count, listed.months.length, listed.months[0]?.month]).toEqual([14, 12, '2025-10']);
    world.setClock('2026-12-01T09:00:00Z');
    await world.closeAt('2026-12-01T09:00:00Z');
    const { closed } = await read(world);
    expect([closed.length, closed[0]?.month, closed.at(-1)?.month]).toEqual([12, '2026-11', '2025-12']);
  });
});

test('drafts are listed by what is to be done about them, those with a statement are not', async () => {
  const world = await playOperations();
  const by = { kind: 'token', id: 'bo' } as const;
  const decision = { by, at: at('2026-12-01T07:00:00Z'), reason: 'a wrong price' };
  await world.store.saveDraft(draftOf('approved', { state: 'approved', decision }), undefined);
  await world.store.saveDraft(draftOf('held', { state: 'held back', decision }), undefined);
  // As another state, which comes once it has its statement.
  await world.store.saveDraft(draftOf('issued', { state: 'issued' as 'waits' }), undefined);
  await world.store.saveDraft(draftOf('zeta'), undefined);
  const { drafts, open } = await read(world);
  expect(drafts.drafts.map(({ projectId }) => projectId)).toEqual(['proj-1', 'zeta', 'held', 'approved']);
  expect([drafts.count, drafts.waiting, open.months[0]?.drafts]).toEqual([4, 2, 2]);
  expect(drafts.drafts[2]).toMatchObject({
    decision: { by, at: '2026-12-01T07:00:00.000Z', reason: 'a wrong price' },
  });
  expect(JSON.stringify(drafts)).not.toContain('content');
});

describe('a budget is close to its limit', () => {
  const NOW = at('2026-12-10T00:00:00Z');
  const closeOf = async (...figures: Partial<BudgetFigures>[]) => {
    const world = await createWorld({ now: '2026-12-10T00:00:00Z' });
    const budget = { name: 'b', month: '2026-12', minor: '10000', spentMinor: '0' };
    await world.store.saveBudgetCheck(
      {
        ...{ projectId: 'proj-1', dueAt: NOW, checkedAt: NOW, version: 1 },
        figures: figures.map((each) => ({ ...budget, ...each })),
      },
      undefined,
    );
    await world.store.saveBudgetCheck({ projectId: 'proj-2', dueAt: NOW, version: 1 }, undefined);
    return (await read(world)).budgets;
  };

  test('from 80 % on', async () => {
    const { budgets } = await closeOf({ name: 'a', spentMinor: '7999' }, { name: 'b', spentMinor: '8000' });
    expect(budgets).toMatchObject([{ name: 'b', amount: '100.00', spent: '80.00' }]);
  });

  test('if a threshold will be crossed within 24 hours', async () => {
    const { budgets } = await closeOf(
      { name: 'a', nextCrossingAt: NOW + DAY_MS + 1 },
      { name: 'b', nextCrossingAt: NOW + DAY_MS },
    );
    expect(budgets).toMatchObject([{ name: 'b', nextCrossingAt: '2026-12-11T00:00:00.000Z' }]);
  });

  test('this month, not in one that has ended', async () => {
    expect(await closeOf({ month: '2026-11', spentMinor: '10000' })).toEqual({ count: 0, budgets: [] });
  });

  test('before others that have a smaller share spent, whatever their amounts', async () => {
    const { budgets } = await closeOf(
      { name: 'large', minor: '900000', spentMinor: '800000' },
      { name: 'small', minor: '100', spentMinor: '130' },
      { name: 'exact', minor: '10000000000000000000001', spentMinor: '10000000000000000000000' },
    );
    expect(budgets.map(({ name }) => name)).toEqual(['small', 'exact', 'large']);
  });

  test('and the first hundred of them are listed', async () => {
    const { count, budgets } = await closeOf(
      ...Array.from({ length: 101 }, (_, index) => ({ name: `b${index}`, spentMinor: `${9000 + index}` })),
    );
    expect([count, budgets.length, budgets[0]?.name, budgets.at(-1)?.name]).toEqual([101, 100, 'b100', 'b1']);
  });
});

test('parked jobs are counted, and the first hundred are listed', async () => {
  const world = await createWorld();
  for (let index = 0; index < 101; index += 1)
    await world.store.parkJob({ ...jobRef(`job-${index}`), parkedAt: 0, error: 'no facts' });
  const { parked } = await read(world);
  expect([parked.count, parked.jobs.length, parked.more]).toEqual([101, 100, undefined]);
});

test('of a long list no more than the limit is read, and it says so', async () => {
  let read = 0;
  const endless = (async function* () {
    for (;;) yield ++read;
  })();
  expect(await takeAtMost(endless, 3)).toEqual({ taken: [1, 2, 3], more: { more: true } });
  expect(read).toBe(4);
  const three = (async function* () {
    yield* [1, 2, 3];
  })();
  expect(await takeAtMost(three, 3)).toEqual({ taken: [1, 2, 3], more: {} });
});

describe('the audit', () => {
  test('is the latest that is finished: a later one that was interrupted is not shown', async () => {
    const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
    await world.tell(status('job', 'RUNNING', '2026-10-29T12:00:00Z', { resources: TWO_GPUS }));
    await audit(await world.open());
    world.setClock('2026-10-31T00:00:00Z');
    await audit(await world.open(), { heal: true, deadline: 0 });
    expect((await read(world)).audit).toMatchObject({
      ...{ startedAt: '2026-10-30T00:00:00.000Z', heals: false, jobs: 1 },
    });
  });

  test('is absent while the first is under way', async () => {
    const world = await createWorld();
    await world.tell(status('job', 'RUNNING', '2026-09-29T12:00:00Z'));
    await audit(await world.open(), { deadline: 0 });
    expect(await read(world)).not.toHaveProperty('audit');
  });
});

test('polls are listed with the one first whose latest whole poll is the longest ago', async () => {
  const world = await createWorld();
  const poll = { projectId: 'p', firstPolledAt: 0, polledAt: 9_000, version: 1 };
  for (const [provider, lastSuccess] of [
    ['a', 8_000],
    ['b', undefined],
    ['c', 7_000],
  ] as const)
    await world.store.savePoll(provider, undefined, { ...poll, lastSuccess });
  const { polls } = await read(world);
  expect(polls.polls.map(({ provider }) => provider)).toEqual(['b', 'c', 'a']);
  expect(polls.polls[0]).not.toHaveProperty('lastSuccess');
});

describe('deliveries', () => {
  const ENDPOINT = { url: 'https://a.example:8443/hook', createdAt: 0, generation: 1, version: 1 };
  const added = (id: string) =>
    ({ id, at: 0, by: { kind: 'iam', id: 'ana' }, action: 'endpoint.added', target: id }) as const;

  test('have each endpoint apart, and none that was removed', async () => {
    const world = await createWorld();
    for (const endpointId of ['e', 'e1', 'gone'])
      await world.store.saveEndpoint(
        { ...ENDPOINT, endpointId, ...(endpointId === 'gone' && { removed: true as const }) },
        undefined,
        added(endpointId),
      );
    const failing = {
      eventId: 'x',
      type: 'month.closed',
      attempts: 9,
      error: 'timeout',
      version: 1,
    } as const;
    const parked = { ...failing, since: 5, nextAttemptAt: 9, parkedAt: 9 };
    await world.store.saveFailing({ ...parked, endpointId: 'e1', topic: { kind: 'months' } }, undefined);
    const topic = { kind: 'job', ...jobRef('a') } as const;
    await world.store.saveFailing(
      { ...failing, endpointId: 'e1', topic, since: 7, nextAttemptAt: 9 },
      undefined,
    );
    const { deliveries } = await read(world);
    expect(
      deliveries.map(({ endpointId, failing: count, parked: ended }) => [endpointId, count, ended]),
    ).toEqual([
      ['e', 0, 0],
      ['e1', 2, 1],
    ]);
    expect(deliveries[0]).not.toHaveProperty('oldest');
    // It is parked, so there is no next attempt.
    expect(deliveries[1]?.oldest).toEqual({
      ...{ since: '1970-01-01T00:00:00.005Z', eventId: 'x', type: 'month.closed', attempts: 9 },
      error: 'timeout',
    });
    expect(deliveries[1]?.host).toBe('a.example:8443');
  });

  test('have the provider too, which has no address, once stops were sent to it or wait for it', async () => {
    const world = await createWorld({ now: '2026-12-01T00:00:00Z' });
    const { store, clock } = world;
    const stop = { endpointId: 'provider', eventId: 'x', type: 'job.stop.requested' } as const;
    const attempt = { ...stop, subject: 'a', tookMs: 1, error: 'answered 403' } as const;
    await store.recordAttempt({ ...attempt, at: clock.now - 25 * 3_600_000 }, LATER);
    expect((await read(world)).deliveries).toEqual([]);
    await store.recordAttempt({ ...attempt, at: clock.now - 1 }, LATER);
    const quiet = { endpointId: 'provider', failing: 0, parked: 0, attempts: { count: 1, failed: 1 } };
    expect((await read(world)).deliveries).toEqual([quiet]);
    const topic = { kind: 'job', ...jobRef('a') } as const;
    const times = { since: clock.now - 1, nextAttemptAt: clock.now + 5_000 };
    await store.saveFailing(
      { ...stop, ...times, topic, attempts: 1, error: 'answered 403', version: 1 },
      undefined,
    );
    expect((await read(world)).deliveries).toMatchObject([
      { ...quiet, failing: 1, oldest: { type: 'job.stop.requested', error: 'answered 403' } },
    ]);
  });

  test('have the latest hundred attempts of a day', async () => {
    const world = await createWorld({ now: '2026-12-01T00:00:00Z' });
    await world.store.saveEndpoint({ ...ENDPOINT, endpointId: 'e' }, undefined, added('e'));
    const attempt = { endpointId: 'e', type: 'month.closed', subject: '2026-11', tookMs: 1 } as const;
    for (let index = 0; index < 101; index += 1)
      await world.store.recordAttempt(
        { ...attempt, eventId: String(index), at: world.clock.now - index, error: 'refused' },
        LATER,
      );
    expect((await read(world)).deliveries[0]?.attempts).toEqual({ count: 100, failed: 100 });
  });
});
