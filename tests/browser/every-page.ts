import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { billAddress } from './comparisons.ts';
import { withoutSnapshot } from './large-month.ts';
import { A4_WIDTH, alertOf, type Site, SOON, styles } from './site.ts';
import { withBudgets, withStage } from './stage.ts';
import { EMPTY, HELD, jobAddress, PROJECT, RESIZED, RESTARTED, RUNNING, TROUBLED, UNRATED } from './story.ts';
import type { Visit } from './visitor.ts';

/** A month of which the figures do not come. */
const ADDED_UP = '2024-02';
/** The page that is opened signed out. */
const SIGN_IN = 'sign-in';

/** Every kind of page, and each state of it that looks different. */
const PAGES: readonly (readonly [name: string, address: (site: Site) => string])[] = [
  [SIGN_IN, ({ tokens }) => `#token=${tokens.expired}&to=%2F`],
  ['all projects', () => '#/'],
  ['project, current month with budgets, from a snapshot', () => `#/projects/${PROJECT}`],
  ['project, being added up', () => `#/projects/${PROJECT}/${ADDED_UP}`],
  ['project, closed month', ({ told }) => `#/projects/${PROJECT}/${told.lastMonth}`],
  ['project, something not billed', () => `#/projects/${TROUBLED}`],
  ['project, nothing used', () => `#/projects/${PROJECT}/2024-01`],
  ['project, unknown', () => `#/projects/${EMPTY}`],
  ['job, running', () => jobAddress(RUNNING)],
  ['job, ended', () => jobAddress(RESTARTED)],
  ['job, resized', () => jobAddress(RESIZED)],
  ['job, held', () => jobAddress(HELD, TROUBLED)],
  ['job, unrated', () => jobAddress(UNRATED, TROUBLED)],
  ['job, retracted', () => jobAddress('baseline-eval')],
  ['job, unknown', () => jobAddress('nobody-knows')],
  ['statement', ({ told }) => `#/projects/${PROJECT}/${told.lastMonth}/statement`],
  ['statement, none', ({ told }) => `#/projects/${TROUBLED}/${told.lastMonth}/statement`],
  ['bill, something unexplained', ({ told }) => billAddress(PROJECT, told.lastMonth)],
  ['bill, less', ({ told }) => billAddress(PROJECT, told.monthBefore)],
  ['bill, the same', ({ told }) => billAddress(TROUBLED, told.lastMonth)],
  ['bill, as large as can be', ({ told }) => billAddress(TROUBLED, told.current)],
  ['bill, not compared', ({ told }) => billAddress(PROJECT, told.current)],
  ['operations', () => '#/operations'],
  ['unknown page', () => '#/nowhere'],
];

interface Look {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
  readonly media: 'screen' | 'print';
  /** All by default. */
  readonly rules?: readonly string[];
}

/** What differs by color alone is checked by the rules of color alone. */
const COLORS = { rules: ['color-contrast'] };
const LOOKS: readonly Look[] = [
  { width: 1440, colorScheme: 'light', media: 'screen' },
  { width: 1440, colorScheme: 'dark', media: 'screen', ...COLORS },
  { width: A4_WIDTH, colorScheme: 'dark', media: 'print', ...COLORS },
  { width: 360, colorScheme: 'light', media: 'screen' },
  { width: 360, colorScheme: 'dark', media: 'screen', ...COLORS },
];

/**
 * 320 px are 400 % zoom of 1280, 720 are 200 % of 1440 (WCAG 2.2, reflow); tables are as such from
 * 960 on, and stacked on a tablet of 768.
 */
const FITTING_WIDTHS = [1440, 960, 768, 720, 360, 320];

/** Opens each `details`, and waits for what that loads. */
const openDetails = async ({ page, settled }: Visit) => {
  await page.evaluate('for (const it of document.querySelectorAll("details")) it.open = true');
  await settled();
};

export const describeEveryPage = (site: () => Site) =>
  describe('every page', () => {
    let signedIn: Visit;
    let signedOut: Visit;
    beforeAll(async () => {
      const { tokens, told, open } = site();
      [signedIn, signedOut] = await Promise.all([open({ token: tokens.operator }), open()]);
      await withBudgets(signedIn.page);
      await withoutSnapshot(signedIn.page, ADDED_UP);
      await withStage(signedIn.page, told);
    });
    afterAll(() => Promise.all([signedIn, signedOut].map((visitor) => visitor[Symbol.asyncDispose]())));

    test.each(PAGES)(
      '%s: accessible wide and narrow, light, dark and printed; asks nobody else',
      async (name, address) => {
        const visitor = name === SIGN_IN ? signedOut : signedIn;
        const { page, complaints } = visitor;
        await visitor.go(address(site()));
        await openDetails(visitor);
        for (const { width, rules, ...look } of LOOKS) {
          await page.setViewportSize({ width, height: 900 });
          await page.emulateMedia(look);
          const found = await visitor.seriousFindings(rules);
          expect(found, `${look.colorScheme} ${look.media} ${width}`).toEqual([]);
        }
        await page.emulateMedia({ colorScheme: 'light', media: 'screen' });
        for (const width of FITTING_WIDTHS) {
          await page.setViewportSize({ width, height: 900 });
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        }
        expect(complaints).toEqual([]);
      },
    );

    test('keeps the colors that say something where the reader has chosen all others', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ token: tokens.all });
      const { page } = visitor;
      await visitor.go(jobAddress(RESTARTED));
      const colors = () => styles(page, '.strip span, .swatch', 'backgroundColor');
      const before = await colors();
      await page.emulateMedia({ forcedColors: 'active' });
      expect(new Set(before).size).toBe(2);
      expect(await colors()).toEqual(before);
    });

    test('may load nothing from elsewhere, and run no other script', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      await visitor.go(`#/projects/${PROJECT}`);
      const asked = visitor.page.evaluate("fetch('https://elsewhere.example/')");
      await expect(asked).rejects.toThrow();
      await visitor.page.evaluate("document.body.setAttribute('style', 'color: red')");
      await visitor.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), { text: 'globalThis.ran = true' }))",
      );
      expect(await visitor.page.evaluate('globalThis.ran')).toBeUndefined();
      const heard = () => visitor.complaints.join();
      for (const directive of ['connect-src', 'style-src', 'script-src'])
        await expect.poll(heard, SOON).toContain(directive);
    });

    test('of what the token does not include shows the reason, and where to go', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      for (const address of [
        `#/projects/${TROUBLED}`,
        jobAddress(HELD, TROUBLED),
        `#/projects/${TROUBLED}/2026-01/statement`,
        billAddress(TROUBLED, '2026-01'),
      ]) {
        await visitor.go(address);
        expect(await alertOf(visitor.page)).toContain('your token does not include it');
      }
    });
  });
