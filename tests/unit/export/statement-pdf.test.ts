import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { columnWidths, printable, type Style, wrapped } from '../../../lib/export/pdf-text.ts';
import { type Cell, type StatementContent, statementContent } from '../../../lib/export/statement-content.ts';
import { statementPdf } from '../../../lib/export/statement-pdf.ts';
import { allPapers, createStory, type Papers, readPapers } from '../operations/statement-story.ts';
import { elementsOf, readPdf } from './read-pdf.ts';

type Statement = Papers['statement'];

const ISSUER = 'Blå Sky A/S';

let statement: Statement;
let all: Papers[];
beforeAll(async () => {
  const world = await createStory();
  ({ statement } = await readPapers(world, 'proj-1', '2026-10'));
  all = await allPapers(world);
});

const read = async (of: Statement) => readPdf(await statementPdf(ISSUER, of));

/** As it is in the letters that every PDF reader has. */
const plain = (text: string) =>
  text
    .replaceAll('\u2212', '-')
    .replaceAll(/[\u202f\u00a0 ]+/g, ' ')
    .trim();
const textOf = ({ text, unit }: Cell) => (unit === undefined ? text : `${text} ${unit}`);

/** The rows of all tables, as the page has them. */
const rowsOf = ({ columns, groups, included, total, notes }: StatementContent): string[][] =>
  [
    columns,
    ...groups.flatMap(({ heading, sum, rows }) => [
      [heading, textOf(sum)],
      ...rows.map((row) => row.map(textOf)),
    ]),
    ['Included'],
    ...included.map(([item, amount]) => [item, textOf(amount)]),
    ['Total', textOf(total)],
    ...notes.flatMap((note) => [note.columns, ...note.rows]),
  ].map((row) => row.map(plain));

describe('the PDF of a statement', () => {
  test('has the rows and figures of its page, by its tags', async () => {
    for (const { statement: each } of all) {
      const { pages } = await read(each);
      expect(pages).toHaveLength(1);
      const [{ structure } = { structure: { tag: '', text: '', children: [] } }] = pages;
      const rows = elementsOf(structure, 'TR').map(({ children }) => children.map(({ text }) => plain(text)));
      expect(rows).toEqual(rowsOf(statementContent(ISSUER, each)));
    }
  });

  test('reads as one document: heading, facts, tables with heads, notes, proof', async () => {
    const { pages } = await read(statement);
    const [document] = elementsOf(pages[0]?.structure ?? { tag: '', text: '', children: [] }, 'Document');
    const parts = document?.children.map(({ tag, text }) =>
      tag === 'Table' ? tag : `${tag} ${plain(text)}`,
    );
    expect(parts?.slice(0, 11)).toEqual([
      'P Blå Sky A/S',
      'P Statement of project proj-1',
      'H1 October 2026',
      ...['P Project', 'P proj-1', 'P Month', 'P October 2026 (Europe/Paris)'],
      ...['P Issued', 'P 1 Nov 2026, 03:00:00 (Europe/Paris)', 'P Total', 'P 94.22 EUR'],
    ]);
    expect(parts?.slice(11, 16)).toEqual([
      'Table',
      expect.stringMatching(/^P Held: 2 charges\. Time beyond a limit .* once it is settled\.$/),
      'Table',
      expect.stringMatching(/^P Without a price: 2 charges\. /),
      'Table',
    ]);
    expect(parts).toContain(`P ${statement.digest}`);
    const [head] = elementsOf(document ?? { tag: '', text: '', children: [] }, 'TR');
    expect(new Set(head?.children.map(({ tag }) => tag))).toEqual(new Set(['TH']));
  });

  test('has a title, an author, a language, and the time of the statement as its own', async () => {
    expect((await read(statement)).info).toMatchObject({
      ...{ Title: 'Statement of proj-1 for October 2026', Author: ISSUER, Language: 'en' },
      ...{ CreationDate: 'D:20261101020000Z', ModDate: 'D:20261101020000Z' },
    });
    const [first, second] = [await statementPdf(ISSUER, statement), await statementPdf(ISSUER, statement)];
    expect(Buffer.from(first).equals(Buffer.from(second))).toBe(true);
  });

  test('has a sentence where nothing is billed', async () => {
    const { pages } = await read({ ...statement, lines: [], total: '0.00' });
    expect(pages[0]?.structure.text).toContain('Nothing is billed.');
  });

  test('has sums and totals that are wider than every amount on one line', async () => {
    const [line] = statement.lines;
    if (!line) throw new Error('it has lines');
    const lines = Array.from({ length: 200 }, (_, index) => ({
      ...line,
      ...{ flavor: `${'x'.repeat(37)}${index}`, kind: 'usage' as const, amount: '-9.99' },
    }));
    const { pages } = await read({ ...statement, lines, total: '-1998.00' });
    const rows = pages.flatMap(({ structure }) =>
      elementsOf(structure, 'TR').map(({ children }) => children.map(({ text }) => plain(text))),
    );
    for (const heading of ['Usage', 'Total'])
      expect(rows.find(([first]) => first === heading)).toEqual([heading, '-1 998.00 EUR']);
  });

  test('of many jobs with long ids repeats heads, numbers pages and stays within the margins', async () => {
    const [charge] = statement.held.charges;
    if (!charge) throw new Error('one job is held');
    const ids = Array.from({ length: 100 }, (_, index) =>
      index % 3 === 0 ? `${'x'.repeat(124)}-${index}` : `sweep-${index}`,
    );
    const charges = ids.map((jobId) => ({ ...charge, jobId, flavor: jobId }));
    const { pages } = await read({
      ...statement,
      projectId: 'p'.repeat(128),
      held: { count: 1234, charges },
    });
    expect(pages.length).toBeGreaterThan(3);
    const listed = pages.flatMap(({ structure }) =>
      elementsOf(structure, 'TR').map(({ children: [id] }) => id?.text.replaceAll(' ', '') ?? ''),
    );
    expect(listed.filter((id) => /^(x|sweep)/.test(id))).toEqual(ids);
    for (const [index, { artifacts, beyond }] of pages.entries()) {
      expect(beyond).toEqual([]);
      expect(artifacts).toContain(`Page ${index + 1} of ${pages.length}`);
      expect(artifacts).toContain(`${ISSUER}, October 2026, statement ${statement.statementId}`);
    }
    for (const { artifacts } of pages.slice(1, 3))
      expect(artifacts).toEqual(expect.arrayContaining(['Job', 'Flavor', 'Held from', 'Why']));
  });
});

