import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import type { Browser, Download, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestStack, type TestStack, tokenFor } from '../end-to-end/stack.ts';
import { describeBudgets } from './budgets.ts';
import { describeCheckedBill } from './checked-bill.ts';
import { launchChromium } from './chromium.ts';
import { saveComparisons } from './comparisons.ts';
import { describeEveryPage } from './every-page.ts';
import { amountIn, cents, figure } from './figures.ts';
import { describeJobs, describeLongJob } from './jobs.ts';
import { describeLargeMonth } from './large-month.ts';
import { describeMonths } from './months.ts';
import { describeOperations } from './operations.ts';
import { describeSignInLinks } from './sign-in-links.ts';
import { alertOf, focused, hash, type Site, SOON, textIn, textOf } from './site.ts';
import { describePaper, describePhone } from './small-and-printed.ts';
import {
  DEAREST,
  EMPTY,
  jobAddress,
  PROJECT,
  playStory,
  RESIZED,
  RESTARTED,
  RUNNING,
  startJob,
  type Told,
  TROUBLED,
} from './story.ts';
import { describeUnbilled } from './unbilled.ts';
import { type VisitOptions, visit } from './visitor.ts';

/** A minute commences somewhere in each minute; the rest is for a busy machine. */
const WITHIN_A_MINUTE = { timeout: 90_000, interval: 250 };

let stack: TestStack;
let browser: Browser;
let told: Told;
const tokens = { one: '', all: '', operator: '', expired: '' };

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchChromium()]);
  told = await playStory(stack, Date.now());
  await saveComparisons(stack.store, told);
  tokens.one = await tokenFor([PROJECT], { expires: '1 hour' });
  tokens.all = await tokenFor('all', { expires: '1 hour' });
  tokens.operator = await tokenFor('all', {
    expires: '1 hour',
    scope: 'usage:read budgets:write statements:approve operations:read',
  });
  tokens.expired = await tokenFor([PROJECT], { expires: '1 minute ago' });
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

const open = (options: VisitOptions = {}) => visit(browser, stack.url, options);
const signedIn = (options: VisitOptions = {}) => open({ token: tokens.one, ...options });
const site = (): Site => ({ stack, told, tokens, open });

const totalOf = (page: Page) => figure(page, 'total');

interface WithTotal {
  readonly total: string;
}

describe('signing in', () => {
  const refused = async (token: string) => {
    await using visitor = await open();
    await visitor.go('');
    await visitor.page.getByLabel('Access token').fill(token);
    await visitor.page.getByRole('button', { name: 'Sign in' }).click();
    const advice = await alertOf(visitor.page);
    expect(await visitor.page.evaluate('sessionStorage.length')).toBe(0);
    expect(visitor.complaints).toEqual([]);
    return advice;
  };

  test('says what is wrong with a token, and what to do', async () => {
    expect(await refused('')).toContain('Paste a token first');
    expect(await refused('eyJhbGciOi')).toContain('not a whole token');
    expect(await refused(await tokenFor([PROJECT], { secret: 'x'.repeat(32) }))).toContain('not valid here');
    expect(await refused(await tokenFor([PROJECT], { expires: '1 minute ago' }))).toContain('has expired');
    expect(await refused(await tokenFor([PROJECT], { scope: 'openid' }))).toContain('scope usage:read');
  });

  test('leads to where the address points, stays for the tab only, and ends with signing out', async () => {
    await using visitor = await open();
    const { page } = visitor;
    await visitor.go(`#/projects/${PROJECT}/${told.lastMonth}`);
    await page.getByLabel('Access token').fill(`Bearer ${tokens.one}\n`);
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page), SOON).toBe(PROJECT);
    expect(await page.evaluate('localStorage.length + document.cookie.length')).toBe(0);

    await page.reload();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Access token').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    expect(visitor.complaints).toEqual([]);
  });

  test('is required again when the token is no longer accepted', async () => {
    await using visitor = await open({ token: await tokenFor([PROJECT], { expires: '1 minute ago' }) });
    await visitor.go(`#/projects/${PROJECT}`);
    expect(await alertOf(visitor.page)).toContain('has expired');
    expect(hash(visitor.page)).toBe(`#/projects/${PROJECT}`);
  });

  test('with one project leads to it; with all there is a choice', async () => {
    await using one = await signedIn();
    await one.go('');
    await expect.poll(() => textOf(one.page, 'h1'), SOON).toBe(PROJECT);

    await using all = await open({ token: tokens.all });
    await all.go('');
    await all.page.getByRole('link', { name: TROUBLED }).waitFor();
    await all.page.getByLabel('Project id').fill(EMPTY);
    await all.page.keyboard.press('Enter');
    await expect.poll(() => textOf(all.page, 'h1'), SOON).toBe(EMPTY);
  });
});

