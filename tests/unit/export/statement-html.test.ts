import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { count, grouped, monthName } from '../../../lib/export/display-text.ts';
import { statementPage } from '../../../lib/export/statement-html.ts';
import { allPapers, createStory, type Papers, readPapers } from '../operations/statement-story.ts';
import { createWorld, status } from '../operations/world.ts';

type Statement = Papers['statement'];

let statement: Statement;
let all: Papers[];
beforeAll(async () => {
  const world = await createStory();
  ({ statement } = await readPapers(world, 'proj-1', '2026-10'));
  all = await allPapers(world);
});

const ISSUER = 'Blå Sky A/S';

const htmlOf = (of: Statement): string => statementPage(ISSUER, of).html;

/** What one reads, without the style sheet. */
const textOf = (html: string): string =>
  html
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/[ \n]+/g, ' ');

/** The cells of each row, as text. */
const rowsOf = (html: string): string[][] =>
  [...html.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => textOf(cell).trim()),
  );

describe('the page of a statement', () => {
  test('names issuer, project, month, zone, time of issue, id and digest', () => {
    const text = textOf(htmlOf(statement));
    for (const said of [
      'Blå Sky A/S',
      'Statement of proj-1 for October 2026',
      'Project proj-1',
      'Month October 2026 (Europe/Paris)',
      'Issued 1 Nov 2026, 03:00:00 (Europe/Paris)',
      'Total 94.22 EUR',
      statement.statementId,
      statement.digest,
      'Unit minutes are minutes × units',
      'jobmeter verify statement.json charges.json',
    ])
      expect(text).toContain(said);
  });

  test('says who approved it and when', () => {
    const approvedBy = { kind: 'token', id: '<ana>', at: '2026-11-01T03:00:00.000Z' } as const;
    const html = htmlOf({ ...statement, approvedBy });
    expect(textOf(html)).toContain('Approved 1 Nov 2026, 04:00:00 (Europe/Paris) by &lt;ana&gt;');
    expect(textOf(htmlOf(statement))).not.toContain('Approved');
  });

  test('has every line, with its numbers as the web page writes them', () => {
    for (const { statement: each } of all) {
      const rows = rowsOf(htmlOf(each));
      for (const { flavor, usageMonth, unit, minutes, unitMinutes, pricePerHour, amount } of each.lines)
        expect(rows).toContainEqual([
          flavor,
          monthName(usageMonth),
          count(minutes),
          `${count(unitMinutes)} ${unit.toUpperCase()} min`,
          `${pricePerHour} EUR per ${unit.toUpperCase()}`,
          `${grouped(amount)} EUR`,
        ]);
      expect(rows).toContainEqual(['Total', `${grouped(each.total)} EUR`]);
    }
  });

  test('separates thousands and has a real minus', () => {
    const [line, ...others] = statement.lines;
    if (!line) throw new Error('it has lines');
    const large = { ...line, minutes: -1_234_567, amount: '-9876543.21' };
    const rows = rowsOf(htmlOf({ ...statement, lines: [large, ...others] })).flat();
    expect(rows).toContain('\u22121\u202f234\u202f567');
    expect(rows).toContain('\u22129\u202f876\u202f543.21 EUR');
  });

  test('separates corrections and their months from usage, each with its sum', () => {
    const [usage = '', corrections = ''] = htmlOf(statement).split('Corrections of earlier months');
    expect(rowsOf(`${usage}</th></tr>`)).toContainEqual(['Usage', '113.53 EUR']);
    expect(textOf(usage)).not.toContain('September 2026');
    expect(rowsOf(htmlOf(statement))).toContainEqual(['Corrections of earlier months', '\u221219.31 EUR']);
    expect(textOf(corrections)).toContain('ai1-1-gpu September 2026');
  });

  test('shows what is included, at zero', () => {
    expect(rowsOf(htmlOf(statement))).toContainEqual(['Ephemeral local storage', '0.00 EUR']);
  });

  test('calls out what is not billed, in the time zone of the bill', () => {
    const html = htmlOf(statement);
    expect(textOf(html)).toContain('Held: 2 charges. Time beyond a limit');
    expect(textOf(html)).toContain(
      'Without a price: 2 charges. This time is not part of this statement; a later one has it once there is a price and the job states the resources it counts.',
    );
    const rows = rowsOf(html);
    expect(rows).toContainEqual(['no-price', 'not-priced', '1 Oct 2026, 00:00:00', '600']);
    expect(rows).toContainEqual(['no-count', 'ai1-1-gpu', '8 Oct 2026, 10:00:00', '10']);
    expect(rows).toContainEqual([
      ...['stop-lost', 'ai1-1-cpu', '29 Oct 2026, 09:00:15'],
      'no stop within the longest run of the tariff',
    ]);
    expect(rows).toContainEqual([
      ...['ended-twice', 'ai1-1-gpu', '9 Oct 2026, 12:00:00'],
      'the job had ended: a start or a stop has a wrong time',
    ]);
  });

  test('has the minutes of what has no price, also where further time is held', async () => {
    const world = await createWorld({ now: '2026-09-05T00:00:00Z' });
    const resources = { flavor: 'not-priced', milliUnits: { gpu: 1_000 } };
    await world.tell(status('stop-lost', 'RUNNING', '2026-09-01T08:00:00Z', { resources }));
    await world.closeAt('2026-10-01T02:00:00Z');
    const { statement: unbilled } = await readPapers(world, 'proj-1', '2026-09');
    const rows = rowsOf(htmlOf(unbilled)).filter(([job]) => job === 'stop-lost');
    const found = rows.map(([, , from, last]) => [from, last?.replaceAll('\u202f', ',')]);
    expect(found).toEqual([
      ['29 Sept 2026, 08:00:00', 'no stop within the longest run of the tariff'],
      ['1 Sept 2026, 08:00:00', '40,320'],
    ]);
  });

  test('has no section without content', () => {
    const { statement: plain } = all.find(({ statement: { projectId } }) => projectId === 'proj-2') ?? {};
    if (!plain) throw new Error('proj-2 has a statement');
    const text = textOf(htmlOf(plain));
    for (const heading of ['Corrections', 'Without a price', 'Held']) expect(text).not.toContain(heading);
  });

  test('has a sentence where nothing of the month is billed', () => {
    expect(htmlOf({ ...statement, lines: [] })).toContain('Nothing is billed.');
  });

  test('counts the charges that are not listed', () => {
    const [charge] = statement.unrated.charges;
    if (!charge) throw new Error('one charge has no price');
    const unrated = { count: 1234, charges: Array.from({ length: 100 }, () => charge) };
    const text = textOf(htmlOf({ ...statement, unrated }).replaceAll('\u202f', ','));
    expect(text).toMatch(/1,234 charges\. .* The first 100 are listed\./);
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

test('the page has the colours, fonts and sizes of the web page', () => {
  const tokens = readFileSync('web/styles/tokens.css', 'utf8');
  const [, root = ''] = /:root \{(.*?)\n\}/s.exec(htmlOf(statement)) ?? [];
  const own = root.match(/--[\w-]+: [^;]+;/g) ?? [];
  expect(own.length).toBeGreaterThan(10);
  for (const token of own) expect(tokens).toContain(token);
});

describe('the page is safe and fit to read:', () => {
  test('its policy allows its own style sheet, by hash, and nothing else', () => {
    const { html, contentSecurityPolicy } = statementPage(ISSUER, statement);
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
    const { html } = statementPage(ISSUER, statement);
    expect(html).not.toMatch(
      /<(script|link|img|iframe|object|form|base)\b|\s(style|on\w+|src|href)=|url\(|@import/i,
    );
  });

  test('tables have captions or names, and their headers have scopes', () => {
    const { html } = statementPage(ISSUER, statement);
    const tables = html.match(/<table[\s\S]*?<\/table>/g) ?? [];
    expect(tables).toHaveLength(3);
    for (const table of tables) expect(table).toMatch(/<caption>|aria-labelledby=/);
    expect(html.match(/<th(?=[\s>])(?![^>]*scope=)/g)).toBeNull();
  });

  test('it has a language, one main heading, and ids that are there once', () => {
    const { html } = statementPage(ISSUER, statement);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html.match(/<h1/g)).toHaveLength(1);
    const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of html.matchAll(/aria-labelledby="([^"]*)"/g)) expect(ids).toContain(id);
  });
});
