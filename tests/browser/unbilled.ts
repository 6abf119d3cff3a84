import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Usage } from '../../lib/shapes/usage.ts';
import { monthName } from '../../web/calendar.ts';
import { amountIn, cents, figure } from './figures.ts';
import { hash, type Site, SOON, textIn, textOf } from './site.ts';
import { HELD, PROJECT, RETRACTED, SILENT, TROUBLED, UNRATED } from './story.ts';

const job = (projectId: string, jobId: string) => `#/projects/${projectId}/jobs/${jobId}`;
const all = (page: Page) => textOf(page, 'main');
const rowOf = (page: Page, table: string, jobId: string) =>
  page.locator(`${table} tbody tr`).filter({ has: page.getByRole('link', { name: jobId, exact: true }) });

const REASON = '“reported for the wrong job”';

const describeRetracted = (site: () => Site) =>
  describe('a run that was taken back', () => {
    test('is billed and credited on its job, with the reason, and marked in its month', async () => {
      const { told, tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await visitor.go(job(PROJECT, RETRACTED));
      expect(await textOf(page, '[data-testid=billed]')).toBe(
        `Billed 14.40 EUR on the statement of ${monthName(told.monthBefore)}, credited 14.40 EUR on that of ${monthName(told.lastMonth)}: events of it were taken back, ${REASON}.`,
      );
      const pending = page.locator('.event').filter({ hasText: 'PENDING' });
      expect(await textIn(pending)).toContain('to the next event that counts');
      expect(await textIn(page.locator('.event.retracted'))).toMatch(/^RUNNINGtaken back/);
      expect(await all(page)).not.toContain('has not been in a status');
      expect(await textOf(page, '[data-testid=taken-back]')).toBe(
        'Its RUNNING event was taken back, so nothing is billed for that run.',
      );
      expect(await page.locator('#warnings').count()).toBe(0);

      await visitor.go(`#/projects/${PROJECT}/${told.monthBefore}`);
      const row = await textIn(rowOf(page, '.jobs', RETRACTED));
      expect(row).toContain('taken back');
      expect(row).toContain('credited');
      expect(row).toContain(REASON);
      expect(visitor.complaints).toEqual([]);
    });

    test('has its reason on the statement that credits it', async () => {
      const { told, tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      await visitor.go(`#/projects/${PROJECT}/${told.lastMonth}/statement`);
      await visitor.page.getByRole('group').filter({ hasText: 'correction of' }).locator('summary').click();
      await visitor.page.getByText(`Events of it were taken back: ${REASON}.`).waitFor();
      expect(await textOf(visitor.page, '.replaced .formula')).toMatch(
        /= 14\.40 EUR, taken back: \u221214\.40 EUR$/,
      );
    });
  });

const describeUnpriced = (site: () => Site) =>
  test('a job without a price has no amount, and says what it waits for', async () => {
    const { tokens, open } = site();
    await using visitor = await open({ token: tokens.all });
    const { page } = visitor;
    await visitor.go(job(TROUBLED, UNRATED));
    expect(await textOf(page, '[data-testid=cost]')).toBe('No price yet');
    const said = await all(page);
    expect(said).toMatch(/\d+ min, billed once ai2-h100 has a price/);
    expect(said).toMatch(/The tariff in force since .* has no price for ai2-h100\./);
    for (const wrong of ['0.00', 'EUR', 'does not look right', 'all the same'])
      expect(said).not.toContain(wrong);
    expect(await textIn(page.locator('.event').last())).toMatch(/^RUNNINGno price yet/);

    await visitor.go(`#/projects/${TROUBLED}`);
    expect(await textIn(rowOf(page, '.jobs', UNRATED))).toMatch(/no price yet$/);
    expect(await textIn(rowOf(page, '.running', UNRATED))).toMatch(/no price yet$/);
    expect(await textOf(page, '#unrated')).toBe('No price yet: 1 job');
    expect(await textOf(page, '[aria-labelledby=unrated]')).toContain('billed once ai2-h100 has a price');
  });

const describeHeld = (site: () => Site) =>
  describe('held time', () => {
    test('of a job is not counted: what is, what would be, and what settles it', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ token: tokens.all });
      const { page } = visitor;
      await visitor.go(job(TROUBLED, HELD));
      // 7 days of one GPU, worked out by hand: 10080 x 1.93 / 60.
      expect(await figure(page, 'cost')).toBe(324.24);
      const [counted, not, settledBy] = await page.locator('.story dd').allTextContents();
      expect(counted).toMatch(/^7\u00a0d, up to .*: 324\.24 EUR\. It is in the total of /);
      const [, minutes = '', cost = ''] =
        /since then: ([\d\u202f]+) begun minutes so far, at 1\.93 EUR per hour, would cost ([\d.]+) EUR\. It is in no/.exec(
          not ?? '',
        ) ?? [];
      expect(cents(Number(cost))).toBe(Math.round((amountIn(minutes) * 193) / 60));
      expect(settledBy).toMatch(/^its stop, or RUNNING reported again/);
      const running = page.locator('.event.held');
      expect(await textIn(running)).toMatch(/^RUNNINGheld7\u00a0d counted, /);
      expect(await running.locator('.tag.billable').count()).toBe(0);
      expect(await textOf(page, '.legend')).toMatch(/^\s*counted.*held/);
    });

    test('of a project is called out beside what its total has of silent jobs', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ token: tokens.all });
      const { page } = visitor;
      await visitor.go(`#/projects/${TROUBLED}`);
      expect(await textOf(page, '#held')).toBe('Held: 1 job');
      const held = await textIn(rowOf(page, '[aria-labelledby=held] table', HELD));
      expect(held).toMatch(
        /nothing was reported of it for longer than the tariff allows; settled by its stop/,
      );
      expect(await rowOf(page, '.running', HELD).count()).toBe(0);
      expect(await all(page)).toContain('not counted: 1 job that is held');
      expect(await all(page)).toContain('Without what is held or has no price');

      const silent = await textOf(page, '[data-testid=silent]');
      expect(silent).toMatch(/reported nothing for more than 24 hours/);
      expect(amountIn(silent.split('includes')[1]?.split('EUR')[0] ?? '')).toBeGreaterThan(0);
      expect(silent).toContain('Of these 1 is held already');
      const listed = (jobId: string) => textIn(rowOf(page, '[aria-labelledby=silent] table', jobId));
      expect(await listed(SILENT)).toMatch(/^gone-quiet\d+ \w+ \d{4}, .*\d EUR$/);
      expect(await listed(HELD)).toMatch(/^never-stoppedx+held/);
      await rowOf(page, '.running', SILENT).waitFor();
      await rowOf(page, '[aria-labelledby=held] table', HELD).getByRole('link').click();
      expect(hash(page)).toBe(job(TROUBLED, HELD));
    });
  });

