import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { type ReplayedStatement, replayMonth } from '../../../../lib/operations/verify/replay.ts';
import type { Item } from '../../../../lib/store/table.ts';
import { pricesOf } from '../../billing/builders.ts';
import { billedRecords, editRecord, type PackedRecord, recordsIn, repack } from '../billed-records.ts';
import { anyStory, createStory, playStory, run } from '../statement-story.ts';
import { wrapTable } from '../tables.ts';
import { createWorld, status, TWO_CPUS, type World } from '../world.ts';

const replay = async (world: World, month = '2026-10') => replayMonth(await world.open(), month);

const problemsOf = async (world: World, month = '2026-10') =>
  (await replay(world, month)).findings.map(
    ({ projectId, where, problem }) => `${projectId}, ${where}: ${problem}`,
  );

let world: World;
beforeEach(async () => {
  world = await createStory();
});

describe('unchanged statements', () => {
  test('are rebuilt exactly', async () => {
    expect(await replay(world, '2026-09')).toEqual({
      month: '2026-09',
      closed: true,
      statements: 2,
      billedCharges: 6,
      differences: 0,
      findings: [],
    });
    const seen: ReplayedStatement[] = [];
    const progress = new Set<string>();
    const october = await replayMonth(await world.open(), '2026-10', {
      onStatement: (statement) => seen.push(statement),
      onProgress: ({ step }) => progress.add(step),
    });
    expect(october).toMatchObject({ statements: 2, differences: 0, findings: [] });
    expect(seen.map(({ projectId, differences }) => [projectId, differences]).sort()).toEqual([
      ['proj-1', 0],
      ['proj-2', 0],
    ]);
    expect(progress).toEqual(new Set(['searching', 'rebuilding']));
  });

  test('are rebuilt exactly after later months were closed and facts came late', async () => {
    world.setClock('2026-11-05T00:00:00Z');
    await world.tell(
      status('winter-time', 'RUNNING', '2026-10-13T08:00:00Z', { resources: TWO_CPUS }),
      ...run('b', '2026-10-05T06:00:00Z', '2026-10-05T07:00:00Z'),
      status('into-november', 'DONE', '2026-11-02T00:00:00Z'),
    );
    await world.closeAt('2026-12-01T02:00:00Z');
    expect((await world.statement('proj-1', '2026-11')).lines.some(({ kind }) => kind === 'correction')).toBe(
      true,
    );
    for (const month of ['2026-09', '2026-10', '2026-11'])
      expect(await replay(world, month)).toMatchObject({ differences: 0, findings: [] });
  });

  test('are rebuilt exactly in any story', async () => {
    await fc.assert(
      fc.asyncProperty(anyStory, async (story) => {
        const played = await playStory(story);
        const statements = await played.items('STATEMENT');
        const closed = await played.store.readClosedMonths();
        for (const month of ['2026-09', '2026-10', '2026-11'])
          expect(await replay(played, month)).toMatchObject({
            // Nothing is closed in a story without charges.
            closed: closed.length > 0,
            statements: statements.filter((statement) => statement.month === month).length,
            findings: [],
          });
      }),
      { numRuns: 60 },
    );
  });

  test('are reported as none for a month without any, and whether there can still be some', async () => {
    expect(await replay(world, '2026-11')).toMatchObject({ closed: false, statements: 0, differences: 0 });
    expect(await replay(world, '2026-08')).toMatchObject({ closed: true, statements: 0, differences: 0 });
    expect(await replay(await createWorld(), '2026-08')).toMatchObject({ closed: false, statements: 0 });
  });
});

describe('the statements of a replay are found', () => {
  const scansOf = async (month: string) => {
    let scans = 0;
    const watched = wrapTable(world.table, async ({ name }, run) => {
      scans += name === 'scan' ? 1 : 0;
      return run();
    });
    const { statements, differences } = await replayMonth(await world.open(watched), month);
    return { statements, differences, scans };
  };

  test('by the marks of the month, with no scan, while these are kept', async () => {
    world.setClock('2028-10-08T21:59:59.999Z');
    expect(await scansOf('2026-09')).toEqual({ statements: 2, differences: 0, scans: 0 });
  });

  test('in the whole table once the marks of the month before may be gone', async () => {
    // 800 days after the first of August 2026 in Paris.
    world.setClock('2028-10-08T22:00:00Z');
    for (const mark of await world.items('proj-'))
      if (mark.pk.startsWith('DUE#'))
        await world.table.delete(mark, { kind: 'unchanged', from: { sk: mark.sk } });
    expect(await scansOf('2026-09')).toMatchObject({ statements: 2, differences: 0 });
  });
});