describe('text of a PDF', () => {
  test('is in the letters that every reader has', () => {
    expect(printable('\u22121\u202f234.50 € × 1 ÷ 2 – “Blå”')).toBe('-1\u00a0234.50 € × 1 ÷ 2 – “Blå”');
    expect(printable('Kōda 株')).toBe('Koda ?');
  });

  const style: Style = { font: 'Courier', size: 10, color: '#000' };
  const bold: Style = { ...style, font: 'Helvetica-Bold' };

  test('is wrapped at spaces and within ids, and nowhere lost', () => {
    const lines = wrapped([{ text: 'a job-17 is held', style }], 8, (text) => text.length);
    expect(lines.map((line) => line.map(({ text }) => text).join(''))).toEqual(['a job-17 ', 'is held']);
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z .:-]{0,30}$/), { minLength: 1 }),
        fc.integer({ min: 1, max: 20 }),
        (texts, width) => {
          const spans = texts.map((text, index) => ({ text, style: index % 2 === 0 ? style : bold }));
          const written = wrapped(spans, width, (text) => text.length).map((line) =>
            line.map(({ text }) => text).join(''),
          );
          expect(written.join('')).toBe(texts.join(''));
          for (const line of written) expect(line.trimEnd().length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  test('has columns that fill the width; narrow ones keep theirs', () => {
    const [first, second] = columnWidths([10, 500], 110);
    expect([first, second]).toEqual([10, 100]);
    const widths = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(widths, fc.integer({ min: 1, max: 1000 }), (natural, total) => {
        const given = columnWidths(natural, total);
        expect(given.reduce((sum, width) => sum + width, 0)).toBeCloseTo(total);
        const needed = natural.reduce((sum, width) => sum + width, 0);
        if (needed <= total)
          for (const [index, width] of natural.entries()) expect(given[index]).toBeGreaterThanOrEqual(width);
      }),
    );
  });
});
