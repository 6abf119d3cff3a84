import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { deriveCharges, type FinalCharge } from '../../../../lib/billing/charges.ts';
import { audit, auditToday, resumeAudit } from '../../../../lib/operations/audit/audit.ts';
import type { BillingContext } from '../../../../lib/operations/billing-context.ts';
import type { Item, Key, Table } from '../../../../lib/store/table.ts';
import { TableUnavailable } from '../../../../lib/store/unavailable.ts';
import { wrapTable } from '../tables.ts';
import { at, createWorld, inShort, retraction, status, TARIFF, TWO_CPUS, type World } from '../world.ts';

/** Three jobs: one ended, one that crosses a closed month's end and still runs, one of another project on CPUs. */
const createBusyWorld = async (): Promise<World> => {
  const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
  await world.tell(
    status('ended', 'RUNNING', '2026-10-29T09:00:00Z'),
    status('ended', 'DONE', '2026-10-29T14:00:00Z'),
    status('crossing', 'RUNNING', '2026-10-29T12:00:00Z'),
    status('other', 'RUNNING', '2026-10-29T10:00:00Z', { projectId: 'proj-2', resources: TWO_CPUS }),
    status('other', 'DONE', '2026-10-29T11:00:00Z', { projectId: 'proj-2' }),
  );
  await world.closeAt('2026-11-01T02:00:00Z');
  return world;
};

const chargeKey = (jobId: string, start: string, projectId = 'proj-1', usageMonth = '2026-10'): Key => ({
  pk: `PROJECT#${projectId}#${usageMonth}`,
  sk: `CHARGE#${jobId}#${start}`,
});
const ENDED = chargeKey('ended', '2026-10-29T09:00:00.000Z');
const CROSSING = chargeKey('crossing', '2026-10-29T12:00:00.000Z');
const OPEN = chargeKey('crossing', '2026-11-01T00:00:00.000Z', 'proj-1', '2026-11');

/** Somebody edits the table by hand. */
const edit = async (table: Table, key: Key, change: (item: Item) => Item | undefined) => {
  const item = await table.get(key);
  if (!item) throw new Error(`no item ${key.pk} ${key.sk}`);
  const changed = change(item);
  if (changed) await table.put({ item: changed });
  else await table.delete(key, { kind: 'unchanged', attribute: 'pk', value: key.pk });
};

let world: World;
beforeEach(async () => {
  world = await createBusyWorld();
});

const run = async (options?: Parameters<typeof audit>[1]) => audit(await world.open(), options);
const inWords = ({ findings }: Awaited<ReturnType<typeof run>>) =>
  findings.map(({ kind, cause, jobId }) => [kind, cause, jobId].filter(Boolean).join(', ')).sort();

