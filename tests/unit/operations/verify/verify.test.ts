import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { formatMinor, parseMinor } from '../../../../lib/billing/money.ts';
import { readStatementRetractions } from '../../../../lib/operations/reads/statement-retractions.ts';
import { parseStatementFiles } from '../../../../lib/operations/verify/statement-files.ts';
import { type CheckName, verifyStatement } from '../../../../lib/operations/verify/verify.ts';
import { Refusal } from '../../../../lib/refusal.ts';
import {
  allPapers,
  anyStory,
  createStory,
  type Papers,
  playStory,
  readPapers,
  verifyFiles,
  verifyPapers,
} from '../statement-story.ts';

let papers: Papers;
let september: Papers;
let others: Papers[];
beforeAll(async () => {
  const world = await createStory();
  papers = await readPapers(world, 'proj-1', '2026-10');
  september = await readPapers(world, 'proj-1', '2026-09');
  others = await allPapers(world);
});

/** The checks that fail once `edit` has had its hand on a copy. */
const failsAfter = (edit: (copy: Papers) => unknown): readonly CheckName[] => {
  const copy = structuredClone(papers);
  edit(copy);
  return verifyPapers(copy).checks.flatMap(({ name, ok }) => (ok ? [] : [name]));
};

type Charge = Papers['page']['charges'][number];
type Billed = Extract<Charge, { end: string }>;

const chargeOf = ({ page }: Papers, jobId: string, month = '2026-10'): Billed => {
  const found = page.charges.find(
    (charge): charge is Billed => 'end' in charge && charge.jobId === jobId && charge.usageMonth === month,
  );
  if (!found) throw new Error(`${jobId} has no position in ${month}`);
  return found;
};

/** What the billed charge of another flavor replaces. */
const replacedBy = (copy: Papers) => {
  const { replaces } = chargeOf(copy, 'other-flavor', '2026-09');
  if (!replaces) throw new Error('it replaces nothing');
  return replaces;
};

const lineAt = ({ statement }: Papers, index: number) => {
  const line = statement.lines[index];
  if (!line) throw new Error(`there is no line ${index}`);
  return line;
};

/** Writes to what a caller may only read. */
const set = <T extends object>(target: T, change: Partial<Record<keyof T, unknown>>) =>
  Object.assign(target, change);

