import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { statementPage } from '../../../lib/export/statement-html.ts';
import { allPapers, createStory, type Papers, readPapers } from '../operations/statement-story.ts';

type Statement = Papers['statement'];

let statement: Statement;
let all: Papers[];
beforeAll(async () => {
  const world = await createStory();
  ({ statement } = await readPapers(world, 'proj-1', '2026-10'));
  all = await allPapers(world);
});

const htmlOf = (of: Statement): string => statementPage(of).html;

/** What one reads, without the style sheet. */
const textOf = (html: string): string =>
  html
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

/** The cells of each row, as text. */
const rowsOf = (html: string): string[][] =>
  [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => textOf(cell).trim()),
  );

describe('the page of a statement', () => {
  test('names project, month, period, time of issue, id and digest', () => {
    const text = textOf(htmlOf(statement));
    for (const said of [
      'Statement of proj-1 for October 2026',
      'Project proj-1',
      'Issued 1 Nov 2026, 03:00:00',
      'Period 1 October 2026 to 31 October 2026',
      'Time zone of months and times Europe/Paris',
      statement.statementId,
      statement.digest,
      'jobmeter verify statement.json charges.json',
    ])
      expect(text).toContain(said);
  });

  test('has every line, with the amounts of the JSON to the character', () => {
    for (const { statement: each } of all) {
      const rows = rowsOf(htmlOf(each));
      for (const { flavor, minutes, unitMinutes, pricePerHour, amount, currency } of each.lines)
        expect(rows).toContainEqual([
          expect.stringMatching(new RegExp(`^${flavor} per `)),
          minutes.toLocaleString('en'),
          unitMinutes.toLocaleString('en'),
          `${pricePerHour} ${currency}`,
          `${amount} ${currency}`,
        ]);
      expect(rows).toContainEqual(['Total', `${each.total} ${each.currency}`]);
    }
  });

  test('separates corrections and their months from usage, each with its sum', () => {
    const [usage = '', corrections = ''] = htmlOf(statement).split('Corrections of earlier months');
    expect(usage).toContain('Usage of October 2026');
    expect(textOf(usage)).not.toContain('September 2026');
    expect(rowsOf(usage)).toContainEqual(['Sum', '113.53 EUR']);
    expect(textOf(corrections)).toContain('ai1-1-gpu per GPU, September 2026');
    expect(rowsOf(corrections)).toContainEqual(['Sum', '-19.31 EUR']);
    expect(rowsOf(corrections)).toContainEqual(['Usage', '113.53 EUR']);
    expect(rowsOf(corrections)).toContainEqual(['Corrections', '-19.31 EUR']);
    expect(rowsOf(corrections)).toContainEqual(['Total', '94.22 EUR']);
  });

  test('shows what is included, at zero', () => {
    expect(rowsOf(htmlOf(statement))).toContainEqual(['Ephemeral local storage, included', '0.00 EUR']);
  });

  test('calls out what is not billed, in the time zone of the bill', () => {
    const rows = rowsOf(htmlOf(statement));
    expect(rows).toContainEqual(['no-price not-priced', '1 Oct 2026, 00:00:00', '600']);
    expect(rows).toContainEqual(['no-count ai1-1-gpu', '8 Oct 2026, 10:00:00', '10']);
    expect(rows).toContainEqual([
      ...['stop-lost ai1-1-cpu', '29 Oct 2026, 09:00:15'],
      'no stop within the longest run of the tariff',
    ]);
    expect(rows).toContainEqual([
      ...['ended-twice ai1-1-gpu', '9 Oct 2026, 12:00:00'],
      'the job had ended: a start or a stop has a wrong time',
    ]);
  });

  test('has no section without content', () => {
    const { statement: plain } = all.find(({ statement: { projectId } }) => projectId === 'proj-2') ?? {};
    if (!plain) throw new Error('proj-2 has a statement');
    for (const heading of ['Corrections', 'Not billed', 'Held']) expect(htmlOf(plain)).not.toContain(heading);
  });

  test('has a sentence where nothing of the month is billed', () => {
    expect(htmlOf({ ...statement, lines: [] })).toContain('Nothing of this month is billed.');
  });

  test('counts the charges that are not listed', () => {
    const [charge] = statement.unrated.charges;
    if (!charge) throw new Error('one charge has no price');
    const unrated = { count: 1234, charges: Array.from({ length: 100 }, () => charge) };
    expect(htmlOf({ ...statement, unrated })).toContain('1,234 charges. The first 100 are listed.');
  });
});

test('every value of a statement is text on the page', () => {
  const evil = `"><script>alert('1')</script>&`;
  const checked = [
    'month',
    'usageMonth',
    'timeZone',
    'kind',
    'amount',
    'total',
    'currency',
    'issuedAt',
    'cause',
  ];
  const times = ['start', 'from'];
  const everywhere: Statement = JSON.parse(
    JSON.stringify(statement, (key, value) =>
      typeof value === 'string' && ![...checked, ...times].includes(key) ? evil : value,
    ),
  );
  const html = htmlOf(everywhere);
  expect(html).not.toContain('<script');
  expect(html.split('&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;').length).toBeGreaterThan(
    20,
  );
});

describe('the page is safe and fit to read:', () => {
  test('its policy allows its own style sheet, by hash, and nothing else', () => {
    const { html, contentSecurityPolicy } = statementPage(statement);
    const [, style = ''] = /<style>(.*)<\/style>/s.exec(html) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(contentSecurityPolicy.split('; ').sort()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      `style-src 'sha256-${hash}'`,
    ]);
  });

  test('it loads nothing from elsewhere, runs nothing and has no style outside its sheet', () => {
    const { html } = statementPage(statement);
    expect(html).not.toMatch(
      /<(script|link|img|iframe|object|form|base)\b|\s(style|on\w+|src|href)=|url\(|@import/i,
    );
  });

  test('tables have captions or names, and their headers have scopes', () => {
    const { html } = statementPage(statement);
    const tables = html.match(/<table[\s\S]*?<\/table>/g) ?? [];
    expect(tables).toHaveLength(5);
    for (const table of tables) expect(table).toMatch(/<caption>|aria-labelledby=/);
    expect(html.match(/<th(?=[\s>])(?![^>]*scope=)/g)).toBeNull();
  });

  test('it has a language, one main heading, and ids that are there once', () => {
    const { html } = statementPage(statement);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html.match(/<h1/g)).toHaveLength(1);
    const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of html.matchAll(/aria-labelledby="([^"]*)"/g)) expect(ids).toContain(id);
  });
});
