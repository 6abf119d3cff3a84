import type { Page, Request } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { amountIn, figure } from './figures.ts';
import { focused, type Site, SOON, textIn } from './site.ts';
import { withBudgets } from './stage.ts';
import { PROJECT } from './story.ts';

const ADDRESS = `#/projects/${PROJECT}`;
const card = (page: Page) => page.getByRole('region', { name: 'Budgets' });
const budget = (page: Page, name: string) =>
  card(page)
    .locator('.budget')
    .filter({ has: page.getByRole('heading', { name }) });

interface Answered {
  readonly status: number;
  readonly json?: object;
  readonly headers?: Record<string, string>;
}

/** Answers what is asked of single budgets, in turn, and remembers it. The usage comes from the API. */
const answering = async (page: Page, ...answers: readonly Answered[]): Promise<Request[]> => {
  const asked: Request[] = [];
  await page.route(`**/projects/${PROJECT}/budgets/*`, async (route) => {
    asked.push(route.request());
    await route.fulfill(answers[asked.length - 1] ?? { status: 404 });
  });
  return asked;
};

const VISION = {
  ...{ name: 'vision', amount: '1000.00', currency: 'EUR', label: 'team=vision', stops: 'all' },
  thresholds: [{ at: '80%', on: 'spent', action: 'notify', amount: '800.00' }],
};

export const describeBudgets = (site: () => Site) =>
  describe('budgets', () => {
    test('are beside the total, the closest first, each with its thresholds; one counts up with it', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await withBudgets(page);
      await visitor.go(ADDRESS);
      const heads = () => card(page).getByRole('heading', { level: 3 }).allTextContents();
      expect((await heads())[0]).toBe('visionteam=vision');
      expect(await heads()).toHaveLength(6);
      expect(await textIn(budget(page, 'vision'))).toMatch(
        /1\u202f250\.40 of 1\u202f000\.00 EUR \(125\u00a0%\).*80\u00a0% crossed 1 \w{3}, 12:05100\u00a0% crossed 1 \w{3}, 14:05stops jobs$/,
      );
      const whole = await textIn(budget(page, 'all-jobs'));
      expect(amountIn(whole.split(' of ')[0] ?? '')).toBe(await figure(page, 'total'));
      expect(whole).toContain('50\u00a0% will be crossed on 24 Nov, 09:12 if the running jobs go on');
      expect(whole).toContain('Forecast of 100\u00a0% crossed');
      expect(await card(page).getByRole('img').getAttribute('aria-label')).toMatch(
        /^Spent in EUR: .* Budgets: all-jobs 5\u202f000\.00\.$/,
      );
      expect(await card(page).getByRole('button').allTextContents()).toEqual(['Show all 20 budgets']);
      await card(page).getByRole('button').click();
      await expect.poll(heads, SOON).toHaveLength(20);
      expect(visitor.complaints).toEqual([]);
    });

    test('of an ended month say that there is no forecast, not that it was not crossed', async () => {
      const { tokens, told, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      const thresholds = [
        { at: '100%', on: 'spent', action: 'notify', amount: '1000.00' },
        { at: '100%', on: 'forecast', action: 'notify', amount: '1000.00' },
      ];
      await page.route(`**/projects/${PROJECT}/usage?month=${told.lastMonth}`, async (route) => {
        const response = await route.fetch();
        const budgets = [{ ...VISION, month: told.lastMonth, spent: '12.00', thresholds }];
        await route.fulfill({ response, json: { ...(await response.json()), budgets } });
      });
      await visitor.go(`${ADDRESS}/${told.lastMonth}`);
      expect(await budget(page, 'vision').getByRole('listitem').allTextContents()).toEqual([
        '100\u00a0% not crossed',
        'Forecast of 100\u00a0%: an ended month has none',
      ]);
      expect(visitor.complaints).toEqual([]);
    });

    test('are added with a token that may: what the API refuses is said at its field', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ token: tokens.operator, width: 360 });
      const { page } = visitor;
      const sent = await answering(
        page,
        {
          status: 422,
          json: {
            detail: 'the budget is not valid: see errors',
            errors: [
              { pointer: '/amount', detail: 'amount must be more than zero' },
              { pointer: '/thresholds/1/at', detail: 'thresholds[1].at must be a percentage' },
            ],
          },
        },
        { status: 201, json: {} },
      );
      await visitor.go(ADDRESS);
      expect(await textIn(card(page))).toContain('No budget is set.');
      await card(page).getByRole('button', { name: 'Add a budget' }).press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Add a budget' });
      await dialog.getByLabel('Name').fill('vision');
      await dialog.getByLabel('Amount of a month').fill('0');
      await dialog.getByLabel('Threshold 2: percentage or money').fill('a lot');
      await dialog.getByLabel('Threshold 2: what happens').selectOption('stop jobs');
      await page.keyboard.press('Enter');
      await dialog.getByRole('alert').waitFor();
      expect(await dialog.locator('.field-error').allTextContents()).toEqual([
        'Must be more than zero',
        'Must be a percentage',
      ]);
      const described = await dialog.getByLabel('Amount of a month').getAttribute('aria-describedby');
      expect(described).toBe('budget-amount-error');
      expect(await visitor.seriousFindings()).toEqual([]);

      await withBudgets(page);
      await dialog.getByLabel('Amount of a month').fill('1000');
      await dialog.getByLabel('Threshold 2: percentage or money').fill('900,5');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await budget(page, 'vision').waitFor();
      expect(await dialog.count()).toBe(0);
      expect(await focused(page)).toBe('Add a budget');
      expect(sent.map((request) => request.method())).toEqual(['PUT', 'PUT']);
      expect(sent[1]?.url()).toMatch(/\/budgets\/vision$/);
      expect(sent[1]?.postDataJSON()).toEqual({
        ...{ amount: '1000.00', stops: 'until it fits' },
        thresholds: [
          { at: '80%', on: 'spent', action: 'notify' },
          { at: '900.50', on: 'spent', action: 'stop' },
        ],
      });
      expect(visitor.complaints).toEqual([]);
    });

    test('are changed as they were read, and removed once that is confirmed', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ token: tokens.operator });
      const { page } = visitor;
      await withBudgets(page);
      const sent = await answering(
        page,
        { status: 200, json: VISION, headers: { etag: '"as-read"' } },
        { status: 412, json: { detail: 'the budget vision was changed meanwhile: read it again' } },
        { status: 204 },
      );
      await visitor.go(ADDRESS);
      await page.getByRole('button', { name: 'Change budget vision' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Save' }).click();
      expect(await textIn(dialog.getByRole('alert'))).toContain('was changed meanwhile');
      expect(await sent[1]?.headerValue('if-match')).toBe('"as-read"');
      await page.keyboard.press('Escape');
      expect(await dialog.count()).toBe(0);

      await page.getByRole('button', { name: 'Remove budget vision' }).click();
      expect(sent).toHaveLength(2);
      const answer = page.waitForResponse(/\/usage$/);
      await dialog.getByRole('button', { name: 'Remove' }).click();
      await answer;
      expect(sent[2]?.method()).toBe('DELETE');
      expect(await dialog.count()).toBe(0);
      expect(visitor.complaints).toEqual([]);
    });
  });