describe('an unchanged statement with its charges', () => {
  test('has every kind of charge in the example of these tests', () => {
    const { statement, page } = papers;
    const billed = page.charges.filter((charge): charge is Billed => 'end' in charge);
    expect(new Set(billed.map(({ endedBy }) => endedBy.cause))).toEqual(
      new Set(['fact', 'month end', 'price change', 'resources change', 'limit']),
    );
    expect(new Set(statement.lines.map(({ kind }) => kind))).toEqual(new Set(['usage', 'correction']));
    expect(statement.lines.some(({ minutes }) => minutes < 0)).toBe(true);
    expect([statement.unrated.count, statement.held.count]).toEqual([2, 2]);
    expect(new Set(statement.held.charges.map(({ held }) => held?.cause))).toEqual(
      new Set(['maxRunning', 'forbidden step']),
    );
    expect(billed.filter(({ labels }) => labels)).toHaveLength(1);
    expect(billed.filter(({ units }) => units === 0.5)).toHaveLength(1);
    expect(page.charges.some((charge) => !('end' in charge))).toBe(true);
    expect(others.map(({ statement: { projectId, month } }) => `${projectId} ${month}`)).toEqual([
      'proj-1 2026-09',
      'proj-1 2026-10',
      'proj-2 2026-09',
      'proj-2 2026-10',
    ]);
  });

  test('passes every check', () => {
    for (const each of others) expect(verifyPapers(each).problems).toEqual([]);
  });

  test('passes every check after any events', async () => {
    await fc.assert(
      fc.asyncProperty(anyStory, async (story) => {
        for (const each of await allPapers(await playStory(story)))
          expect(verifyPapers(each)).toMatchObject({ billedCharges: each.page.charges.length, problems: [] });
      }),
      { numRuns: 60 },
    );
  });

  test('is read as pages, as rows, as NDJSON, and as one file', () => {
    const { statement, page } = papers;
    const { charges, ...rest } = page;
    const whole = verifyPapers(papers);
    const pages = [
      { ...rest, charges: charges.slice(0, 5), next: 'abc' },
      { ...rest, charges: charges.slice(5) },
    ];
    expect(verifyFiles(...pages, statement)).toEqual(whole);
    expect(verifyFiles({ statement, charges })).toEqual(whole);
    const ndjson = charges.map((charge) => JSON.stringify(charge)).join('\n');
    const file = (name: string, content: string) => ({ name, content });
    const rows = parseStatementFiles([
      file('charges.ndjson', `${ndjson}\n`),
      file('statement.json', JSON.stringify(statement, null, 2)),
    ]);
    expect(verifyStatement(rows)).toEqual(whole);
  });

  test('passes with the retractions that its charges came with, which prove nothing', async () => {
    const context = await (await createStory()).open();
    const retractions = await readStatementRetractions(context, papers.page);
    expect(retractions).toMatchObject([{ jobId: 'mistaken' }]);
    expect(verifyFiles(papers.statement, { ...papers.page, retractions }).problems).toEqual([]);
  });

  test('is summed up by statement, billed charges and checks', () => {
    const { projectId, month, statementId, total, currency } = papers.statement;
    expect(verifyPapers(papers)).toMatchObject({
      statement: { projectId, month, statementId, total, currency },
      billedCharges: papers.page.charges.length,
      checks: [
        { name: 'pages', ok: true },
        { name: 'once', ok: true },
        { name: 'digest', ok: true },
        { name: 'evidence', ok: true },
        { name: 'lines', ok: true },
        { name: 'amounts', ok: true },
        { name: 'total', ok: true },
        { name: 'unbilled', ok: true },
        { name: 'included', ok: true },
      ],
    });
  });
});

