import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Usage } from '../../lib/shapes/usage.ts';
import { timeText } from '../../web/calendar.ts';
import { figure } from './figures.ts';
import { type Site, SOON } from './site.ts';
import { PROJECT } from './story.ts';

/** When the page reads again what it shows, and what is being computed. */
const AGAIN_MS = 10_000;

const BEING_COMPUTED = {
  status: 503,
  headers: { 'content-type': 'application/problem+json', 'retry-after': '10' },
  body: JSON.stringify({ status: 503, detail: 'the charges are being added up', beingComputed: true }),
};

/** Answers that a month is being added up. */
export const withoutSnapshot = (page: Page, month: string) =>
  page.route(`**/projects/${PROJECT}/usage?month=${month}`, (route) => route.fulfill(BEING_COMPUTED));

/** The usage as that of a large month, as of five minutes before, or the start of the month. */
export const fromSnapshot = (usage: Usage, state: 'current' | 'being taken'): Usage => {
  const before = Date.parse(usage.asOf) - 5 * 60_000;
  const takenAt = new Date(Math.max(before, Date.parse(usage.month))).toISOString();
  return { ...usage, asOf: takenAt, snapshot: { takenAt, charges: 100_000, state } };
};

export const describeLargeMonth = (site: () => Site) =>
  test('a large month is read again until it is added up, and is shown with its time', async () => {
    const { tokens, open } = site();
    await using visitor = await open({ token: tokens.one });
    const { page } = visitor;
    await page.clock.install();
    const answers = ['being computed', 'being computed', 'being taken', 'being computed', 'current'] as const;
    let asked = 0;
    let usage: Usage | undefined;
    await page.route(`**/projects/${PROJECT}/usage`, async (route) => {
      const answer = answers[asked++] ?? 'current';
      if (answer === 'being computed') return route.fulfill(BEING_COMPUTED);
      const response = await route.fetch();
      usage = fromSnapshot((await response.json()) as Usage, answer);
      return route.fulfill({ response, json: usage });
    });
    const status = (text: string) => page.getByRole('status').filter({ hasText: text });
    const isReadAgain = async () => {
      const before = asked;
      await page.clock.fastForward(AGAIN_MS);
      await expect.poll(() => asked, SOON).toBe(before + 1);
    };
    const asOf = () => `As of ${timeText(usage?.asOf ?? '', 'UTC')}`;

    await page.goto(`${site().stack.url}/#/projects/${PROJECT}`);
    await status('The figures are being added up').waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await isReadAgain();
    await isReadAgain();
    await status(', being added up again.').waitFor();
    expect(await status('As of').textContent()).toBe(`${asOf()}, being added up again.`);
    expect(await status('The figures are being added up').count()).toBe(0);
    // All figures are of that time: what runs is not counted on.
    expect(await figure(page, 'total')).toBe(Number(usage?.total));

    const first = asOf();
    await isReadAgain();
    await status('not up to date: the charges are being added up. Trying again by itself.').waitFor();
    expect(await status('As of').textContent()).toBe(`${first}, being added up again.`);
    await isReadAgain();
    await status('not up to date').waitFor({ state: 'detached' });
    expect(await status('As of').textContent()).toBe(`${asOf()}.`);
    expect(visitor.complaints).toEqual([]);
  });
