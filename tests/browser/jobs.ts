import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { amountIn, column, figure } from './figures.ts';
import { hash, type Site, SOON, textOf } from './site.ts';
import { FAILED, jobAddress, PROJECT, RESIZED } from './story.ts';

const listed = (page: Page) => page.locator('.jobs tbody th a').allTextContents();
const sorted = (page: Page) => page.locator('.jobs th[aria-sort]').textContent();
const minutes = async (page: Page) => (await column(page, '.jobs', 'Minutes')).map(amountIn);
const scrolled = (page: Page) => page.evaluate<number>('Math.round(scrollY)');

/** What the page reads from the API from here on. */
const readsOf = (page: Page): string[] => {
  const reads: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/v1/')) reads.push(request.url());
  });
  return reads;
};

/** A job of more events and charges than an answer lists. */
export const describeLongJob = (site: () => Site) =>
  test('a job says how many events and charges are not shown, and adds up no sum without them', async () => {
    const { tokens, open } = site();
    await using visitor = await open({ token: tokens.one });
    const { page } = visitor;
    await page.route(`**/projects/${PROJECT}/jobs/${RESIZED}`, async (route) => {
      const job = await (await route.fetch()).json();
      await route.fulfill({ json: { ...job, moreTransitions: 29_240, moreCharges: 11, cost: '1234.56' } });
    });
    await visitor.go(jobAddress(RESIZED));
    const lifecycle = await textOf(page, '[aria-labelledby=lifecycle]');
    expect(lifecycle).toContain('29\u202f240 earlier status events are not shown.');
    expect(lifecycle).toContain('opens charge 12');
    const charges = await textOf(page, '[aria-labelledby=charges]');
    expect(charges).toContain('11 earlier charges are not shown.');
    expect(charges).toContain('not all shown');
    expect(await page.locator('.charge h4').allTextContents()).toEqual(['Charge 12', 'Charge 13']);
    expect(await figure(page, 'cost')).toBe(1234.56);
    expect(visitor.complaints).toEqual([]);
  });

/** The list of jobs of a month. */
export const describeJobs = (site: () => Site) =>
  describe('the list of jobs', () => {
    const address = () => `#/projects/${PROJECT}/${site().told.lastMonth}`;

    test('has status, start and end, and headers that sort all jobs of the month', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await visitor.go(address());
      expect(await sorted(page)).toBe('Cost↓');
      await page.getByRole('button', { name: 'Minutes' }).click();
      await expect.poll(() => sorted(page), SOON).toBe('Minutes↓');
      await visitor.settled();
      const most = await minutes(page);
      expect(most).toEqual(most.toSorted((a, b) => b - a));
      await page.getByRole('button', { name: 'Minutes' }).click();
      await expect.poll(() => sorted(page), SOON).toBe('Minutes↑');
      await visitor.settled();
      const least = await minutes(page);
      expect(least).toEqual(least.toSorted((a, b) => a - b));
      expect(least[0]).toBeLessThan(most.at(-1) ?? 0);

      await page.getByRole('button', { name: 'Started' }).click();
      await page.getByRole('button', { name: 'Started' }).click();
      await expect.poll(() => sorted(page), SOON).toBe('Started↑');
      await visitor.settled();
      expect((await column(page, '.jobs', 'Started'))[0]).toMatch(/^1 \w+, 02:00$/);
      expect((await column(page, '.jobs', 'Ended'))[0]).toMatch(/^1 \w+, \d\d:\d\d$/);
      expect((await column(page, '.jobs', 'Status'))[0]).toBe('DONE');
      expect(visitor.complaints).toEqual([]);
    });

    test('is searched within names, in capitals or not', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await visitor.go(address());
      for (const part of ['loop', 'LOOP', 'loop-DEP']) {
        await page.getByRole('searchbox').fill(part);
        await expect.poll(() => listed(page), SOON).toEqual([FAILED.jobId]);
      }
      await page.getByRole('searchbox').fill('no job/');
      await page.getByText('No job has such a name').waitFor();
    });

    test('is as it was left after Back: searched, sorted, scrolled, and nothing is read again', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await visitor.go(address());
      await page.getByRole('searchbox').fill('SHARDS');
      await page.getByRole('button', { name: 'Started' }).click();
      await page.getByRole('button', { name: /^Show more than/ }).click();
      await expect.poll(() => page.locator('.jobs tbody tr').count(), SOON).toBe(27);
      await visitor.settled();
      const link = page.locator('.jobs tbody th a').nth(24);
      await link.scrollIntoViewIfNeeded();
      const before = { hash: hash(page), y: await scrolled(page), names: await listed(page) };
      expect(before.y).toBeGreaterThan(500);
      await link.click();
      await expect.poll(() => textOf(page, 'h1'), SOON).toBe(before.names[24]);
      await visitor.settled();
      expect(await scrolled(page)).toBe(0);

      const reads = readsOf(page);
      await page.goBack();
      await expect.poll(() => listed(page), SOON).toEqual(before.names);
      await expect.poll(() => scrolled(page), SOON).toBe(before.y);
      expect(hash(page)).toBe(before.hash);
      expect(await page.getByRole('searchbox').inputValue()).toBe('SHARDS');
      await page.goForward();
      await expect.poll(() => textOf(page, 'h1'), SOON).toBe(before.names[24]);
      await page.goBack();
      await expect.poll(() => listed(page), SOON).toEqual(before.names);
      // The current month, in the line of twelve, does change.
      expect(reads.filter((url) => !url.endsWith('/usage'))).toEqual([]);

      await page.reload();
      await expect.poll(() => listed(page), SOON).toEqual(before.names);
    });
  });