describe('tampering is found:', () => {
  const cases: [what: string, by: CheckName[], edit: (copy: Papers) => unknown][] = [
    ['a minute', ['digest', 'evidence', 'lines'], (copy) => set(chargeOf(copy, 'b'), { minutes: 6 })],
    [
      'a minute that fits its end and amount',
      ['digest', 'lines'],
      (copy) =>
        set(chargeOf(copy, 'winter-time'), {
          minutes: 1680,
          unitMinutes: 3360,
          amountTimes60: '100.8',
          start: '2026-10-14T08:01:00.000Z',
        }),
    ],
    ['units', ['digest', 'evidence', 'lines'], (copy) => set(chargeOf(copy, 'b'), { units: 1 })],
    [
      'half a unit',
      ['digest', 'evidence', 'lines', 'amounts'],
      (copy) => set(chargeOf(copy, 'labelled'), { units: 0.501 }),
    ],
    ['a unit', ['digest', 'lines'], (copy) => set(chargeOf(copy, 'b'), { unit: 'cpu' })],
    [
      'the event that stated the resources',
      ['digest'],
      (copy) => set(chargeOf(copy, 'b').statedBy ?? {}, { id: 'another' }),
    ],
    ['a label', ['digest'], (copy) => set(chargeOf(copy, 'labelled').labels ?? {}, { 10: 'two' })],
    ['a label more', ['digest'], (copy) => set(chargeOf(copy, 'b'), { labels: { team: 'other' } })],
    ['unit minutes', ['digest', 'evidence'], (copy) => set(chargeOf(copy, 'b'), { unitMinutes: 13 })],
    [
      'a price',
      ['digest', 'evidence', 'lines'],
      (copy) => set(chargeOf(copy, 'b'), { pricePerHour: '1.92' }),
    ],
    [
      'an exact amount',
      ['digest', 'evidence'],
      (copy) => set(chargeOf(copy, 'b'), { amountTimes60: '27.03' }),
    ],
    [
      'an amount spelled otherwise',
      ['digest'],
      (copy) => set(chargeOf(copy, 'b'), { amountTimes60: '27.020' }),
    ],
    [
      'an end',
      ['digest', 'evidence'],
      (copy) => set(chargeOf(copy, 'b'), { end: '2026-10-05T08:06:59.000Z' }),
    ],
    [
      'the time of an event',
      ['digest', 'evidence'],
      (copy) => set(chargeOf(copy, 'b').openedBy, { time: '2026-10-05T08:00:00.001Z' }),
    ],
    ['the id of an event', ['digest'], (copy) => set(chargeOf(copy, 'b').openedBy, { id: 'another' })],
    [
      'a cause',
      ['digest', 'evidence'],
      (copy) => set(chargeOf(copy, 'winter-time'), { endedBy: { cause: 'month end' } }),
    ],
    [
      'held time',
      ['digest', 'evidence', 'unbilled'],
      ({ page }) => {
        for (const charge of page.charges) if ('held' in charge) delete charge.held;
      },
    ],
    [
      'a month',
      ['digest', 'evidence', 'lines', 'once'],
      (copy) => set(chargeOf(copy, 'b'), { usageMonth: '2026-11' }),
    ],
    ['a billed charge left out', ['digest', 'lines'], ({ page }) => page.charges.splice(5, 1)],
    [
      'a billed charge added',
      ['digest', 'lines', 'amounts'],
      (copy) => copy.page.charges.push({ ...structuredClone(chargeOf(copy, 'b')), jobId: 'c' }),
    ],
    [
      'a billed charge twice',
      ['digest', 'lines', 'amounts', 'once'],
      (copy) => copy.page.charges.push(structuredClone(chargeOf(copy, 'b'))),
    ],
    [
      'what a billed charge replaces',
      ['digest', 'lines'],
      ({ page }) => {
        for (const charge of page.charges) if ('end' in charge) delete charge.replaces;
      },
    ],
    ['the minutes of a line', ['lines'], (copy) => set(lineAt(copy, 0), { minutes: 0 })],
    [
      'the amount of a line and the total with it',
      ['amounts'],
      (copy) => {
        const line = lineAt(copy, 0);
        const cents = Math.round(Number(copy.statement.total) * 100) + 1;
        set(copy.statement, { total: (cents / 100).toFixed(2) });
        set(line, { amount: ((Math.round(Number(line.amount) * 100) + 1) / 100).toFixed(2) });
      },
    ],
    ['the amount of a line', ['amounts', 'total'], (copy) => set(lineAt(copy, 0), { amount: '1.00' })],
    ['a line left out', ['lines', 'total'], ({ statement }) => statement.lines.splice(0, 1)],
    ['a line twice', ['lines', 'total'], (copy) => copy.statement.lines.push(lineAt(copy, 0))],
    ['the kind of a line', ['lines'], (copy) => set(lineAt(copy, 0), { kind: 'usage' })],
    ['a total', ['total'], ({ statement }) => set(statement, { total: '1.00' })],
    ['a digest', ['digest'], ({ statement }) => set(statement, { digest: `sha256:${'0'.repeat(64)}` })],
    ['a count', ['unbilled'], ({ statement }) => set(statement.held, { count: 0 })],
    [
      'what is included',
      ['included'],
      ({ statement }) => set(statement.included[0] ?? {}, { amount: '0.01' }),
    ],
    ['a zone', ['pages', 'evidence'], ({ statement }) => set(statement, { timeZone: 'UTC' })],
    ['a project', ['pages'], ({ statement }) => set(statement, { projectId: 'proj-2' })],
    [
      'a minute of what is replaced',
      ['digest', 'evidence', 'lines'],
      (copy) => set(replacedBy(copy), { minutes: 60 }),
    ],
    [
      'what is replaced, by another piece with the same minutes',
      ['digest', 'once'],
      (copy) => set(replacedBy(copy), { jobId: 'longer' }),
    ],
    ['the currency of a line', ['amounts'], (copy) => set(lineAt(copy, 0), { currency: 'USD' })],
    ['a page that is not the last', ['pages'], ({ page }) => set(page, { next: 'abc' })],
  ];
  test.each(cases)('%s', (_, by, edit) => {
    expect(failsAfter(edit).toSorted()).toEqual(by.toSorted());
  });

  test('charges of another statement', () => {
    const { problems } = verifyFiles(papers.statement, september.page);
    expect(problems).toContainEqual({
      where: 'file-1',
      problem: 'month: expected "2026-10", found "2026-09"',
    });
  });

  test('billed charges in another order, reported as the order only', () => {
    const copy = structuredClone(papers);
    const { charges } = copy.page;
    const [one, other] = [charges.indexOf(chargeOf(copy, 'A')), charges.indexOf(chargeOf(copy, 'b'))];
    [charges[one], charges[other]] = [chargeOf(copy, 'b'), chargeOf(copy, 'A')];
    expect(verifyPapers(copy).problems).toEqual([
      { where: 'statement', problem: expect.stringContaining('in another order') },
    ]);
  });

  test('pages in another order, reported as the order only', () => {
    const { statement, page } = papers;
    const { charges, ...rest } = page;
    const pages = Array.from({ length: 4 }, (_, index) => ({
      ...rest,
      charges: charges.slice(index * 7, (index + 1) * 7),
    }));
    expect(pages.flatMap((each) => each.charges)).toEqual(charges);
    expect(verifyFiles(...pages.reverse(), statement).problems).toEqual([
      { where: 'statement', problem: expect.stringContaining('in another order') },
    ]);
  });

  test('reported by charge, with the expected and the found value', () => {
    const copy = structuredClone(papers);
    set(chargeOf(copy, 'b'), { minutes: 6 });
    expect(verifyPapers(copy).problems).toContainEqual({
      where: 'b from 2026-10-05T08:00:00.000Z',
      problem: 'minutes: expected 7, found 6',
    });
  });

  test('counted in full where more than a hundred are found', () => {
    const copy = structuredClone(papers);
    const row = structuredClone(chargeOf(copy, 'b'));
    for (let index = 0; index < 150; index += 1) copy.page.charges.push(row);
    const { checks, problems } = verifyPapers(copy);
    expect(checks.find(({ name }) => name === 'once')).toEqual({
      name: 'once',
      ok: false,
      problems: 150,
    });
    expect(problems).toHaveLength(100);
  });
});