/** Words that said the wrong thing, or nothing. */
const UNCLEAR = [
  'as it is known now',
  'Days are those of UTC',
  '× units',
  /\basks\b/,
  'Everything here is from the API',
  'all the same',
];

const describeWords = (site: () => Site) => {
  test('a mistyped project is not known, and names like it are offered', async () => {
    const { tokens, open } = site();
    await using visitor = await open({ token: tokens.all });
    const { page } = visitor;
    await visitor.go('#/projects/vision-lap');
    expect(await textOf(page, '.notice h2')).toBe('No project vision-lap is known');
    expect(await textOf(page, '.notice')).toContain('Nothing was ever charged for it.');
    expect(await page.getByTestId('total').count()).toBe(0);
    await page.getByRole('link', { name: PROJECT, exact: true }).click();
    await expect.poll(() => textOf(page, 'h1'), SOON).toBe(PROJECT);
  });

  test('a month that has not begun has no total', async () => {
    const { tokens, open } = site();
    await using visitor = await open({ token: tokens.one });
    await visitor.go(`#/projects/${PROJECT}/2999-03`);
    expect(await textOf(visitor.page, '.notice h2')).toBe('March 2999 has not begun');
    expect(await visitor.page.getByTestId('total').count()).toBe(0);
  });

  test('there is one forecast, that of the API, with its range', async () => {
    const { told, tokens, open } = site();
    await using visitor = await open({ token: tokens.one });
    let reads = 0;
    await visitor.page.route(/\/usage$/, (route) => {
      reads += 1;
      return reads === 1 ? route.continue() : route.abort();
    });
    const answer = visitor.page.waitForResponse(/\/usage$/);
    await visitor.go(`#/projects/${PROJECT}`);
    const { forecast, corrections } = (await (await answer).json()) as Usage;
    const said = (await all(visitor.page)).replaceAll('\u202f', '');
    expect(said).toContain(
      `Usage expected at the end of ${monthName(told.current)}${forecast?.expected} EUR`,
    );
    expect(said).toContain(
      `Jobs that run now: ${forecast?.ofRunningJobs} moreFurther jobs: ${forecast?.ofFurtherJobs} moreRange: ${forecast?.low} if all jobs stop now, ${forecast?.high} if none does`,
    );
    expect(said).toContain(`Besides, corrections on the same statement: ${corrections?.total}`);
    expect(said).not.toContain('Without what is held');
    expect(said.match(/forecast|at this pace|expected/gi)).toHaveLength(1);
  });

  test('corrections that cannot be billed as the table is have no figure, but a reason', async () => {
    const { tokens, open } = site();
    await using visitor = await open({ token: tokens.one });
    const reason = 'its charges are not in the table; restore them from a backup, then close again';
    await visitor.page.route(/\/usage$/, async (route) => {
      const response = await route.fetch();
      const { corrections: _, ...usage } = (await response.json()) as Usage;
      await route.fulfill({ response, json: { ...usage, correctionsUnknown: reason } });
    });
    await visitor.go(`#/projects/${PROJECT}`);
    const said = await all(visitor.page);
    expect(said).toContain(`What is due for closed months is not known: ${reason}.`);
    expect(said).toContain('Besides, corrections on the same statement: not known');
    expect(await visitor.page.getByTestId('corrections').count()).toBe(0);
  });

  test('pages use plain words', async () => {
    const { told, tokens, open } = site();
    await using visitor = await open({ token: tokens.all });
    for (const address of [
      `#/projects/${PROJECT}`,
      `#/projects/${PROJECT}/${told.lastMonth}`,
      `#/projects/${PROJECT}/${told.lastMonth}/statement`,
      job(TROUBLED, UNRATED),
    ]) {
      await visitor.go(address);
      const said = await textOf(visitor.page, 'body');
      for (const words of UNCLEAR) expect(said, address).not.toMatch(words);
    }
  });
};

/** What is not billed, and what is not there: each says so, and why. */
export const describeUnbilled = (site: () => Site) => {
  describeRetracted(site);
  describeUnpriced(site);
  describeHeld(site);
  describeWords(site);
};
