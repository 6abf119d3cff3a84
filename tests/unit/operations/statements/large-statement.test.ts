import { beforeAll, describe, expect, test } from 'vitest';
import type { FinalCharge } from '../../../../lib/billing/charges.ts';
import { exactAmount, parseMinor } from '../../../../lib/billing/money.ts';
import type { Statement } from '../../../../lib/billing/statement.ts';
import { focusCsv } from '../../../../lib/export/focus-csv.ts';
import { type ChargePosition, createFocusPages } from '../../../../lib/export/focus-pages.ts';
import { csvPageAnswer } from '../../../../lib/http/csv-answer.ts';
import { linesPage } from '../../../../lib/http/lines-page.ts';
import {
  readStatement,
  readStatementCharges,
  readStatementWithCharges,
} from '../../../../lib/operations/reads/read-statements.ts';
import { billProject } from '../../../../lib/operations/statements/issue-statement.ts';
import { differencesOf } from '../../../../lib/operations/statements/preview-differences.ts';
import { createMemoryTable } from '../../../../lib/store/memory-table.ts';
import { createStore } from '../../../../lib/store/store.ts';
import type { Table } from '../../../../lib/store/table.ts';
import { billedCharge } from '../../billing/builders.ts';
import { verifyFiles } from '../statement-story.ts';
import { Died, isCommit, wrapTable } from '../tables.ts';
import { createWorld, type World } from '../world.ts';

/** Charges of flavors in turn, of 7 to 9 minutes: so that rows are rounded up and down. */
const chargesOf = (flavors: number, count: number): FinalCharge[] =>
  Array.from({ length: count }, (_, index) => {
    const minutes = 7 + (Math.floor(index / flavors) % 3);
    return {
      ...billedCharge({
        jobId: `job-${String(index).padStart(6, '0')}`,
        flavor: `flavor-${index % flavors}`,
        ...{ minutes, pricePerHour: '1.93' },
      }),
      ...{ kind: 'final', projectId: 'proj-1', amount: exactAmount(BigInt(minutes) * 1000n, '1.93') },
    };
  });

const createLargeMonth = async (flavors: number, count = flavors): Promise<World> => {
  const world = await createWorld({ now: '2026-11-01T06:00:00Z' });
  for (const charge of chargesOf(flavors, count))
    await world.store.writeCharges([charge], { factsSeen: 1, tariffsSeen: 1 });
  await (await world.open()).markChanged({ projectId: 'proj-1', usageMonth: '2026-10' });
  return world;
};

const bill = async (world: World, table: Table = world.table, options: object = {}) =>
  billProject(await world.open(table), 'proj-1', '2026-10', {
    resumeSince: world.clock.now - 60_000,
    ...options,
  });

/** What does not depend on when and under which id it was issued. */
const contentOf = ({ statementId: _, issuedAt: __, ...content }: Statement) => content;

const sumOf = ({ lines }: Statement) => lines.reduce((sum, { amount }) => sum + parseMinor(amount), 0n);

let large: World;
let inOneGo: Statement;
beforeAll(async () => {
  large = await createLargeMonth(600);
  expect(await bill(large)).toBe('issued');
  inOneGo = await large.statement('proj-1', '2026-10');
});

const PARTIES = { invoiceIssuer: 'issuer', provider: 'provider', publisher: 'publisher' };

/** All pages of a CSV, each made by a process of its own or all by one. */
const csvPages = async (
  world: World,
  limit: number,
  { inOneProcess }: { readonly inOneProcess: boolean },
) => {
  const statement = await readStatementWithCharges(await world.open(), 'proj-1', '2026-10');
  const pages: string[] = [];
  let focusPage = createFocusPages(PARTIES);
  let after: ChargePosition | undefined;
  do {
    const page = await focusPage(statement, async () => new Map(), { after, limit });
    if (!page) throw new Error('there is a page');
    pages.push(page.csv);
    after = page.next;
    if (!inOneProcess) focusPage = createFocusPages(PARTIES);
  } while (after);
  return pages;
};

/** Billed costs by flavor. The last columns need no quotes. */
const costsOf = (csv: string): Map<string, bigint> => {
  const costs = new Map<string, bigint>();
  for (const row of csv.trimEnd().split('\r\n').slice(1)) {
    const [cost = '', , flavor = ''] = row.split(',').slice(-8);
    costs.set(flavor, (costs.get(flavor) ?? 0n) + parseMinor(cost));
  }
  return costs;
};