type Path = readonly string[];
type Json = null | boolean | number | string | Json[] | { [member: string]: Json };

const leavesOf = (value: Json, path: Path = []): Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([member, part]) => leavesOf(part, [...path, member]))
    : [path];

const valueAt = (value: Json, path: Path): Json =>
  path.reduce<Json>((part, member) => (part as { [member: string]: Json })[member] ?? null, value);

const withLeaf = (value: Json, path: Path, leaf: Json): Json => {
  const copy = structuredClone(value);
  const owner = valueAt(copy, path.slice(0, -1)) as { [member: string]: Json };
  owner[path.at(-1) ?? ''] = leaf;
  return copy;
};

/** Whether an edited statement or its charges are refused, or found not to add up. */
const isFound = (edited: Json): boolean => {
  try {
    return verifyPapers(edited as unknown as Papers).checks.some(({ ok }) => !ok);
  } catch (error) {
    if (error instanceof Refusal) return true;
    throw error;
  }
};

/** The three members that a reader can only take on trust. */
const isTaken = (json: Json, path: Path, leaf: Json): boolean => {
  const name = path.at(-1);
  if (name === 'issuedAt' || path.includes('approvedBy')) return true;
  if (name !== 'cumulativeUnitMinutes') return false;
  const line = valueAt(json, path.slice(0, -1)) as Papers['statement']['lines'][number] & {
    [member: string]: Json;
  };
  // A correction's share of the rounding is the same for many a sum before it.
  return line.kind === 'correction' && typeof leaf === 'number';
};