describeSignInLinks(site);

describe('the current month', () => {
  test('counts running jobs on by itself, and never more than the API confirms', async () => {
    await using visitor = await signedIn();
    const { page, complaints } = visitor;
    await visitor.go(`#/projects/${PROJECT}`);
    const row = page.getByRole('row').filter({ hasText: RUNNING }).first();
    await row.waitFor();
    const costNow = async () => amountIn(await textIn(row.getByRole('cell').last()));
    const [total, cost] = [await totalOf(page), await costNow()];
    // Nothing is read from here on: what grows is counted by the page.
    await page.route(/\/v1\//, (route) => route.abort());
    await expect.poll(() => totalOf(page), WITHIN_A_MINUTE).toBeGreaterThan(total);
    const shown = await totalOf(page);
    const { body } = await stack.get<WithTotal>(`/v1/projects/${PROJECT}/usage`, [PROJECT]);
    expect(shown).toBeLessThanOrEqual(Number(body.total));
    expect(await costNow()).toBeGreaterThanOrEqual(cost);
    expect(complaints.filter((complaint) => !complaint.includes('net::ERR_FAILED'))).toEqual([]);
  });

  test('grows by the price of a minute while a job runs', async () => {
    await startJob(stack, 'just-started', Date.now());
    await using visitor = await signedIn();
    await visitor.go(jobAddress('just-started'));
    const cost = async () => amountIn(await textOf(visitor.page, '[data-testid=cost]'));
    const before = await cost();
    await expect.poll(cost, WITHIN_A_MINUTE).toBeGreaterThan(before);
    // 8 GPUs at 1.93 an hour.
    expect(((await cost()) - before).toFixed(2)).toMatch(/^0\.2[56]$/);
    expect(visitor.complaints).toEqual([]);
  });

  test('tries again when the API is not available for a moment', async () => {
    await using visitor = await signedIn();
    let refusals = 2;
    await visitor.page.route(/\/usage/, (route) => {
      refusals -= 1;
      return refusals >= 0 ? route.fulfill({ status: 503, body: '{}' }) : route.continue();
    });
    await visitor.page.goto(`${stack.url}/#/projects/${PROJECT}`);
    await visitor.page.getByTestId('total').waitFor();
    expect(refusals).toBeLessThan(0);
  });
});

describeMonths(site);
describeLargeMonth(site);
describeJobs(site);
describeLongJob(site);
describeUnbilled(site);
describeCheckedBill(site);

describe('a newcomer', () => {
  test('finds what the project cost, which job cost most, and why exactly that', async () => {
    await using visitor = await signedIn();
    const { page } = visitor;
    await visitor.go(`#/projects/${PROJECT}`);
    await page.getByRole('link', { name: /^Month before/ }).click();
    await page.getByRole('heading', { name: /^Billed for/ }).waitFor();
    await page.getByText('Most expensive job', { exact: true }).waitFor();
    const { body } = await stack.get<WithTotal>(`/v1/projects/${PROJECT}/statements/${told.lastMonth}`, [
      PROJECT,
    ]);
    expect(await totalOf(page)).toBe(Number(body.total));

    await page.getByRole('link', { name: DEAREST }).first().click();
    await page.getByText('3 621 min × 8 GPUs × 1.93 EUR/h ÷ 60'.replace(' ', '\u202f')).waitFor();
    expect(await focused(page)).toBe(DEAREST);
    // 3621 x 8 x 1.93 / 60, worked out by hand.
    expect(await textOf(page, '.charge .formula')).toMatch(/= 931\.80 EUR \(exactly 931\.804\)$/);

    const because = page.locator('.because a');
    await because.last().click();
    await expect.poll(() => focused(page), SOON).toMatch(/^FINALIZING/);
    await because.first().click();
    await expect.poll(() => focused(page), SOON).toMatch(/^RUNNING/);
    await page.getByRole('link', { name: 'opens charge 1' }).click();
    await expect.poll(() => focused(page), SOON).toMatch(/^Charge 1/);
    await page.goBack();
    await expect.poll(() => focused(page), SOON).toMatch(/^RUNNING/);
    expect(visitor.complaints).toEqual([]);
  });

  test('sees a restart as two runs, each charged', async () => {
    await using visitor = await signedIn();
    await visitor.go(jobAddress(RESTARTED));
    await visitor.page.getByRole('heading', { name: 'Run 2, after a restart' }).waitFor();
    expect(await visitor.page.locator('.charge').count()).toBe(2);
    expect(await visitor.page.locator('.event.billable').count()).toBe(2);
  });

  test('sees where the resources of a job changed, and what each part costs', async () => {
    await using visitor = await signedIn();
    const { page } = visitor;
    await visitor.go(jobAddress(RESIZED));
    // 60 x 0.5 x 1.93 / 60 and 90 x 1.5 x 1.93 / 60, worked out by hand.
    const formulas = await page.locator('.charge .formula').allTextContents();
    expect(formulas).toEqual([
      expect.stringMatching(/^60 min × 0\.5 GPU × 1\.93 .*= 0\.97 EUR \(exactly 0\.965\)$/),
      expect.stringMatching(/^90 min × 1\.5 GPUs × 1\.93 .*= 4\.34 EUR \(exactly 4\.3425\)$/),
    ]);
    expect(await textOf(page, '.because')).toContain('the job’s resources changed');
    const changed = page.locator('.event').filter({ has: page.locator('.tag.change') });
    expect(await textIn(changed)).toContain('× 1.5 GPUs, 18 CPUs changed from ai1-1-gpu × 0.5 GPU, 6 CPUs');
    expect(await page.getByRole('list', { name: 'Labels' }).getByRole('listitem').allTextContents()).toEqual([
      'experiment=sparse',
      'team=vision',
    ]);
    expect(await textOf(page, '.facts.brief')).toContain('Timeout2\u00a0d');
  });

  test('walks through the days with the keyboard, or reads them as a table', async () => {
    await using visitor = await signedIn();
    const { page } = visitor;
    await visitor.go(`#/projects/${PROJECT}/${told.lastMonth}`);
    await page.getByRole('group', { name: /^Cost per day/ }).focus();
    for (const key of ['Home', 'ArrowRight', 'ArrowRight', 'ArrowLeft']) await page.keyboard.press(key);
    expect(await textOf(page, '.readout')).toMatch(/^\w+ 2 \w+/);
    await page.getByText('As a table').click();
    const cells = await page.locator('.chart tbody td:last-child').allTextContents();
    const { body } = await stack.get<WithTotal>(`/v1/projects/${PROJECT}/usage?month=${told.lastMonth}`, [
      PROJECT,
    ]);
    expect(cells.reduce((sum, cell) => sum + cents(amountIn(cell)), 0)).toBe(cents(body.total));
  });

  test('skips to the content with the first key', async () => {
    await using visitor = await signedIn();
    await visitor.go(`#/projects/${PROJECT}`);
    await visitor.page.keyboard.press('Tab');
    await visitor.page.keyboard.press('Enter');
    expect(await focused(visitor.page)).toBe(PROJECT);
  });
});

const contentOf = async (downloading: Promise<Download>) => {
  const download = await downloading;
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
};

describe('a statement', () => {
  const address = () => `#/projects/${PROJECT}/${told.lastMonth}/statement`;
  const path = () => `/v1/projects/${PROJECT}/statements/${told.lastMonth}`;

  test('shows its lines, its corrections, what is included, and what is behind each line', async () => {
    await using visitor = await signedIn();
    const { page } = visitor;
    await visitor.go(address());
    const { body } = await stack.get<WithTotal>(path(), [PROJECT]);
    expect(amountIn(await textOf(page, '[data-testid=statement-total]'))).toBe(Number(body.total));
    const correction = page.getByRole('row').filter({ hasText: '\u221214.40' });
    expect(await textIn(correction.last())).toContain('\u221228\u202f800');
    expect(await textOf(page, 'table')).toContain('Ingress and egress network traffic');

    await page.getByRole('group').filter({ hasText: 'correction of' }).locator('summary').click();
    await page.getByText('taken back').first().waitFor();
    await page.locator('[open] a', { hasText: 'baseline-eval-4' }).click();
    await expect.poll(() => textOf(page, 'h1'), SOON).toBe('baseline-eval');
    expect(visitor.complaints).toEqual([]);
  });

  test('is downloaded as JSON and as CSV, to the cent', async () => {
    await using visitor = await signedIn();
    const { page } = visitor;
    await visitor.go(address());
    const { text, body } = await stack.get<WithTotal>(path(), [PROJECT]);

    const json = contentOf(page.waitForEvent('download'));
    await page.getByRole('button', { name: 'JSON' }).click();
    expect(await json).toEqual({ name: `statement-${PROJECT}-${told.lastMonth}.json`, text });

    const csv = contentOf(page.waitForEvent('download'));
    await page.getByRole('button', { name: 'CSV' }).click();
    const { name, text: rows } = await csv;
    expect(name).toBe(`statement-${PROJECT}-${told.lastMonth}.csv`);
    const billed = parse(rows, { columns: true }) as { BilledCost: string }[];
    expect(billed.reduce((sum, { BilledCost }) => sum + cents(BilledCost), 0)).toBe(cents(body.total));

    const html = contentOf(page.waitForEvent('download'));
    await page.getByRole('button', { name: 'HTML' }).click();
    expect((await html).text).toMatch(/^<!doctype html>/i);
    expect(visitor.complaints).toEqual([]);
  });

  test('is offered as PDF, and the charges of several months as one file', async () => {
    await using visitor = await signedIn();
    const { page } = visitor;
    const asked: string[] = [];
    const answerWith = (contentType: string) => (route: Route) => {
      asked.push(new URL(route.request().url()).search);
      return route.fulfill({ contentType, body: 'content' });
    };
    await page.route(/format=pdf/, answerWith('application/pdf'));
    await page.route(/format=parquet/, answerWith('application/vnd.apache.parquet'));
    await visitor.go(`#/projects/${PROJECT}/${told.lastMonth}`);
    const pdf = page.waitForEvent('download');
    await page.getByRole('button', { name: 'PDF' }).click();
    expect((await pdf).suggestedFilename()).toBe(`statement-${PROJECT}-${told.lastMonth}.pdf`);
    const charges = page.waitForEvent('download');
    await page.getByRole('combobox', { name: 'From' }).selectOption(told.lastMonth);
    await page.getByRole('combobox', { name: 'to', exact: true }).selectOption(told.monthBefore);
    await page.getByRole('button', { name: 'Parquet' }).click();
    expect((await charges).suggestedFilename()).toBe(
      `charges-${PROJECT}-${told.monthBefore}-${told.lastMonth}.parquet`,
    );
    expect(asked).toEqual(['?format=pdf', `?from=${told.monthBefore}&to=${told.lastMonth}&format=parquet`]);
  });

  test('says so when a download fails', async () => {
    await using visitor = await signedIn();
    await visitor.go(address());
    await visitor.page.route(/format=csv/, (route) => route.fulfill({ status: 404, body: '{}' }));
    await visitor.page.getByRole('button', { name: 'CSV' }).click();
    expect(await alertOf(visitor.page)).toContain('Could not be downloaded');
  });

  test('prints on A4, without what only works on a screen', async () => {
    await using visitor = await signedIn({ scheme: 'dark' });
    const { page } = visitor;
    await visitor.go(address());
    const pdf = await page.pdf({ preferCSSPageSize: true });
    const text = pdf.toString('latin1');
    expect(text).toMatch(/^%PDF/);
    const [, width, height] = /\/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]/.exec(text) ?? [];
    // 210 x 297 mm in points.
    expect([Number(width), Number(height)].map(Math.round)).toEqual([595, 842]);
    expect(text.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
    expect(await page.getByTestId('statement-total').isVisible()).toBe(true);
  });

  test('that is not there is explained', async () => {
    await using visitor = await signedIn();
    await visitor.go(`#/projects/${PROJECT}/${told.current}/statement`);
    expect(await textOf(visitor.page, '.notice')).toContain('The month is not closed yet');
    const detail = `there is no statement of ${PROJECT} for 2020-01: nothing was used up to that month`;
    await visitor.page.route('**/statements/2020-01', (route) =>
      route.fulfill({ status: 404, json: { detail } }),
    );
    await visitor.go(`#/projects/${PROJECT}/2020-01/statement`);
    const notice = visitor.page.locator('.notice', { hasText: 'January 2020' });
    expect(await textIn(notice)).toContain('Nothing was used up to that month');
  });
});

describeBudgets(site);
describeOperations(site);
describeEveryPage(site);
describePhone(site);
describePaper(site);
