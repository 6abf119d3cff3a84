import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { audit } from '../../../../lib/operations/audit/audit.ts';
import type { Item, Key } from '../../../../lib/store/table.ts';
import { editRecord } from '../billed-records.ts';
import { at, inShort, retraction, status, TWO_CPUS, type World } from '../world.ts';
import { CROSSING, chargeKey, createThreeJobs, ENDED, edit, inWords, OPEN } from './audited-table.ts';

let world: World;
beforeEach(async () => {
  world = await createThreeJobs();
});

const run = async (options?: Parameters<typeof audit>[1]) => audit(await world.open(), options);

describe('an audit of a table that was damaged by hand', () => {
  test('finds and voids a charge of a job that was never billable', async () => {
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

  test('finds and heals a changed, a deleted and an added charge', async () => {
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
      expected: { minutes: 300, amount: '1158000000000000000' },
      found: { minutes: 301, amount: '5' },
    });
    // Its key is reported once, beside its content.
    expect(found.findings.find(({ kind }) => kind === 'missing')).toEqual({
      ...{ kind: 'missing', cause: 'damaged', projectId: 'proj-1', usageMonth: '2026-11' },
      ...{ jobId: 'crossing', start: '2026-11-01T00:00:00.000Z' },
      expected: {
        kind: 'open',
        resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 2_000, cpu: 26_000 } },
        limit: { at: at('2026-11-26T12:00:00Z'), cause: 'maxRunning' },
        longest: { at: at('2026-11-26T12:00:00Z'), cause: 'maxRunning' },
        openedBy: expect.objectContaining({ time: at('2026-10-29T12:00:00Z') }),
        statedBy: expect.objectContaining({ time: at('2026-10-29T12:00:00Z') }),
      },
    });
    expect(await run({ heal: true })).toMatchObject({ differences: 3, healed: 3 });
    expect(await run()).toMatchObject({ differences: 0 });
    expect(await world.standing()).toEqual(before);
  });

  test.each<[string, Key, (item: Item) => Item | undefined]>([
    ['that knows one fact more than there are', ENDED, (item) => ({ ...item, minutes: 1, factsSeen: 3 })],
    ['that knows one tariff more than there are', ENDED, (item) => ({ ...item, minutes: 1, tariffsSeen: 2 })],
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

  test('reports a charge that is ahead of the log, with its versions', async () => {
    await edit(world.table, ENDED, (item) => ({ ...item, factsSeen: 99 }));
    expect((await run()).findings).toMatchObject([
      { kind: 'changed', cause: 'damaged', jobId: 'ended', found: { factsSeen: 99, tariffsSeen: 1 } },
    ]);
  });

  test('heals one charge and leaves the others of its job as they are', async () => {
    const before = await world.table.get(CROSSING);
    await edit(world.table, OPEN, (item) => ({
      ...item,
      resources: { flavor: 'ai1-1-gpu', milliUnits: { gpu: 9_000 } },
    }));
    expect(await run({ heal: true })).toMatchObject({ differences: 1, healed: 1 });
    expect(await world.table.get(CROSSING)).toEqual(before);
  });

  test('reports a charge of no job with its key, and a misplaced one with its start', async () => {
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

  test('deletes a void charge with a key that no charge can have', async () => {
    const { kind: _, ...charge } = (await world.table.get(ENDED)) as Item;
    const key = chargeKey('unheard', 'whenever');
    await world.table.put({ item: { ...charge, ...key, kind: 'void' } as Item });
    expect(await run({ heal: true })).toMatchObject({ differences: 1, healed: 1 });
    expect(await world.table.get(key)).toBeUndefined();
  });

  test('puts back a void charge that is gone, as a close needs it', async () => {
    const started = status('other', 'RUNNING', '2026-10-29T10:00:00Z', { projectId: 'proj-2' });
    await world.tell(retraction(started, '2026-11-02T00:00:00Z'));
    await edit(world.table, chargeKey('other', '2026-10-29T10:00:00.000Z', 'proj-2'), () => undefined);
    const healed = await run({ heal: true });
    expect(inWords(healed)).toEqual(['missing, damaged, other']);
    expect(healed.findings[0]?.expected).toEqual({ kind: 'void' });
    expect(await run()).toMatchObject({ differences: 0 });
    await world.closeAt('2026-12-01T02:00:00Z');
    const { lines } = await world.statement('proj-2', '2026-11');
    expect(lines.map(inShort)).toEqual(['correction 2026-10 ai1-1-cpu -60 min -0.06']);
  });

  test('puts back a changed-month mark where something is unbilled, and only there', async () => {
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

  test('puts back a changed-month mark that the same process remembers to have put', async () => {
    const context = await world.open();
    await context.markChanged({ projectId: 'proj-1', usageMonth: '2026-11' });
    const marks = (await world.items('')).filter(({ pk }) => pk.startsWith('DUE#'));
    for (const mark of marks) await edit(world.table, mark, () => undefined);
    expect(await audit(context, { heal: true })).toMatchObject({ differences: 1, healed: 1 });
  });

  test('marks a month again whose mark no close will read any more', async () => {
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

  test('leads to a correction of a wrong billed charge on the next statement', async () => {
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

  test('does not mark a month whose billed charge is gone, so nothing is billed twice', async () => {
    await world.closeAt('2026-12-01T02:00:00Z');
    await editRecord(
      world.table,
      ({ jobId }) => jobId === 'other',
      () => undefined,
    );
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

  test('nor one of which a correction is gone that a later statement billed', async () => {
    const ofOther = { projectId: 'proj-2', resources: TWO_CPUS };
    await world.tell(
      status('late', 'RUNNING', '2026-10-29T10:00:00Z', ofOther),
      status('late', 'DONE', '2026-10-29T11:00:00Z', ofOther),
    );
    await world.closeAt('2026-12-01T02:00:00Z');
    await world.closeAt('2027-01-01T02:00:00Z');
    await editRecord(
      world.table,
      ({ jobId }) => jobId === 'late',
      () => undefined,
    );
    const { findings } = await run({ heal: true });
    expect(findings).toHaveLength(2);
    expect(findings.find(({ kind }) => kind === 'unannounced')).toMatchObject({
      ...{ projectId: 'proj-2', usageMonth: '2026-10', healed: false },
      error: expect.stringContaining('see jobmeter replay 2026-11'),
    });
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
  ])('reports %s that was changed and never heals it', async (_, key, change) => {
    await edit(world.table, key, change);
    const { differences, healed, findings } = await run({ heal: true });
    expect({ differences, healed }).toEqual({ differences: 1, healed: 0 });
    expect(findings[0]).toMatchObject({
      ...{ kind: 'statement', cause: 'damaged', projectId: 'proj-1', usageMonth: '2026-10' },
      error: expect.stringContaining('does not follow from its billed charges'),
    });
    expect(await world.table.get(key)).toEqual(change((await world.table.get(key)) as Item));
  });

  test('reports facts that cannot be read, and audits the rest', async () => {
    const [fact] = (await world.items('EVENT#')).filter(({ pk }) => pk === 'JOB#proj-2#other');
    await edit(world.table, fact as Item, ({ time: _, ...item }) => item as Item);
    await edit(world.table, ENDED, wrongMinutes);
    const found = await run({ heal: true });
    expect(inWords(found)).toContain('changed, damaged, ended');
    expect(found.healed).toBeLessThan(found.differences);
    const unreadable = found.findings.filter(({ kind }) => kind === 'unreadable');
    expect(unreadable).toEqual([
      {
        ...{ kind: 'unreadable', cause: 'damaged', projectId: 'proj-2', jobId: 'other' },
        ...{ healed: false, error: expect.any(String) },
      },
      {
        ...{ kind: 'unreadable', cause: 'damaged', projectId: 'proj-2', usageMonth: '2026-10' },
        ...{ healed: false, error: expect.any(String) },
      },
    ]);
  });

  test('restores all charges by healing, whatever is done to one of them (I1)', async () => {
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
        'unit',
        'milliUnits',
        'statedBy',
        'resources',
        'labels',
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
          world = await createThreeJobs();
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