const otherValues = (leaf: Json, all: readonly Json[]): fc.Arbitrary<Json> =>
  fc
    .oneof(
      fc.constantFrom(...all),
      fc.constantFrom<Json>(
        null,
        true,
        -1,
        0,
        1e300,
        0.5,
        '',
        '0',
        [],
        {},
        '2026-10',
        'Europe/Berlin',
        'JPY',
        '\ud800',
      ),
      ...(typeof leaf === 'number' ? [fc.constantFrom<Json>(leaf + 1, leaf - 1, leaf * 2, -leaf)] : []),
      ...(typeof leaf === 'string'
        ? [fc.constantFrom<Json>(`${leaf}0`, leaf.slice(1), leaf.replace('1', '2'), ` ${leaf}`)]
        : []),
    )
    .filter((value) => JSON.stringify(value) !== JSON.stringify(leaf));

/** Each value of a document with another in its place, one at a time. */
const anyEdits = (json: Json) => {
  const paths = leavesOf(json);
  const all = paths.map((path) => valueAt(json, path));
  return fc
    .tuple(...paths.map((path) => fc.tuple(fc.constant(path), otherValues(valueAt(json, path), all))))
    .map((edits) => edits.filter(([path, leaf]) => !isTaken(json, path, leaf)));
};

const expectFound = (json: Json, edits: readonly (readonly [Path, Json])[]) => {
  for (const [path, leaf] of edits)
    expect(isFound(withLeaf(json, path, leaf)), `${path.join('/')} = ${JSON.stringify(leaf)}`).toBe(true);
};