describe('a statement of 20,000 flavors and 25,000 charges', () => {
  let world: World;
  let statement: Statement;
  beforeAll(async () => {
    world = await createLargeMonth(20_000, 25_000);
    expect(await bill(world)).toBe('issued');
    statement = await world.statement('proj-1', '2026-10');
  }, 60_000);

  test('has a line for each flavor, and their sum', () => {
    expect(new Set(statement.lines.map(({ flavor }) => flavor)).size).toBe(20_000);
    expect(statement.lines).toHaveLength(20_000);
    expect(sumOf(statement)).toBe(parseMinor(statement.total));
  });

  test('is read as CSV in pages, whose rows sum to the lines', async () => {
    const pages = await csvPages(world, 10_000, { inOneProcess: true });
    expect(pages.every((page) => Buffer.byteLength(page) <= 5_000_000)).toBe(true);
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.filter((page) => page.includes('BilledCost'))).toEqual([pages[0]]);
    const costs = costsOf(pages.join(''));
    expect(costs).toEqual(new Map(statement.lines.map(({ flavor, amount }) => [flavor, parseMinor(amount)])));
  });

  test('is read as CSV in pages that fit into an answer whatever its labels are', async () => {
    const { statement: view, charges } = await readStatementWithCharges(
      await world.open(),
      'proj-1',
      '2026-10',
    );
    const labels = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [index, '"'.repeat(127)]));
    const labelled: typeof charges = async function* (after) {
      for await (const page of charges(after)) yield page.map((charge) => ({ ...charge, labels }));
    };
    const subject = { statement: view, charges: labelled };
    const page = await createFocusPages(PARTIES)(subject, async () => new Map(), { limit: 10_000 });
    expect(csvPageAnswer('page', { limit: '10000' }, { csv: page?.csv ?? '', next: 'more' })).toMatchObject({
      statusCode: 200,
    });
    expect(page?.next).toBeDefined();
  });

  test('is read as JSON in pages of 5,000 lines', async () => {
    const view = await readStatement(await world.open(), 'proj-1', '2026-10');
    const lines: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = linesPage(view, { cursor });
      // A Lambda answers 6 MB, in which the answer is a text.
      expect(JSON.stringify(JSON.stringify(page)).length).toBeLessThan(6_000_000);
      expect(page.lines.length).toBe(5_000);
      lines.push(...page.lines);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(lines).toEqual(view.lines);
  });
});

test('pages of any size are the whole CSV, whichever process makes them', async () => {
  const world = await createLargeMonth(3, 40);
  expect(await bill(world)).toBe('issued');
  const { statement, charges } = await readStatementWithCharges(await world.open(), 'proj-1', '2026-10');
  const whole = focusCsv(PARTIES, statement, (await Array.fromAsync(charges())).flat(), new Map());
  for (const limit of [1, 2, 3, 7, 39, 40, 41])
    for (const inOneProcess of [true, false]) {
      const pages = await csvPages(world, limit, { inOneProcess });
      expect(pages).toHaveLength(Math.ceil(40 / limit));
      expect(pages.join('')).toBe(whole);
    }
});

test('a page after a charge that the statement does not have is none', async () => {
  const world = await createLargeMonth(3, 40);
  expect(await bill(world)).toBe('issued');
  const subject = await readStatementWithCharges(await world.open(), 'proj-1', '2026-10');
  const page = { after: ['2026-10', 'job-x', '2026-10-05T08:00:00.000Z'], limit: 5 };
  expect(await createFocusPages(PARTIES)(subject, async () => new Map(), page)).toBeUndefined();
});

test('pages of lines prove with pages of charges what the whole statement does', async () => {
  const context = await large.open();
  const view = await readStatement(context, 'proj-1', '2026-10');
  const charges = await readStatementCharges(context, 'proj-1', '2026-10', { limit: 1_000 });
  const first = linesPage(view, { limit: '250' });
  const second = linesPage(view, { limit: '250', cursor: first.next });
  const third = linesPage(view, { limit: '250', cursor: second.next });
  expect([first, second, third].map(({ lines }) => lines.length)).toEqual([250, 250, 100]);
  expect(verifyFiles(first, second, third, charges)).toEqual(verifyFiles(view, charges));
  expect(verifyFiles(first, second, third, charges).problems).toEqual([]);
  expect(() => verifyFiles(first, second, charges)).toThrow('has a next page');
  expect(() => verifyFiles(first, { ...second, total: '0.00' }, third, charges)).toThrow('more than one');
  expect(verifyFiles(first, third, charges).checks).toContainEqual(
    expect.objectContaining({ name: 'lines', ok: false }),
  );
});