describe('an audit of a table that is as it must be', () => {
  test('finds nothing, and looks at every job and every usage month', async () => {
    expect(await run()).toMatchObject({ jobs: 3, usageMonths: 3, differences: 0, healed: 0, findings: [] });
  });

  test('finds nothing while months are open, run late, are corrected, unrated or held', async () => {
    await world.tell(
      retraction(status('ended', 'DONE', '2026-10-29T14:00:00Z'), '2026-11-02T00:00:00Z'),
      status('ended', 'DONE', '2026-10-29T13:00:00Z'),
      status('unrated', 'RUNNING', '2026-10-29T13:00:00Z', {}),
      status('lost', 'RUNNING', '2026-09-01T00:00:00Z'),
    );
    expect(await run()).toMatchObject({ differences: 0 });
    await world.closeAt('2026-12-01T02:00:00Z');
    expect(await run()).toMatchObject({ differences: 0 });
    await world.closeAt('2027-01-01T02:00:00Z');
    expect(await run()).toMatchObject({ differences: 0 });
  });

  test('finds nothing where changes cancel out and so ask for nothing', async () => {
    // The same minutes, a little later: the old piece is void, the new one asks for as much.
    await world.tell(
      retraction(status('other', 'RUNNING', '2026-10-29T10:00:00Z'), '2026-11-02T00:00:00Z'),
      status('other', 'RUNNING', '2026-10-29T10:00:01Z', { projectId: 'proj-2', resources: TWO_CPUS }),
    );
    await world.closeAt('2026-12-01T02:00:00Z');
    await world.closeAt('2027-02-01T02:00:00Z');
    expect((await world.store.readStatementIndex('proj-2')).statements).toHaveLength(1);
    expect(await run()).toMatchObject({ differences: 0 });
  });

  test.each([
    [
      'a run that begins with the next month and is known already',
      '2026-10-31T23:58:00Z',
      '2026-10-31T23:58:00Z',
    ],
    ['a mark of a process whose clock is ahead', '2026-11-01T00:00:02Z', '2026-10-31T23:59:58Z'],
  ])('finds nothing at the turn of a month: %s', async (_, told, audited) => {
    world = await createWorld({ now: told });
    await world.tell(
      status('late', 'RUNNING', '2026-10-31T22:00:00Z'),
      status('late', 'DONE', '2026-10-31T23:00:00Z'),
      status('early', 'RUNNING', '2026-11-01T00:02:00Z'),
    );
    world.setClock(audited);
    expect(await run()).toMatchObject({ differences: 0 });
  });

  test('reads the log of a job once beside the scan, and its charges once', async () => {
    const read = new Map<string, number>();
    const watched = wrapTable(world.table, async ({ name, args }, run) => {
      const [partition, { prefix = '' } = {}] = args as Parameters<Table['query']>;
      const what = `${partition} ${prefix}`;
      if (name === 'query') read.set(what, (read.get(what) ?? 0) + 1);
      return run();
    });
    expect(await audit(await world.open(watched))).toMatchObject({ differences: 0 });
    expect(read.get('JOB#ended ')).toBe(1);
    expect(read.get('PROJECT#proj-1#2026-10 CHARGE#ended#')).toBe(1);
  });

  test('writes nothing but its own progress', async () => {
    const before = await world.items('');
    await run();
    expect((await world.items('')).filter(({ pk }) => pk !== 'AUDIT')).toEqual(before);
  });
});