describe('any single edit is found', () => {
  test('of any value of a statement or its charges', () => {
    const approvedBy = { kind: 'token', id: 'ana', at: '2026-11-01T01:00:00.000Z' };
    const json = { ...papers, statement: { ...papers.statement, approvedBy } } as unknown as Json;
    fc.assert(
      fc.property(anyEdits(json), (edits) => expectFound(json, edits)),
      { numRuns: 4 },
    );
  });

  test('in any story', async () => {
    await fc.assert(
      fc.asyncProperty(anyStory, fc.nat(), async (story, seed) => {
        for (const each of await allPapers(await playStory(story))) {
          const json = each as unknown as Json;
          for (const edits of fc.sample(anyEdits(json), { numRuns: 1, seed })) expectFound(json, edits);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('or value left out, or put in', () => {
    const json = papers as unknown as Json;
    for (const path of leavesOf(json)) {
      const copy = structuredClone(json);
      const owner = valueAt(copy, path.slice(0, -1)) as { [member: string]: Json };
      delete owner[path.at(-1) ?? ''];
      expect(isFound(copy), `without ${path.join('/')}`).toBe(true);
      expect(isFound(withLeaf(json, [...path.slice(0, -1), 'added'], 1)), `${path.join('/')} and more`).toBe(
        true,
      );
    }
  });
});

test('a correction that is edited with its cumulative minutes is off by one minor unit at most', () => {
  const editedBy = (minor: bigint, cumulativeUnitMinutes: number) =>
    failsAfter(({ statement }) => {
      const line = statement.lines.find(
        ({ kind, flavor }) => kind === 'correction' && flavor === 'ai1-1-gpu',
      );
      if (!line) throw new Error('it has a correction');
      const plus = (amount: string) => formatMinor(parseMinor(amount) + minor, 'EUR');
      set(line, { cumulativeUnitMinutes, amount: plus(line.amount) });
      set(statement, { total: plus(statement.total) });
    });
  // 301 minutes of two GPUs at 1.93 are 19.3643: 19.36 or 19.37, by the sum before them.
  expect(editedBy(1n, 483)).toEqual([]);
  // Amounts of sums before it repeat after 60 unit minutes, as 1.93 / 60 has so many fractions.
  for (let minutes = 483; minutes < 543; minutes += 1)
    for (const minor of [-1n, 2n]) expect(editedBy(minor, minutes), `${minutes}`).toEqual(['amounts']);
});

describe('files that are no statement with its charges', () => {
  const refusalOf = (...contents: string[]): Refusal => {
    try {
      parseStatementFiles(contents.map((content, index) => ({ name: `file-${index}`, content })));
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
    throw new Error('it was taken');
  };

  test.each([
    ['text', 'not-json', 'file-0 is not JSON, nor is its line 1', ['hello']],
    ['half a line', 'not-json', 'file-0 is not JSON, nor is its line 2', ['{"jobId":1}\n{']],
    ['a number', 'invalid', 'file-0 is neither a statement nor charges of one', ['7']],
    ['nothing', 'invalid', 'no statement among the files', ['']],
  ] as const)('%s', (_, code, message, contents) => {
    const refusal = refusalOf(...contents);
    expect(refusal).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('are refused where they have two statements, or none, or no charges', () => {
    const statement = JSON.stringify(papers.statement);
    const page = JSON.stringify(papers.page);
    expect(refusalOf(statement, statement, page).message).toContain('more than one statement');
    expect(refusalOf(page).message).toContain('no statement');
    expect(refusalOf(statement).message).toContain('no charges');
  });

  test.each([
    [
      'a zone',
      'file-0',
      '/timeZone',
      'must be an IANA time zone',
      (copy: Papers) => set(copy.statement, { timeZone: 'Mars/Base' }),
    ],
    [
      'negative minutes',
      'file-1',
      '/charges/0/minutes',
      'must be',
      (copy: Papers) => set(copy.page.charges[0] ?? {}, { minutes: -1 }),
    ],
    [
      'a price spelled otherwise',
      'file-1',
      '/charges/0/pricePerHour',
      'without redundant zeros',
      (copy: Papers) => set(copy.page.charges[0] ?? {}, { pricePerHour: '0.030' }),
    ],
    [
      'a huge number',
      'file-0',
      '/lines/0/minutes',
      'must be a whole number',
      (copy: Papers) => set(lineAt(copy, 0), { minutes: 1e300 }),
    ],
    [
      'a day that is none',
      'file-0',
      '/issuedAt',
      'must be a time',
      (copy: Papers) => set(copy.statement, { issuedAt: '2026-02-30T00:00:00.000Z' }),
    ],
    [
      'a member that is missing',
      'file-0',
      '/digest',
      'digest is missing',
      (copy: Papers) => delete (copy.statement as { digest?: string }).digest,
    ],
    [
      'a member nobody knows',
      'file-0',
      '/more',
      'is unknown',
      (copy: Papers) => set(copy.statement, { more: 1 } as object),
    ],
    [
      'a text',
      'file-1',
      '/charges/0',
      'must be an object',
      (copy: Papers) => copy.page.charges.unshift('b' as never),
    ],
    [
      'a currency',
      'file-0',
      '/currency',
      'must be an ISO 4217 code',
      (copy: Papers) => set(copy.statement, { currency: 'EURO' }),
    ],
  ])('%s is refused by file, field and rule', (_, file, pointer, rule, edit) => {
    const copy = structuredClone(papers);
    edit(copy);
    const refusal = refusalOf(JSON.stringify(copy.statement), JSON.stringify(copy.page));
    expect(refusal.message).toContain(file);
    expect(refusal.errors).toContainEqual({ pointer, detail: expect.stringContaining(rule) });
  });
});
