import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { showReconciliation } from '../../../cli/show-reconciliation.ts';
import { verdict } from '../../../lib/export/reconciliation-content.ts';
import { reconciliationPage } from '../../../lib/export/reconciliation-html.ts';
import { Reconciliation } from '../../../lib/shapes/reconciliation.ts';
import { compare, H100, ran, received, usageJson } from '../operations/reconcile/provider.ts';

const A = ran('job-a', '5 10:00', '5 11:40');
const B = ran('job-b', '6 10:00', '6 11:00');
const LOST = Array.from({ length: 30 }, (_, index) => ran(`lost-${index}`, '7 10:00', '7 10:10'));

/** Thirty jobs lost here, one billed twice, and a price. */
const { report } = compare({
  here: { 'job-a': received(A), 'job-b': received(B) },
  listed: [A, B, ...LOST],
  usage: usageJson([['GRA', H100, 160 + 300 + 60, 28.6]]),
});

const textOf = (html: string): string =>
  html
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/[ \n]+/g, ' ');

test('a report has the agreed shape', () => {
  expect(v.safeParse(Reconciliation, report).issues).toBeUndefined();
});

describe('the page of a reconciliation', () => {
  const { html, contentSecurityPolicy } = reconciliationPage('proj-1', report);

  test('has both sides, the causes, what is unexplained, the jobs and what to do next', () => {
    const text = textOf(html);
    for (const said of [
      'Reconciliation of proj-1 for October 2026',
      'The provider bills 20.60 EUR more than jobmeter counts; 3.00 EUR is not explained.',
      'Not explained +3.00 EUR',
      'GRA h100-1-gpu 520 28.60 160 8.00 +360 +20.60',
      'Jobs never reported to jobmeter +300 +15.00',
      'Another price 0 +2.60',
      'Not explained +60 +3.00',
      'lost-0 2 events +10 +0.50',
      'and 5 more jobs',
      'the 60 unexplained minutes are those of job job-b: billed twice?',
      'Jobs never reported to jobmeter, +15.00: Record or import the events of these jobs',
      'A difference is the provider’s figure minus jobmeter’s.',
      'Ask the provider which jobs it is of: no known cause fits.',
    ])
      expect(text).toContain(said);
  });

  test('allows its own style sheet and nothing else', () => {
    const [, style = ''] = /<style>(.*)<\/style>/s.exec(html) ?? [];
    const digest = createHash('sha256').update(style).digest('base64');
    expect(contentSecurityPolicy).toContain(`style-src 'sha256-${digest}'`);
    expect(html).not.toMatch(/<script|style=/);
  });

  test('what is given cannot become markup', () => {
    const [row] = report.rows;
    if (!row) throw new Error('there is a row');
    const evil = '<img src=x onerror=alert(1)>';
    const page = reconciliationPage(evil, {
      ...report,
      rows: [{ ...row, region: evil, hints: [evil] }],
      notes: [evil],
    });
    expect(page.html).not.toContain('<img');
  });

  test('without usage on either side it says so', () => {
    const empty = compare({ usage: usageJson([]), listed: [] }).report;
    expect(textOf(reconciliationPage('proj-1', empty).html)).toContain('Neither side has any usage.');
  });
});

test('a row that does not list all of its jobs says so, and counts no others as all', () => {
  const [row] = report.rows;
  if (!row) throw new Error('there is a row');
  const long = { ...report, rows: [{ ...row, jobCount: 5_000 }] };
  const said = 'Of 5\u202f000 jobs of this row, the 30 most expensive are in this report.';
  const page = textOf(reconciliationPage('proj-1', long).html);
  expect(page).toContain('and at least 5 more jobs');
  expect(page).toContain(said);
  const text = showReconciliation('proj-1', long);
  expect(text).toContain('and at least 25 more jobs (--json has up to 100 of a row)');
  expect(text).toContain(said);
  expect(showReconciliation('proj-1', report)).not.toContain('of this row');
});

describe('a reconciliation as text', () => {
  test('has the figures, at most five jobs of a cause, and what is unexplained last', () => {
    const lines = showReconciliation('proj-1', report)
      .split('\n')
      .map((line) => line.trim().replace(/ {2,}/g, ' | '));
    expect(lines).toEqual([
      "proj-1 in 2026-10, EUR, provider's figures of 2026-11-02T02:00:00.000Z",
      'region, flavor | provider min | EUR | jobmeter min | EUR | difference min | EUR',
      'GRA h100-1-gpu | 520 | 28.60 | 160 | 8.00 | +360 | +20.60',
      'job never reported here | +300 | +15.00',
      'price | 0 | +2.60',
      'unexplained | +60 | +3.00',
      '',
      'GRA h100-1-gpu',
      'job never reported here: +15.00',
      ...[0, 1, 10, 11, 12].map((index) => `lost-${index} | +10 min +0.50`),
      'and 25 more jobs (--json has up to 100 of a row)',
      "price: +2.60, the provider's figures are 3.3 an hour and unit, that of jobmeter is 3",
      'unexplained: +3.00, +60 min',
      'the 60 unexplained minutes are those of job job-b: billed twice?',
      '',
      'what to do next',
      expect.stringMatching(/^job never reported here \+15\.00: /),
      expect.stringMatching(/^price \+2\.60: /),
      expect.stringMatching(/^unexplained \+3\.00: /),
      '',
      "--record would record 60 events of the provider's history",
      '',
      'The provider bills 20.60 EUR more than jobmeter counts; 3.00 EUR is not explained.',
    ]);
  });

  test('of which nothing differs says so', () => {
    const same = compare({
      here: { 'job-a': received(A) },
      listed: [A],
      usage: usageJson([['GRA', H100, 100, 5]]),
    });
    expect(showReconciliation('proj-1', same.report)).toMatch(
      /\nThe provider bills as much as jobmeter counts, and nothing differs\.$/,
    );
  });

  const side = (unitMinutes: number, amount: string) => ({ unitMinutes, amount });
  const said = (difference: string, unexplained = '0.00', rest = side(0, unexplained)) => {
    const [row] = report.rows;
    if (!row) throw new Error('there is a row');
    const compared = { difference: side(0, difference), unexplained: side(0, unexplained) };
    return verdict({
      ...report,
      total: { ...report.total, ...compared },
      rows: [{ ...row, ...compared, unexplained: rest }],
    });
  };

  test.each([
    [said('-1234.50'), 'less than jobmeter counts, and every difference is explained.'],
    [said('0.00'), 'as much as jobmeter counts, and nothing differs.'],
    [said('1.00', '-0.50'), 'more than jobmeter counts; 0.50 EUR is not explained.'],
    [said('0.00', '0.00', side(0, '1.00')), 'as much as jobmeter counts, but single amounts'],
    [said('0.00', '0.00', side(1, '0.00')), 'as much as jobmeter counts, but single amounts or minutes'],
  ])('comes to a sentence: %s', (sentence, end) => {
    expect(sentence).toContain(end);
  });
});