test('a statement that is handed over after each page, of sums and of the digest, is the same', async () => {
  const world = await createLargeMonth(600);
  const stages = new Set<string>();
  for (let most = 100; (await bill(world, world.table, { deadline: 0 })) === 'checkpointed'; most -= 1) {
    expect(most).toBeGreaterThan(0);
    const [checkpoint] = await world.items('DRAFT');
    stages.add(checkpoint?.digest ? 'digest' : 'sums');
  }
  expect([...stages]).toEqual(['sums', 'digest']);
  expect(contentOf(await world.statement('proj-1', '2026-10'))).toEqual(contentOf(inOneGo));
});

test('a checkpoint whose hash is of another version of the library gives the same digest', async () => {
  const world = await createLargeMonth(600);
  const hashesOfAnother = wrapTable(world.table, async ({ name, args }, run) => {
    const read = await run();
    const [key] = args as [{ readonly sk: string }];
    if (name !== 'get' || key.sk !== 'DRAFT' || !read) return read;
    const { digest } = read as { digest?: object };
    return { ...read, ...(digest && { digest: { ...digest, state: Uint8Array.of(1, 2, 3) } }) };
  });
  const hasDigest = async () => (await world.items('DRAFT')).some(({ digest }) => digest !== undefined);
  while (!(await hasDigest())) await bill(world, world.table, { deadline: 0 });
  expect(await bill(world, hashesOfAnother)).toBe('issued');
  expect(contentOf(await world.statement('proj-1', '2026-10'))).toEqual(contentOf(inOneGo));
});

test('lines of a close that dies before its commit are read by nobody', async () => {
  const world = await createLargeMonth(600);
  const dying = wrapTable(world.table, (call, run) => (isCommit(call) ? Promise.reject(new Died()) : run()));
  await expect(bill(world, dying)).rejects.toThrow(Died);
  const ofTheDead = (await world.items('LINES#')).map(({ sk }) => sk);
  expect(ofTheDead).toHaveLength(1);
  expect(await world.store.readStatement('proj-1', '2026-10')).toBeUndefined();
  expect(await bill(world)).toBe('issued');
  const statement = await world.statement('proj-1', '2026-10');
  expect(ofTheDead[0]).not.toContain(statement.statementId);
  expect(contentOf(statement)).toEqual(contentOf(inOneGo));
});

test('a draft of many lines is kept, found again unchanged, and issued once it is approved', async () => {
  const world = await createLargeMonth(600);
  expect(await bill(world, world.table, { issue: 'approve' })).toBe('waits');
  const draft = await world.store.readDraft('proj-1', '2026-10');
  expect(await bill(world, world.table, { issue: 'approve' })).toBe('waits');
  expect(await world.store.readDraft('proj-1', '2026-10')).toEqual(draft);
  if (!draft) throw new Error('there is a draft');
  const content = JSON.parse(await world.store.readDraftContent(draft)) as Statement;
  expect(content.lines).toHaveLength(600);
  const decision = { by: { kind: 'token', id: 'ana' }, at: world.clock.now } as const;
  await world.store.saveDraft({ ...draft, state: 'approved', decision, version: 2 }, draft);
  expect(await bill(world, world.table, { issue: 'approve' })).toBe('issued');
  expect((await world.statement('proj-1', '2026-10')).digest).toBe(draft.digest);
});

test('a preview lists the first 1,000 lines that differ, and says how many more there are', async () => {
  const view = await readStatement(await large.open(), 'proj-1', '2026-10');
  const [line] = view.lines;
  if (!line) throw new Error('there is a line');
  const withLines = (count: number) => ({
    ...view,
    lines: Array.from({ length: count }, (_, index) => ({ ...line, flavor: `other-${index}` })),
  });
  const differences = (count: number) => {
    const { lines = [], moreLines } = differencesOf(view, withLines(count)) ?? {};
    return [lines.length, moreLines];
  };
  expect([differences(0), differences(400), differences(401)]).toEqual([
    [600, undefined],
    [1_000, undefined],
    [1_000, 1],
  ]);
});

test('a statement of few lines is one item, as it is', async () => {
  const store = createStore(createMemoryTable());
  const small = { ...inOneGo, lines: inOneGo.lines.slice(0, 100) };
  const puts: unknown[] = [];
  const table = wrapTable(createMemoryTable(), (call, run) => {
    puts.push(call);
    return run();
  });
  await createStore(table).commitStatement(small, await store.readStatementIndex('proj-1'));
  expect(puts).toEqual([
    {
      name: 'putTogether',
      args: [
        [
          {
            item: { pk: 'PROJECT#proj-1#2026-10', sk: 'STATEMENT', ...small },
            condition: { kind: 'absent' },
          },
          expect.anything(),
        ],
      ],
    },
  ]);
});