describe('a table damaged by hand', () => {
  test('a charge of a job that was never billable is found and voided', async () => {
    await world.tell(status('waiting', 'QUEUED', '2026-10-29T09:00:00Z'));
    const charge = (await world.table.get(ENDED)) as Item;
    await world.table.put({
      item: {
        ...charge,
        ...chargeKey('waiting', '2026-10-29T09:00:00.000Z'),
        jobId: 'waiting',
        factsSeen: 1,
      },
    });
    expect(inWords(await run({ heal: true }))).toEqual(['added, damaged, waiting']);
    expect(inWords(await run())).toEqual([]);
  });

  const wrongMinutes = (item: Item): Item => ({ ...item, minutes: 301, amount: 5n });

  test('a charge changed, one deleted and one added are found, healed and gone', async () => {
    const before = await world.standing();
    await edit(world.table, ENDED, wrongMinutes);
    await edit(world.table, OPEN, () => undefined);
    const other = await world.table.get(chargeKey('other', '2026-10-29T10:00:00.000Z', 'proj-2'));
    const { sk } = chargeKey('other', '2026-10-29T12:00:00.000Z');
    await world.table.put({ item: { ...(other as Item), sk } });

    const found = await run();
    expect(found.differences).toBe(3);
    expect(inWords(found)).toEqual([
      'added, damaged, other',
      'changed, damaged, ended',
      'missing, damaged, crossing',
    ]);
    expect(found.findings.find(({ kind }) => kind === 'changed')).toMatchObject({
      projectId: 'proj-1',
      usageMonth: '2026-10',
      jobId: 'ended',
      start: '2026-10-29T09:00:00.000Z',
      expected: { minutes: 300, amount: '1158000000000000' },
      found: { minutes: 301, amount: '5' },
    });
    // Where it is is told once, beside what it is.
    expect(found.findings.find(({ kind }) => kind === 'missing')).toEqual({
      ...{ kind: 'missing', cause: 'damaged', projectId: 'proj-1', usageMonth: '2026-11' },
      ...{ jobId: 'crossing', start: '2026-11-01T00:00:00.000Z' },
      expected: {
        ...{ kind: 'open', flavor: 'ai1-1-gpu', unit: 'gpu', units: 2, limit: at('2026-11-26T12:00:00Z') },
        openedBy: expect.objectContaining({ time: at('2026-10-29T12:00:00Z') }),
      },
    });
    expect(await run({ heal: true })).toMatchObject({ differences: 3, healed: 3 });
    expect(await run()).toMatchObject({ differences: 0 });
    expect(await world.standing()).toEqual(before);
  });

  test.each<[string, Key, (item: Item) => Item | undefined]>([
    ['that knows more facts than there are', ENDED, (item) => ({ ...item, minutes: 1, factsSeen: 99 })],
    ['that knows more tariffs than there are', ENDED, (item) => ({ ...item, minutes: 1, tariffsSeen: 99 })],
    ['whose versions is no number', ENDED, (item) => ({ ...item, minutes: 1, factsSeen: 'all' })],
    ['right but for what its writer knew', ENDED, (item) => ({ ...item, factsSeen: 99 })],
    ['without an amount', ENDED, ({ amount: _, ...item }) => item as Item],
    ['whose amount is a text', ENDED, (item) => ({ ...item, amount: 'much' })],
    ['whose amount is no integer', ENDED, (item) => ({ ...item, amount: 0.5 })],
    ['of no kind', ENDED, ({ kind: _, ...item }) => item as Item],
    ['made open', CROSSING, (item) => ({ ...item, kind: 'open' })],
    ['made final', OPEN, (item) => ({ ...item, kind: 'final', minutes: 5 })],
    ['made void', ENDED, (item) => ({ ...item, kind: 'void' })],
    ['that names another job inside', ENDED, (item) => ({ ...item, jobId: 'somebody', minutes: 2 })],
    ['with nothing inside', ENDED, ({ pk, sk }) => ({ pk, sk })],
  ])('a charge %s is found and healed', async (_, key, change) => {
    const before = await world.items('CHARGE#');
    await edit(world.table, key, change);
    const found = await run();
    expect(inWords(found)).toEqual([expect.stringMatching(/^changed, damaged, /)]);
    expect(await run({ heal: true })).toMatchObject({ differences: 1, healed: 1 });
    expect(await run()).toMatchObject({ differences: 0 });
    const without = ({ factsSeen: _, tariffsSeen: __, ...item }: Item) => item;
    expect((await world.items('CHARGE#')).map(without)).toEqual(before.map(without));
  });

  test.each<[string, Key]>([
    ['under a project its job never had', chargeKey('ended', '2026-10-29T09:00:00.000Z', 'proj-2')],
    ['in a month its job never ran in', chargeKey('ended', '2026-10-29T09:00:00.000Z', 'proj-1', '2026-11')],
    ['of a job nobody heard of', chargeKey('unheard', '2026-10-29T09:00:00.000Z')],
    ['with a key that no charge has', chargeKey('ended', 'whenever')],
    ['with a time that is written in another way', chargeKey('ended', '2026-10-29T09:00Z')],
    ['with a key of too many parts', chargeKey('ended', '2026-10-29T09:00:00.000Z#again')],
  ])('a charge %s is found and healed', async (_, key) => {
    const before = await world.standing();
    await world.table.put({ item: { ...((await world.table.get(ENDED)) as Item), ...key } });
    expect(inWords(await run())).toEqual([expect.stringMatching(/^added, damaged/)]);
    expect(await run({ heal: true })).toMatchObject({ differences: 1, healed: 1 });
    expect(await run()).toMatchObject({ differences: 0 });
    expect(await world.standing()).toEqual(before);
  });

  test('a charge that claims too much is told with what it claims', async () => {
    await edit(world.table, ENDED, (item) => ({ ...item, factsSeen: 99 }));
    expect((await run()).findings).toMatchObject([
      { kind: 'changed', cause: 'damaged', jobId: 'ended', found: { factsSeen: 99, tariffsSeen: 1 } },
    ]);
  });

  test('healing one charge leaves the others of its job as they are', async () => {
    const before = await world.table.get(CROSSING);
    await edit(world.table, OPEN, (item) => ({ ...item, units: 9 }));
    expect(await run({ heal: true })).toMatchObject({ differences: 1, healed: 1 });
    expect(await world.table.get(CROSSING)).toEqual(before);
  });

  test("a charge that is nobody's is told with its key, one that is astray with its start", async () => {
    const charge = (await world.table.get(ENDED)) as Item;
    const start = '2026-10-29T09:00:00.000Z';
    await world.table.put({ item: { ...charge, ...chargeKey('unheard', 'whenever') } });
    await world.table.put({ item: { ...charge, ...chargeKey('strange', start) } });
    expect(new Map((await run()).findings.map((finding) => [finding.jobId, finding.start]))).toEqual(
      new Map([
        ['unheard', 'CHARGE#unheard#whenever'],
        ['strange', start],
      ]),
    );
  });

  test('a void charge with a key that no charge has is taken away', async () => {
    const { kind: _, ...charge } = (await world.table.get(ENDED)) as Item;
    const key = chargeKey('unheard', 'whenever');
    await world.table.put({ item: { ...charge, ...key, kind: 'void' } as Item });
    expect(await run({ heal: true })).toMatchObject({ differences: 1, healed: 1 });
    expect(await world.table.get(key)).toBeUndefined();
  });

  test('a void charge that is gone is put back, as a close needs it', async () => {
    await world.tell(retraction(status('other', 'RUNNING', '2026-10-29T10:00:00Z'), '2026-11-02T00:00:00Z'));
    await edit(world.table, chargeKey('other', '2026-10-29T10:00:00.000Z', 'proj-2'), () => undefined);
    const healed = await run({ heal: true });
    expect(inWords(healed)).toEqual(['missing, damaged, other']);
    expect(healed.findings[0]?.expected).toEqual({ kind: 'void' });
    expect(await run()).toMatchObject({ differences: 0 });
    await world.closeAt('2026-12-01T02:00:00Z');
    const { lines } = await world.statement('proj-2', '2026-11');
    expect(lines.map(inShort)).toEqual(['correction 2026-10 ai1-1-cpu -60 min -0.06']);
  });

  test('a due mark that is gone is put back where something waits to be billed, and only there', async () => {
    const marks = (await world.items('')).filter(({ pk }) => pk.startsWith('DUE#'));
    for (const mark of marks) await edit(world.table, mark, () => undefined);
    // October is billed; what waits is the job that runs in November.
    expect((await run()).findings).toEqual([
      { kind: 'unannounced', cause: 'no mark', projectId: 'proj-1', usageMonth: '2026-11' },
    ]);
    expect(await run({ heal: true })).toMatchObject({ differences: 1, healed: 1 });
    await world.closeAt('2026-12-01T02:00:00Z');
    expect((await world.statement('proj-1', '2026-11')).lines.map(inShort)).toEqual([
      'usage 2026-11 ai1-1-gpu 36720 min 2362.32',
    ]);
  });

  test('a due mark that is gone is put back by the very process that remembers to have put it', async () => {
    const context = await world.open();
    await context.markChanged({ projectId: 'proj-1', usageMonth: '2026-11' });
    const marks = (await world.items('')).filter(({ pk }) => pk.startsWith('DUE#'));
    for (const mark of marks) await edit(world.table, mark, () => undefined);
    expect(await audit(context, { heal: true })).toMatchObject({ differences: 1, healed: 1 });
  });

  test('a correction whose mark no close will read any more is announced again', async () => {
    await world.closeAt('2027-01-01T02:00:00Z');
    // Closed are October, November and December; marks of October and November are there still.
    await world.tell(status('ended', 'DONE', '2026-10-29T13:00:00Z'));
    const marks = (await world.items('')).filter(({ pk }) => pk.startsWith('DUE#2027-01'));
    for (const mark of marks) await edit(world.table, mark, () => undefined);
    expect((await run()).findings).toEqual([
      { kind: 'unannounced', cause: 'no mark', projectId: 'proj-1', usageMonth: '2026-10' },
    ]);
    expect(await run({ heal: true })).toMatchObject({ healed: 1 });
    expect(await run()).toMatchObject({ differences: 0 });
    await world.closeAt('2027-02-01T02:00:00Z');
    expect((await world.statement('proj-1', '2027-01')).lines.map(inShort)).toEqual([
      'correction 2026-10 ai1-1-gpu -60 min -3.86',
    ]);
  });

  test('a wrong charge that was billed is corrected by the statement after the audit', async () => {
    await world.tell(
      status('wrong', 'RUNNING', '2026-11-02T00:00:00Z'),
      status('wrong', 'DONE', '2026-11-02T01:00:00Z'),
    );
    await edit(world.table, chargeKey('wrong', '2026-11-02T00:00:00.000Z', 'proj-1', '2026-11'), (item) => ({
      ...item,
      minutes: 6000,
    }));
    await world.closeAt('2026-12-01T02:00:00Z');
    const frozen = await world.statement('proj-1', '2026-11');
    expect(await run({ heal: true })).toMatchObject({ differences: 1, healed: 1 });
    await world.closeAt('2027-01-01T02:00:00Z');
    expect((await world.statement('proj-1', '2026-12')).lines.map(inShort)).toEqual([
      'correction 2026-11 ai1-1-gpu -5940 min -382.14',
    ]);
    expect(await world.statement('proj-1', '2026-11')).toEqual(frozen);
  });

  test('a stamp that is gone is not taken for something to bill: nothing is announced, so nothing is billed twice', async () => {
    const [stamp] = (await world.items('BILLED#other')) as [Item];
    await world.closeAt('2026-12-01T02:00:00Z');
    await edit(world.table, stamp, () => undefined);
    const { differences, healed, findings } = await run({ heal: true });
    expect({ differences, healed }).toEqual({ differences: 2, healed: 0 });
    expect(findings).toEqual(
      ['unannounced', 'statement'].map((kind) =>
        expect.objectContaining({ kind, projectId: 'proj-2', usageMonth: '2026-10' }),
      ),
    );
    expect(findings[0]?.error).toContain('see jobmeter replay 2026-10');
    await world.closeAt('2027-01-01T02:00:00Z');
    const { statements } = await world.store.readStatementIndex('proj-2');
    expect(statements.map(({ month }) => month)).toEqual(['2026-10']);
  });

  test.each<[string, Key, (item: Item) => Item]>([
    [
      'a statement',
      { pk: 'PROJECT#proj-1#2026-10', sk: 'STATEMENT' },
      (item) => ({ ...item, total: '1.00' }),
    ],
    [
      'an index of statements',
      { pk: 'PROJECT#proj-1', sk: 'HEAD' },
      (item) => ({
        ...item,
        statements: (item.statements as Item[]).map((one) => ({ ...one, total: '1.00' })),
      }),
    ],
  ])('%s that was changed is told and never healed', async (_, key, change) => {
    await edit(world.table, key, change);
    const { differences, healed, findings } = await run({ heal: true });
    expect({ differences, healed }).toEqual({ differences: 1, healed: 0 });
    expect(findings[0]).toMatchObject({
      ...{ kind: 'statement', cause: 'damaged', projectId: 'proj-1', usageMonth: '2026-10' },
      error: expect.stringContaining('does not follow from its billed charges'),
    });
    expect(await world.table.get(key)).toEqual(change((await world.table.get(key)) as Item));
  });

  test('facts that cannot be read are told, and the rest is audited', async () => {
    const [fact] = (await world.items('EVENT#')).filter(({ pk }) => pk === 'JOB#other');
    await edit(world.table, fact as Item, ({ time: _, ...item }) => item as Item);
    await edit(world.table, ENDED, wrongMinutes);
    const found = await run({ heal: true });
    expect(inWords(found)).toContain('changed, damaged, ended');
    expect(found.healed).toBeLessThan(found.differences);
    const unreadable = found.findings.filter(({ kind }) => kind === 'unreadable');
    expect(unreadable).toEqual([
      { kind: 'unreadable', cause: 'damaged', jobId: 'other', healed: false, error: expect.any(String) },
      {
        ...{ kind: 'unreadable', cause: 'damaged', projectId: 'proj-2', usageMonth: '2026-10' },
        ...{ healed: false, error: expect.any(String) },
      },
    ]);
  });

  test('whatever is done to one charge, an audit that heals brings back all of them (I1)', async () => {
    const value = fc.oneof(
      fc.integer(),
      fc.string({ maxLength: 5 }),
      fc.boolean(),
      fc.constant([]),
      fc.bigInt(),
    );
    const attribute = fc.constantFrom(
      ...[
        'kind',
        'end',
        'minutes',
        'amount',
        'flavor',
        'units',
        'pricePerHour',
        'factsSeen',
        'tariffsSeen',
        'held',
      ],
      ...['openedBy', 'endedBy', 'limit', 'more'],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(ENDED, CROSSING, OPEN),
        fc.oneof(
          fc.constant('deleted' as const),
          fc.dictionary(attribute, value, { minKeys: 1, maxKeys: 4 }),
        ),
        async (key, damage) => {
          world = await createBusyWorld();
          const before = await world.standing();
          await edit(world.table, key, (item) =>
            damage === 'deleted' ? undefined : ({ ...item, ...damage } as Item),
          );
          const { differences, healed } = await run({ heal: true });
          expect(healed).toBe(differences);
          expect(await run()).toMatchObject({ differences: 0 });
          expect(await world.standing()).toEqual(before);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('the cause of a difference', () => {
  test('is that no settle has seen the latest facts', async () => {
    await world.record(
      status('crossing', 'DONE', '2026-11-01T01:00:00Z'),
      status('new', 'RUNNING', '2026-11-01T01:00:00Z'),
      // It has a charge that was written, and another run since.
      status('ended', 'RUNNING', '2026-11-01T01:00:00Z'),
      status('ended', 'DONE', '2026-11-01T01:30:00Z'),
    );
    expect(inWords(await run())).toEqual([
      'changed, not settled, crossing',
      'missing, not settled, ended',
      'missing, not settled, new',
    ]);
    expect(await run({ heal: true })).toMatchObject({ differences: 3, healed: 3 });
  });

  test('is that its job is parked', async () => {
    await world.record(status('crossing', 'DONE', '2026-11-01T01:00:00Z'));
    await world.store.parkJob({ jobId: 'crossing', parkedAt: 1, error: 'throttled' });
    expect(inWords(await run())).toEqual(['changed, parked, crossing']);
  });

  test('is a tariff that was published since', async () => {
    await world.store.publishTariff({ ...TARIFF, revision: 2, pricePerHour: { 'ai1-1-cpu': '0.04' } });
    expect(inWords(await run())).toEqual([
      'changed, tariff not settled, crossing',
      'changed, tariff not settled, ended',
      'changed, tariff not settled, other',
    ]);
    expect(await run({ heal: true })).toMatchObject({ differences: 3, healed: 3 });
  });
});

test('what a settle puts right between two looks is no difference', async () => {
  await world.record(status('crossing', 'DONE', '2026-11-01T01:00:00Z'));
  const context = await world.open();
  let reads = 0;
  const store: typeof context.store = {
    ...context.store,
    // An audit that found something asks whether the job is parked: then the stream delivers.
    async readParkedJob(jobId) {
      reads += 1;
      await world.settle(jobId);
      return context.store.readParkedJob(jobId);
    },
  };
  expect(await audit({ ...context, store })).toMatchObject({ differences: 0 });
  expect(reads).toBe(1);
});

test('what is told and settled just while it looks is no difference', async () => {
  const context = await world.open();
  const news = [
    status('crossing', 'INTERRUPTING', '2026-11-01T01:00:00Z'),
    status('crossing', 'RUNNING', '2026-11-01T01:10:00Z'),
    status('crossing', 'INTERRUPTING', '2026-11-01T01:20:00Z'),
    status('crossing', 'DONE', '2026-11-01T01:30:00Z'),
  ];
  const store: typeof context.store = {
    ...context.store,
    async storedCharges(projectId, usageMonth, jobId) {
      const told = jobId === 'crossing' ? news.shift() : undefined;
      if (told) await world.tell(told);
      return context.store.storedCharges(projectId, usageMonth, jobId);
    },
  };
  expect(await audit({ ...context, store })).toMatchObject({ differences: 0 });
  // It looked once, in the two months of the job: there was nothing to look at again.
  expect(news).toHaveLength(2);
});

test('what follows from a tariff that was published since it began is no difference', async () => {
  const context = await world.open();
  await context.tariffs();
  await world.store.publishTariff({ ...TARIFF, revision: 2, pricePerHour: { 'ai1-1-gpu': '2' } });
  for (const jobId of ['ended', 'crossing', 'other']) await world.settle(jobId);
  expect(await audit(context)).toMatchObject({ differences: 0 });
});

describe('an audit that is cut off', () => {
  const MINUTE = 60_000;

  /** So many jobs that a segment does not see all of its own at once. */
  const createCrowd = async (jobs: number) => {
    const facts = Array.from({ length: jobs }, (_, index) => [
      status(`job-${index}`, 'RUNNING', '2026-11-01T00:00:00Z'),
      status(`job-${index}`, 'DONE', '2026-11-01T01:00:00Z'),
    ]);
    await world.tell(...facts.flat());
  };

  test('goes on where it stopped and looks at all that is left', async () => {
    await createCrowd(1200);
    for (const jobId of ['job-3', 'job-1150'])
      await edit(world.table, chargeKey(jobId, '2026-11-01T00:00:00.000Z', 'proj-1', '2026-11'), (item) => ({
        ...item,
        minutes: 1,
      }));
    const context = await world.open();
    let looks = 0;
    const first = await audit(context, {
      deadline: world.clock.now + MINUTE,
      onProgress: () => {
        looks += 1;
        if (looks === 850) world.clock.now += MINUTE;
      },
    });
    expect(first.finishedAt).toBeUndefined();
    expect(first.jobs + first.usageMonths).toBeLessThan(1206);

    const second = await resumeAudit(await world.open());
    expect(second).toMatchObject({ id: first.id, differences: 2, usageMonths: 3 });
    expect(second?.finishedAt).toBe(world.clock.now);
    expect(second?.jobs).toBeGreaterThanOrEqual(1203);
    expect(await resumeAudit(await world.open())).toBeUndefined();
  });

  test('by a table that is unavailable has found nothing there, and is resumed there', async () => {
    const context = await world.open();
    const store: BillingContext['store'] = {
      ...context.store,
      storedCharges: () => Promise.reject(new TableUnavailable(new Error('throttled'))),
    };
    await expect(audit({ ...context, store })).rejects.toThrow('the table is not available: throttled');
    const resumed = await resumeAudit(context);
    expect(resumed).toMatchObject({ differences: 0, finishedAt: world.clock.now });
    expect(resumed?.jobs).toBeGreaterThan(0);
  });

  test('is not done before its longest part is', async () => {
    await createCrowd(150);
    const context = await world.open();
    const store: typeof context.store = {
      ...context.store,
      // All that there is lies in one segment.
      async *scanPartitions({ segment } = {}) {
        if (segment?.index === 0) yield* context.store.scanPartitions();
      },
    };
    const done = await audit({ ...context, store });
    expect(done).toMatchObject({ jobs: 153, usageMonths: 3, finishedAt: world.clock.now });
  });

  test('is kept for ninety days', async () => {
    await run();
    const [kept] = (await world.items('')).filter(({ pk }) => pk === 'AUDIT');
    expect(kept?.expiresAt).toBe(at('2027-01-30T02:00:00Z') / 1000);
  });

  test('before the first audit there is nothing to resume', async () => {
    expect(await resumeAudit(await world.open())).toBeUndefined();
  });

  test('the daily one heals, continues what is left of it, and is finished once a day', async () => {
    await edit(world.table, ENDED, (item) => ({ ...item, minutes: 1 }));
    const deadline = Number.POSITIVE_INFINITY;
    const today = async (until = deadline) => auditToday(await world.open(), { deadline: until });
    const begun = await today(world.clock.now);
    expect(begun).toMatchObject({ heals: true, jobs: 0 });
    expect(begun?.finishedAt).toBeUndefined();
    const ended = await today();
    expect(ended).toMatchObject({ id: begun?.id, differences: 1, healed: 1 });
    const { end } = (await world.open()).calendar.dayOf(world.clock.now);
    world.clock.now = end - 1;
    expect(await today()).toBeUndefined();
    // One by hand that does not heal is no reason to leave the daily one out, or to continue with.
    await run();
    world.clock.now = end;
    await run({ deadline: world.clock.now });
    const next = await today(world.clock.now);
    expect(next).toMatchObject({ heals: true, jobs: 0, startedAt: end });
    // What one day is too short for is continued on the next.
    world.clock.now += 24 * 60 * MINUTE;
    expect(await today()).toMatchObject({ id: next?.id, differences: 0, finishedAt: world.clock.now });
  });

  test.each([
    ['UTC', '2026-11-01T00:00:00Z'],
    ['Asia/Tokyo', '2026-10-31T15:00:00Z'],
    ['America/Los_Angeles', '2026-11-01T07:00:00Z'],
  ])(
    'the daily one begins at midnight of %s, so it comes between a month and its close',
    async (timeZone, midnight) => {
      const there = await createWorld({ timeZone });
      const today = async () => auditToday(await there.open(), {});
      there.clock.now = at(midnight) - 1;
      expect(await today()).toBeDefined();
      expect(await today()).toBeUndefined();
      there.clock.now = at(midnight);
      expect(await today()).toMatchObject({ startedAt: at(midnight) });
    },
  );
});

test('only the first hundred findings are kept, and all are counted', async () => {
  await world.record(
    ...Array.from({ length: 120 }, (_, index) => status(`job-${index}`, 'RUNNING', '2026-11-01T00:00:00Z')),
  );
  const found = await run();
  expect(found.differences).toBe(120);
  expect(found.findings).toHaveLength(100);
});

test('a first write that outlives its process and lands after the retraction was settled is healed', async () => {
  const started = status('late', 'RUNNING', '2026-11-01T00:00:00Z');
  await world.tell(started, status('late', 'DONE', '2026-11-01T01:00:00Z'));
  const key = chargeKey('late', '2026-11-01T00:00:00.000Z', 'proj-1', '2026-11');
  const firstWrite = (await world.table.get(key)) as Item;
  await edit(world.table, key, () => undefined);
  await world.tell(retraction(started, '2026-11-01T01:30:00Z'));
  await world.table.put({ item: firstWrite, condition: { kind: 'absent' } });
  expect(await run({ heal: true })).toMatchObject({ differences: 1, healed: 1 });
  expect(await world.table.get(key)).toMatchObject({ kind: 'void' });
});

test('a charge written from facts that were overtaken, by a process that died then, is healed', async () => {
  const mistaken = status('ended', 'DONE', '2026-10-29T13:00:00Z');
  await world.record(mistaken);
  const facts = await world.store.readFacts('ended');
  const context = await world.open();
  const [overtaken] = deriveCharges(facts, await context.tariffs(), context.calendar);
  world.clock.now += 1;
  await world.tell(retraction(mistaken, '2026-11-01T01:00:00Z'));
  // The newer facts left the charge as it was, so it does not tell that they were seen.
  const versions = { factsSeen: facts.length, tariffsSeen: 1 };
  expect(await world.store.writeCharges([overtaken as FinalCharge], versions)).toBe(true);
  expect(inWords(await run())).toEqual(['changed, not settled, ended']);
  expect(await run({ heal: true })).toMatchObject({ differences: 1, healed: 1 });
  expect(await world.table.get(ENDED)).toMatchObject({ minutes: 300 });
});

test('time is not what an audit takes its charges from', async () => {
  world.setClock('2031-01-01T00:00:00Z');
  expect(at('2031-01-01T00:00:00Z')).toBe(world.clock.now);
  expect((await run()).findings.filter(({ kind }) => kind !== 'unannounced')).toEqual([]);
});