describe('a replay finds tampering with the table:', () => {
  /** Replaces the one item whose keys begin so, or the record, by what `edit` makes of it. */
  const tamper = async (pk: string, sk: string, edit: (item: Item) => Item | undefined) => {
    const [kind, jobId, start, statementId = ''] = sk.split('#');
    if (kind === 'BILLED')
      return editRecord(
        world.table,
        (record) =>
          record.block.pk === pk &&
          record.jobId === jobId &&
          (start ? new Date(record.start).toISOString() === start : true) &&
          record.statementId.startsWith(statementId),
        (record) => edit(record as unknown as Item) as unknown as PackedRecord,
      );
    const found = (await world.items(sk)).filter((item) => item.pk === pk);
    const [item] = found;
    if (!item || found.length > 1) throw new Error(`${found.length} items of ${pk} begin with ${sk}`);
    const edited = edit(structuredClone(item));
    if (edited) await world.table.put({ item: edited });
    else await world.table.delete({ pk: item.pk, sk: item.sk }, { kind: 'unchanged', from: { sk: item.sk } });
  };

  /** Changes members of a member that is an object. */
  const within = (item: Item, member: string, change: object): Item => ({
    ...item,
    [member]: { ...(item[member] as object), ...change } as Item,
  });

  const OCTOBER = 'PROJECT#proj-1#2026-10';
  const B = 'BILLED#b#';

  test.each<[what: string, pk: string, sk: string, edit: (item: Item) => Item | undefined, problem: string]>([
    ['a total', OCTOBER, 'STATEMENT', (item) => ({ ...item, total: '1.00' }), 'statement: total: expected'],
    [
      'a digest',
      OCTOBER,
      'STATEMENT',
      (item) => ({ ...item, digest: 'sha256:0' }),
      'statement: digest: expected',
    ],
    [
      'the amount of a line',
      OCTOBER,
      'STATEMENT',
      (item) => ({
        ...item,
        lines: (item.lines as object[]).map((line) => ({ ...line, amount: '1.00' })) as never,
      }),
      'statement: lines/0/amount: expected',
    ],
    [
      'a count',
      OCTOBER,
      'STATEMENT',
      (item) => within(item, 'held', { count: 0 }),
      'held/count: expected 2, found 0',
    ],
    [
      'a zone',
      OCTOBER,
      'STATEMENT',
      (item) => ({ ...item, timeZone: 'UTC' }),
      'timeZone: expected "Europe/Paris"',
    ],
    [
      'a currency',
      OCTOBER,
      'STATEMENT',
      (item) => ({ ...item, currency: 'JPY' }),
      'currency: expected "EUR"',
    ],
    [
      'a month of usage',
      OCTOBER,
      'STATEMENT',
      (item) => ({ ...item, usageMonths: ['2026-10'] }),
      'statement: lines',
    ],
    [
      'a month of no usage',
      OCTOBER,
      'STATEMENT',
      (item) => ({ ...item, usageMonths: ['2026-08', '2026-09', '2026-10'] }),
      'statement: usageMonths',
    ],
    [
      'an issue',
      OCTOBER,
      'STATEMENT',
      (item) => ({ ...item, issuedAt: 1 }),
      'index: statement of the month/issuedAt',
    ],
    [
      'a member more',
      OCTOBER,
      'STATEMENT',
      (item) => ({ ...item, more: 1 }),
      'statement: more: expected nothing',
    ],
    ['a statement', OCTOBER, 'STATEMENT', () => undefined, 'index: statement of the month: expected nothing'],
    [
      'an index without the statement',
      'PROJECT#proj-1',
      'HEAD',
      (item) => ({ ...item, statements: (item.statements as Item[]).slice(0, 1) }),
      'index: statement of the month: expected',
    ],
    [
      'an index with another total',
      'PROJECT#proj-1',
      'HEAD',
      (item) => ({
        ...item,
        statements: (item.statements as Item[]).map((summary) => ({ ...summary, total: '0.00' })),
      }),
      'index: statement of the month/total',
    ],
    [
      'an index with another statement',
      'PROJECT#proj-1',
      'HEAD',
      (item) => ({
        ...item,
        statements: (item.statements as Item[]).map((summary) => ({
          ...summary,
          statementId: 'statement-9',
        })),
      }),
      'index: statement of the month/statementId',
    ],
    [
      'the minutes of a billed charge',
      OCTOBER,
      B,
      (item) => within(item, 'billed', { minutes: 8 }),
      'b from 2026-10-05T08:00:00.000Z: minutes: expected 7, found 8',
    ],
    [
      'the time of an event in a billed charge',
      OCTOBER,
      B,
      (item) =>
        within(item, 'billed', {
          endedBy: {
            cause: 'fact',
            fact: { source: 'x', id: 'y', time: Date.parse('2026-10-05T08:07:00Z') },
          },
        }),
      "event y of x at 2026-10-05T08:07:00.000Z is not in the job's log",
    ],
    [
      'the units of a billed charge',
      OCTOBER,
      B,
      (item) => within(item, 'billed', { milliUnits: 4_000, amount: 54_040_000_000_000_000n }),
      'event RUNNING 2026-10-05T08:00:00Z of https://gra.training.example does not state these resources',
    ],
    [
      'the flavor of a billed charge',
      OCTOBER,
      B,
      (item) => within(item, 'billed', { flavor: 'ai1-1-cpu' }),
      'does not state these resources',
    ],
    [
      'the unit of a billed charge',
      OCTOBER,
      B,
      (item) => within(item, 'billed', { unit: 'cpu' }),
      'unit in 2023-02-14T00:00:00.000Z#1: expected gpu, found cpu',
    ],
    [
      'the event that stated the resources of a billed charge',
      OCTOBER,
      B,
      (item) =>
        within(item, 'billed', {
          statedBy: { source: 'x', id: 'y', time: Date.parse('2026-10-05T08:00:00Z') },
        }),
      "event y of x at 2026-10-05T08:00:00.000Z is not in the job's log",
    ],
    [
      'a billed charge by resources that another of its events states',
      OCTOBER,
      'BILLED#growing#2026-10-07T08:11:00.000Z#',
      (item) => within(item, 'billed', { milliUnits: 2_000, amount: 540_000_000_000_000n }),
      'does not state these resources',
    ],
    [
      'the labels of a billed charge',
      OCTOBER,
      'BILLED#labelled#',
      (item) => within(item, 'billed', { labels: { team: 'other' } }),
      'statement: digest: expected',
    ],
    [
      'the price of a billed charge',
      OCTOBER,
      B,
      (item) => within(item, 'billed', { pricePerHour: '1', amount: 14_000_000_000_000_000n }),
      'pricePerHour in 2023-02-14T00:00:00.000Z#1: expected 1.93, found 1',
    ],
    [
      'the tariff of a billed charge',
      OCTOBER,
      B,
      (item) => within(item, 'billed', { tariff: '2020-01-01T00:00:00.000Z#1' }),
      'tariff 2020-01-01T00:00:00.000Z#1 is not published',
    ],
    [
      'the job of a billed charge',
      OCTOBER,
      B,
      (item) => within(item, 'billed', { jobId: 'c' }),
      'billed/jobId: expected "b", found "c"',
    ],
    ['a billed charge left out', OCTOBER, B, () => undefined, 'statement: digest: expected'],
    [
      'nonsense',
      OCTOBER,
      B,
      (item) => within(item, 'billed', { minutes: 0.5 }),
      'statement: cannot be rebuilt',
    ],
    [
      'what a billed charge replaces',
      'PROJECT#proj-1#2026-09',
      'BILLED#other-flavor#2026-09-05T08:00:00.000Z#statement-3',
      (item) => within(item, 'replaces', { milliUnits: 1_000 }),
      'other-flavor from 2026-09-05T08:00:00.000Z: replaces/milliUnits: expected 2000, found 1000',
    ],
    [
      'what an earlier statement asked',
      'PROJECT#proj-1#2026-09',
      'BILLED#mistaken#2026-09-04T08:00:00.000Z#statement-1',
      (item) => within(item, 'billed', { minutes: 299 }),
      'mistaken from 2026-09-04T08:00:00.000Z: replaces/minutes: expected 299, found 300',
    ],
  ])('%s', async (_, pk, sk, edit, problem) => {
    await tamper(pk, sk, edit);
    expect(await problemsOf(world)).toContainEqual(expect.stringContaining(problem));
  });

  test('a block that cannot be read', async () => {
    const [record] = await billedRecords(world.table, OCTOBER);
    if (!record) throw new Error('nothing was billed');
    await world.table.put({ item: { ...record.block, rows: Uint8Array.of(1, 2, 3) } });
    expect(await problemsOf(world)).toEqual([
      expect.stringContaining('statement: cannot be rebuilt: packed rows cannot be read'),
    ]);
  });

  test('a month that the index names twice, with charges of an attempt that never committed', async () => {
    const [index] = (await world.items('HEAD')).filter(({ pk }) => pk === 'PROJECT#proj-1');
    const statements = (index?.statements ?? []) as readonly Item[];
    const twice = statements.filter(({ month }) => month === '2026-10');
    const added = twice.map((summary) => ({ ...summary, statementId: 'never-committed' }));
    if (index) await world.table.put({ item: { ...index, statements: [...statements, ...added] } });
    expect(await problemsOf(world)).toEqual(['proj-1, index: names the month 2 times']);
  });

  test.each([
    ['missing', undefined, 'is missing'],
    ['unreadable', Uint8Array.of(1, 2, 3), 'packed rows cannot be read'],
  ])('lines that are %s, and still replays the other statements', async (_, content, problem) => {
    const [statement] = (await world.items('STATEMENT')).filter(({ pk }) => pk === OCTOBER);
    if (!statement) throw new Error('nothing was billed');
    const { lines: _lines, ...others } = statement;
    await world.table.put({ item: { ...others, lineParts: 1 } });
    const sk = `LINES#${String(statement.statementId)}#0000`;
    if (content) await world.table.put({ item: { pk: OCTOBER, sk, content } });
    expect(await replay(world)).toMatchObject({ statements: 2, differences: 1 });
    expect(await problemsOf(world)).toContainEqual(expect.stringMatching(`proj-1, statement: .*${problem}`));
  });

  test('a fact with another time', async () => {
    const event = (await world.items('EVENT#')).find(
      ({ jobId, status: entered }) => jobId === 'b' && entered === 'DONE',
    );
    if (!event) throw new Error('b never ended');
    await world.table.put({ item: { ...event, time: Number(event.time) + 1 } });
    expect(await problemsOf(world)).toEqual([
      expect.stringContaining("at 2026-10-05T08:07:00.000Z is not in the job's log"),
    ]);
  });

  test('a tariff with another price', async () => {
    const [tariff] = await world.items('2023-02-14');
    if (!tariff) throw new Error('there is no tariff');
    await world.table.put({ item: within(tariff, 'prices', pricesOf({ 'ai1-1-gpu': '2' })) });
    expect(await problemsOf(world)).toContainEqual(
      expect.stringContaining('pricePerHour in 2023-02-14T00:00:00.000Z#1: expected 2, found 1.93'),
    );
  });

  test('a price for what had none', async () => {
    const [tariff] = await world.items('2023-02-14');
    if (!tariff) throw new Error('there is no tariff');
    await world.table.put({ item: within(tariff, 'prices', pricesOf({ 'not-priced': '2' })) });
    expect(await problemsOf(world)).toEqual([
      expect.stringContaining('unit in 2023-02-14T00:00:00.000Z#1: expected cpu, found none'),
    ]);
  });

  test('a billed charge that was added, but not one of an attempt that never committed', async () => {
    const records = await billedRecords(world.table, OCTOBER);
    const record = records.find(({ jobId }) => jobId === 'b');
    if (!record) throw new Error('b was not billed');
    const { block, statementId } = record;
    const ofAnother = { ...block, sk: block.sk.replace(statementId, `${statementId}9`) };
    await world.table.put({ item: ofAnother });
    expect(await problemsOf(world)).toEqual([]);
    await repack(world.table, block, [
      ...recordsIn(block),
      { jobId: 'zz', start: record.start, billed: record.billed },
    ]);
    expect(await problemsOf(world)).toContainEqual(
      expect.stringContaining('proj-1, statement: digest: expected'),
    );
  });
});
