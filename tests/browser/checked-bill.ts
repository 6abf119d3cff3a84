import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { monthName } from '../../web/calendar.ts';
import { billAddress } from './comparisons.ts';
import { focused, hash, ofEach, type Site, SOON, textIn, textOf } from './site.ts';
import { FAILED, jobAddress, PROJECT, RESTARTED, TROUBLED } from './story.ts';

/** Left and right end of a bar of each step, in pixels. */
const bars = (page: Page) =>
  ofEach<readonly [number, number]>(
    page,
    '.step .bar',
    '[it.getBoundingClientRect().left, it.getBoundingClientRect().right].map(Math.round)',
  );

/** A month that was compared with the bill of the provider. */
export const describeCheckedBill = (site: () => Site) =>
  describe('the bill of the provider', () => {
    test('is linked from a month that was compared, and from no other', async () => {
      const { told, tokens, open } = site();
      await using visitor = await open({ token: tokens.all });
      const { page } = visitor;
      const checked = page.getByTestId('checked');
      await visitor.go(`#/projects/${PROJECT}/${told.lastMonth}`);
      await checked.waitFor();
      expect(await textIn(checked)).toBe(
        'Checked against the provider’s bill: 5.20 EUR apart, 0.05 EUR unexplained',
      );
      await visitor.go(`#/projects/${PROJECT}/${told.monthBefore}`);
      await expect.poll(() => textIn(checked), SOON).toMatch(/: 4\.33 EUR apart, all explained$/);
      const answer = page.waitForResponse(/reconciliations/);
      await visitor.go(`#/projects/${PROJECT}`);
      expect((await answer).status()).toBe(404);
      await visitor.settled();
      expect(await checked.count()).toBe(0);
      await visitor.go(`#/projects/${TROUBLED}/${told.lastMonth}`);
      await checked.getByRole('link').click();
      await expect.poll(() => focused(page), SOON).toBe(monthName(told.lastMonth));
      expect(hash(page)).toBe(billAddress(TROUBLED, told.lastMonth));
      expect(await textOf(page, '.empty')).toContain('bills nothing');
      expect(await page.locator('#steps').count()).toBe(0);
      expect(visitor.complaints).toEqual([]);
    });

    test('says in a sentence what it comes to, and each bar begins where the one before ends', async () => {
      const { told, tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await visitor.go(billAddress(PROJECT, told.lastMonth));
      expect(await textOf(page, '[data-testid=verdict]')).toBe(
        'The provider bills 5.20 EUR more than jobmeter counts; 0.05 EUR is not explained.',
      );
      expect(await textOf(page, '[data-testid=missing-events]')).toBe(
        `3 events that did not arrive would settle differences: jobmeter reconcile ${told.lastMonth} --project ${PROJECT} --record --save`,
      );
      expect(await page.locator('.steps tbody th').allTextContents()).toEqual([
        expect.stringMatching(/^Events that did not arrive/),
        expect.stringMatching(/^Jobs never reported/),
        expect.stringMatching(/^Another rule.*ovh-2026-09-11/),
        expect.stringMatching(/^Not explained/),
        'Difference',
      ]);
      expect(await page.locator('.steps tbody .number').allTextContents()).toEqual([
        '+3.86 EUR',
        '+1.61 EUR',
        '\u22120.32 EUR',
        '+0.05 EUR',
        '+5.20 EUR',
      ]);
      const [events, jobs, rule, unexplained, difference] = await bars(page);
      expect(jobs?.[0]).toBe(events?.[1]);
      // It is less, so it goes back.
      expect(rule?.[1]).toBe(jobs?.[1]);
      expect(unexplained?.[0]).toBe(rule?.[0]);
      expect(difference?.[0]).toBe(events?.[0]);
    });

    test('opens by the keyboard to causes and jobs, which lead to their pages', async () => {
      const { told, tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await visitor.go(billAddress(PROJECT, told.lastMonth));
      const jobs = page.locator('.compared-jobs');
      expect(await jobs.isVisible()).toBe(false);
      await page.locator('.behind summary').focus();
      await page.keyboard.press('Enter');
      await jobs.waitFor();
      const row = (jobId: string) => textIn(jobs.getByRole('row').filter({ hasText: jobId }));
      expect(await row(RESTARTED)).toMatch(
        /its events here say 541.*DONE@.*73\.47 EUR.*69\.61 EUR.*\+3\.86 EUR/,
      );
      expect(await row(FAILED.jobId)).toMatch(/\u22120\.32 EUR/);
      // Nothing is known of it here, so there is no page of it.
      expect(await row('3f1c8a52')).toMatch(/To record: QUEUED@.*–\+1\.61 EUR/);
      expect(await jobs.getByRole('link').allTextContents()).toEqual([RESTARTED, FAILED.jobId]);
      expect(await textOf(page, '.behind')).toContain('the job late-report has as many minutes');
      expect(await textOf(page, '.behind')).toContain('the 3 most expensive of 240 jobs');
      await jobs.getByRole('link', { name: RESTARTED }).click();
      expect(hash(page)).toBe(jobAddress(RESTARTED));
    });

    test('of a month that was not compared says how it is', async () => {
      const { told, tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      await visitor.go(billAddress(PROJECT, told.current));
      expect(await textOf(visitor.page, '.notice')).toMatch(
        /was not compared with the provider’s bill.*jobmeter reconcile \d{4}-\d\d/,
      );
    });

    test('is printed with what is open, and without what is closed', async () => {
      const { told, tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await visitor.go(billAddress(PROJECT, told.lastMonth));
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('.behind').isVisible()).toBe(false);
      await page.emulateMedia({ media: 'screen' });
      await page.locator('.behind summary').click();
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('.compared-jobs').isVisible()).toBe(true);
      expect(await page.locator('.behind summary').isVisible()).toBe(false);
    });
  });
