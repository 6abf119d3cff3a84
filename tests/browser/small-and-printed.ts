import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { billAddress } from './comparisons.ts';
import { A4_WIDTH, ofEach, type Site, styles, textOf } from './site.ts';
import { jobAddress, PROJECT, RESTARTED } from './story.ts';

const PHONE = { width: 360, isPhone: true } as const;

const tallest = async (page: Page, rows: string) =>
  Math.max(...(await ofEach<number>(page, rows, 'it.getBoundingClientRect().height')));

/** What only works on a screen. Heads of tables that can be sorted are text on paper. */
const CONTROLS = 'button:not(.sort), select, input, label, summary, .readout, .skip, .screen-only';

/** Styles that print needs, each with what goes wrong without it in Chromium. */
const PRINTED = [
  // Left out to save ink.
  ['.swatch, .strip span, .month-bar span, .share span, .step span', 'printColorAdjust', 'exact'],
  // Rows on top of one another, where a grid is broken between pages.
  ['main, .card:not(.hero), section.callout, .columns, .stack, .listed, .charges', 'display', 'block'],
  // Heads without their names, where a head is repeated.
  ['button.sort', 'display', 'contents'],
  // Flavors broken at their hyphens.
  ['th:has(> .swatch), [data-label="Resources"]', 'whiteSpace', 'nowrap'],
] as const;

/** How far the bars are below the top of their chart. */
const placeOfBars = (page: Page) =>
  ofEach<number>(
    page,
    '.bars',
    'it.getBoundingClientRect().top - it.closest(".chart").getBoundingClientRect().top',
  );

/** Taps a day of the first ten in its chart, wherever what is still loading moves it. */
const tapDay = async (page: Page, day: number) => {
  const bars = page.locator('.bars');
  const { width, height } = (await bars.boundingBox()) ?? { width: 0, height: 0 };
  await bars.tap({ position: { x: (width / 31) * (day - 0.5), y: height / 2 } });
};

export const describePhone = (site: () => Site) =>
  describe('on a phone', () => {
    test('a tap shows a day by flavor, and another one or Escape closes it', async () => {
      const { tokens, told, open } = site();
      await using visitor = await open({ ...PHONE, token: tokens.one });
      const { page } = visitor;
      await visitor.go(`#/projects/${PROJECT}/${told.lastMonth}`);
      await page.locator('.bars').scrollIntoViewIfNeeded();
      const closed = await textOf(page, '.readout');
      const before = await placeOfBars(page);
      await tapDay(page, 4);
      expect(await textOf(page, '.readout')).toMatch(/^\w{3} 4 .* EUR.*ai1-1-cpu [\d.]+ai1-1-gpu [\d.]+$/);
      // What is read out does not move the chart from under the finger.
      expect(await placeOfBars(page)).toEqual(before);
      await tapDay(page, 4);
      expect(await textOf(page, '.readout')).toBe(closed);
      await tapDay(page, 4);
      await page.keyboard.press('ArrowRight');
      expect(await textOf(page, '.readout')).toMatch(/^\w{3} 5 /);
      await page.keyboard.press('Escape');
      expect(await textOf(page, '.readout')).toBe(closed);
    });

    test('sixteen jobs are two screens long, and nothing of them is left out', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ ...PHONE, token: tokens.one });
      const { page } = visitor;
      await visitor.go(`#/projects/${PROJECT}`);
      for (const rows of ['.running tbody tr', '.jobs tbody tr'])
        expect((await tallest(page, rows)) * 16).toBeLessThan(1_600);
      const cells = await page.locator('.running tbody tr').first().locator('th, td').all();
      for (const cell of cells) expect(await cell.isVisible()).toBe(true);
    });
  });

export const describePaper = (site: () => Site) =>
  describe('on paper', () => {
    const pagesPrinted = async (page: Page) => {
      const pages = (await page.pdf({ preferCSSPageSize: true }))
        .toString('latin1')
        .match(/\/Type\s*\/Page\b/g);
      await page.emulateMedia({ media: 'print' });
      return pages?.length;
    };
    const shown = (page: Page, selector: string) => page.locator(selector).filter({ visible: true }).count();

    test('a month says of what and when it is, and which jobs it leaves out', async () => {
      const { tokens, told, open } = site();
      await using visitor = await open({ width: A4_WIDTH, scheme: 'dark', token: tokens.one });
      const { page } = visitor;
      await visitor.go(`#/projects/${PROJECT}/${told.lastMonth}`);
      expect(await shown(page, '.printed')).toBe(0);
      expect(await pagesPrinted(page)).toBeLessThanOrEqual(3);
      const text = await page.locator('.printed').filter({ visible: true }).allTextContents();
      expect(text).toEqual([
        expect.stringMatching(/^\w+ \d{4}, as of \d+ \w+ \d{4}, [\d:]{8} UTC$/),
        expect.stringMatching(/^The first 20 jobs, sorted by cost, descending\. There are more/),
      ]);
      await page.emulateMedia({ media: 'screen' });
      await page.getByRole('button', { name: /^Show more/ }).click();
      await visitor.settled();
      await page.emulateMedia({ media: 'print' });
      expect(await textOf(page, '#jobs ~ * .printed, #jobs ~ .printed')).toMatch(
        /^All \d+ jobs, sorted by cost/,
      );
      await visitor.go(`#/projects/${PROJECT}/${told.lastMonth}?status=FAILED,INTERRUPTED`);
      expect(await textOf(page, '#jobs ~ * .printed, #jobs ~ .printed')).toBe(
        'All 2 jobs, sorted by cost, descending, only status FAILED or INTERRUPTED.',
      );
      expect(visitor.complaints).toEqual([]);
    });

    test('nothing is printed that only works on a screen, nothing is too wide, and colors stay', async () => {
      const { tokens, told, open } = site();
      for (const address of [
        `#/projects/${PROJECT}/${told.lastMonth}`,
        `#/projects/${PROJECT}`,
        jobAddress(RESTARTED),
        billAddress(PROJECT, told.lastMonth),
      ]) {
        await using visitor = await open({ width: A4_WIDTH, token: tokens.one });
        const { page } = visitor;
        await visitor.go(address);
        await page.emulateMedia({ media: 'print' });
        expect(await shown(page, CONTROLS), address).toBe(0);
        expect(await page.evaluate('document.documentElement.scrollWidth'), address).toBe(A4_WIDTH);
        for (const [selector, property, value] of PRINTED)
          for (const style of await styles(page, selector, property))
            expect(style, `${selector} of ${address}`).toBe(value);
      }
    });
  });
