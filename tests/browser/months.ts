import { describe, expect, test } from 'vitest';
import type { Statement } from '../../lib/shapes/statement.ts';
import type { Projects, Usage } from '../../lib/shapes/usage.ts';
import { monthName } from '../../web/calendar.ts';
import type { TestStack } from '../end-to-end/stack.ts';
import { amountIn, cents, column, figure } from './figures.ts';
import { focused, hash, ofEach, type Site, SOON, textIn, textOf } from './site.ts';
import { DEAREST, FAILED, INTERRUPTED, LATE, PROJECT, TROUBLED } from './story.ts';

/** The usage of a month as known now. */
const usageCents = async (stack: TestStack, month: string) =>
  cents((await stack.get<Usage>(`/v1/projects/${PROJECT}/usage?month=${month}`, [PROJECT])).body.total);

const monthAddress = (month: string) => `#/projects/${PROJECT}/${month}`;

const describeClosed = (site: () => Site) =>
  describe('a closed month', () => {
    test('has one total, what was billed, and beside it what is due since', async () => {
      const { stack, told, tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await visitor.go(monthAddress(told.lastMonth));
      const { body } = await stack.get<Statement>(`/v1/projects/${PROJECT}/statements/${told.lastMonth}`, [
        PROJECT,
      ]);
      expect(await figure(page, 'total')).toBe(Number(body.total));
      expect(await textOf(page, '#total')).toBe(`Billed for ${monthName(told.lastMonth)}`);
      const sum = page.locator('.month-sum');
      expect(await sum.getByRole('rowheader').allTextContents()).toEqual([
        'Usage billed',
        'Corrections of earlier months',
        `Total billed, by the statement of ${monthName(told.lastMonth)}`,
        `Not billed yet, on the next statement: corrections in ${monthName(told.current)}reported after the month was closed`,
        `Usage of ${monthName(told.lastMonth)} as known todaywithout the corrections of earlier months`,
      ]);
      const rows = (await sum.getByRole('cell').allTextContents()).map((text) => cents(amountIn(text)));
      const [own = 0, corrections = 0, billed, later = 0, known] = rows;
      expect(own + corrections).toBe(billed);
      expect(own + later).toBe(known);
      expect(billed).toBe(cents(body.total));
      expect(later).toBe(cents(LATE.cost));
      expect(known).toBe(await usageCents(stack, told.lastMonth));
      await sum.getByRole('link', { name: `corrections in ${monthName(told.current)}` }).click();
      await expect.poll(() => figure(page, 'corrections'), SOON).toBe(LATE.cost);
    });

    test('without a statement was billed nothing, whatever is due since', async () => {
      const { told, tokens, open } = site();
      await using visitor = await open({ token: tokens.all });
      await visitor.go(`#/projects/${TROUBLED}/${told.lastMonth}`);
      expect(await figure(visitor.page, 'total')).toBe(0);
      expect(await textOf(visitor.page, '.hero')).toContain(
        `No statement: when the months were closed, there was nothing to bill for ${monthName(told.lastMonth)}.`,
      );
      const statements = await textOf(visitor.page, '[aria-labelledby=statements]');
      expect(statements).toContain(`there was nothing to bill for ${monthName(told.lastMonth)}`);
      expect(await textOf(visitor.page, '.month-sum')).toContain('reported after the month was closed');
      expect(await figure(visitor.page, 'later')).toBeGreaterThanOrEqual(LATE.cost);
    });

    test('links to the statement that credited some of it', async () => {
      const { told, tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await visitor.go(monthAddress(told.monthBefore));
      await page.getByText('Credited since, by the').waitFor();
      expect(await figure(page, 'later')).toBe(-14.4);
      await page
        .locator('.month-sum')
        .getByRole('link', { name: `statement of ${monthName(told.lastMonth)}` })
        .click();
      expect(hash(page)).toBe(`${monthAddress(told.lastMonth)}/statement`);
    });

    test('says what failed or interrupted jobs cost, and leads to the list of them', async () => {
      const { told, tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await visitor.go(monthAddress(told.lastMonth));
      const failed = page.locator('.facts > div', { hasText: 'Failed or interrupted' });
      expect(amountIn(await textIn(failed.locator('dd')))).toBe(FAILED.cost + INTERRUPTED.cost);
      await failed.getByRole('link').click();
      await expect.poll(() => focused(page), SOON).toBe('Jobs');
      await expect
        .poll(() => page.locator('.jobs tbody th a').allTextContents(), SOON)
        .toEqual([FAILED.jobId, INTERRUPTED.jobId]);
      const [top = -1] = await ofEach<number>(page, '#jobs', 'it.getBoundingClientRect().top');
      expect(top).toBeGreaterThanOrEqual(0);
      expect(top).toBeLessThan(900);
      expect(await column(page, '.jobs', 'Status')).toEqual(['FAILED', 'INTERRUPTED']);
      expect((await column(page, '.jobs', 'Cost')).map(amountIn)).toEqual([FAILED.cost, INTERRUPTED.cost]);
    });
  });

const describeCompared = (site: () => Site) =>
  describe('a month beside others', () => {
    test('differs by flavors and jobs that add up to the change', async () => {
      const { stack, told, tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await visitor.go(monthAddress(told.lastMonth));
      const change = (await usageCents(stack, told.lastMonth)) - (await usageCents(stack, told.monthBefore));
      expect(cents(await figure(page, 'change'))).toBe(change);
      const [flavors, jobs] = await page.locator('[aria-labelledby=compared] tbody').all();
      if (!flavors || !jobs) throw new Error('what made the change is not listed');
      for (const part of [flavors, jobs]) {
        const amounts = await part.locator('td[data-label=Change]').allTextContents();
        expect(amounts.reduce((sum, text) => sum + cents(amountIn(text)), 0)).toBe(change);
      }
      expect(await textIn(jobs.getByRole('rowheader').last())).toMatch(/^\d+ more with smaller changes$/);
      expect(await textOf(page, '[aria-labelledby=compared]')).toContain(
        'Usage is shown in the month in which it happened, whichever statement billed it.',
      );
      expect(await textIn(jobs.getByRole('link').first())).toBe(DEAREST);
    });

    test('is one of twelve, each a link', async () => {
      const { stack, told, tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await visitor.go(monthAddress(told.lastMonth));
      const months = page.locator('.months a');
      await months.first().waitFor();
      expect(await months.count()).toBe(12);
      const { body } = await stack.get<Statement>(`/v1/projects/${PROJECT}/statements/${told.lastMonth}`, [
        PROJECT,
      ]);
      const shown = await textIn(page.locator('.months a[aria-current=page] .visually-hidden'));
      expect(shown.startsWith(monthName(told.lastMonth))).toBe(true);
      expect(amountIn(shown.split(':')[1] ?? '')).toBe(Number(body.total));
      const rounded = page.locator('.months a[aria-current=page] [aria-hidden]').first();
      expect(amountIn(await textIn(rounded))).toBe(Math.round(Number(body.total)));
      await months.nth(9).click();
      expect(hash(page)).toBe(monthAddress(told.monthBefore));
    });

    test('names the jobs that ran on its highest day', async () => {
      const { told, tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      await visitor.go(monthAddress(told.lastMonth));
      const peak = visitor.page.getByTestId('peak');
      expect(await textIn(peak)).toMatch(/^Highest on \w+ 1[56] \w+: [\d.]+ EUR/);
      expect(await textIn(peak.getByRole('link').first())).toBe(DEAREST);
    });
  });

const describeProjects = (site: () => Site) =>
  test('all projects are a table of totals that sorts, in the address too', async () => {
    const { stack, told, tokens, open } = site();
    await using visitor = await open({ token: tokens.all });
    const { page } = visitor;
    await visitor.go(`#/?month=${told.lastMonth}`);
    const { body } = await stack.get<Projects>(`/v1/projects?month=${told.lastMonth}&totals=true`, 'all');
    const known = body.totals?.find(({ projectId }) => projectId === PROJECT);
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: PROJECT }) });
    expect(amountIn(await textIn(row.locator('td[data-label=Usage]')))).toBe(Number(known?.total));
    expect(amountIn(await textIn(row.locator('td[data-label=Before]')))).toBe(Number(known?.previousTotal));
    expect(cents(amountIn(await textIn(row.locator('td[data-label=Change]'))))).toBe(
      cents(known?.total ?? 0) - cents(known?.previousTotal ?? 0),
    );

    expect(await page.getByRole('columnheader').allTextContents()).toContain(`${monthName(told.lastMonth)}↓`);
    const sums = page.locator('.projects tfoot td[data-label]');
    expect(await sums.evaluateAll((cells) => cells.map((cell) => cell.getAttribute('data-label')))).toEqual([
      'Usage',
      'Before',
      'Change',
    ]);

    await visitor.go('#/');
    const names = () => page.locator('.projects tbody th').allTextContents();
    await page.getByRole('button', { name: 'Project', exact: true }).click();
    await expect.poll(names, SOON).toEqual([TROUBLED, PROJECT]);
    expect(await column(page, '.projects', 'Held')).toEqual(['1', '–']);
    expect(await column(page, '.projects', 'No price yet')).toEqual(['1', '–']);
    await page.getByRole('button', { name: 'Project', exact: true }).click();
    await expect.poll(names, SOON).toEqual([PROJECT, TROUBLED]);
    await page.getByRole('searchbox').fill('LAB');
    await expect.poll(names, SOON).toEqual([PROJECT]);
    await page.getByRole('link', { name: PROJECT }).click();
    await expect.poll(() => textOf(page, 'h1'), SOON).toBe(PROJECT);
    await page.goBack();
    await expect.poll(names, SOON).toEqual([PROJECT]);
    expect(hash(page)).toBe('#/?sort=project&order=desc&q=LAB');
  });

/** Months: what was billed, what changed, and where. */
export const describeMonths = (site: () => Site) => {
  describeClosed(site);
  describeCompared(site);
  describeProjects(site);
};
