import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { tokenFor } from '../end-to-end/stack.ts';
import { alertOf, hash, type Site, SOON, textOf } from './site.ts';
import { DEAREST, PROJECT, RESTARTED } from './story.ts';

const linkTo = (token: string, route: string) => `#token=${token}&to=${encodeURIComponent(route)}`;
const heading = (page: Page) => textOf(page, 'h1');
const keptInTab = (page: Page) => page.evaluate<number>('sessionStorage.length');
const keptForever = (page: Page) => page.evaluate<number>('localStorage.length + document.cookie.length');
const focusedId = (page: Page) => page.evaluate<string>('document.activeElement.id');

/**
 * Whether the page leaves the next click to the browser. It goes no further: under load, Chromium
 * here now and then announces no tab after such a click, so a test would wait for ever.
 */
const LEFT_TO_THE_BROWSER = `new Promise((done) => {
  addEventListener('click', (event) => {
    done(!event.defaultPrevented);
    event.preventDefault();
  }, { once: true });
})`;

/** Notes the address whenever the page sends a request, and when it first shows anything. */
const noteAddresses = () => {
  const noted: string[] = [];
  const send = globalThis.fetch;
  const page = globalThis as unknown as { noted: string[]; location: { href: string } };
  page.noted = noted;
  globalThis.fetch = (...request) => {
    noted.push(`asked at ${page.location.href}`);
    return send(...request);
  };
};

export const describeSignInLinks = (site: () => Site) =>
  describe('a sign-in link', () => {
    test('leads to its page, and its token is gone before anything is asked', async () => {
      const { stack, tokens, told, open } = site();
      await using visitor = await open();
      const { page } = visitor;
      await page.addInitScript(noteAddresses);
      const requested: string[] = [];
      page.on('request', (request) => requested.push(`${request.url()} ${request.headers().referer ?? ''}`));
      const route = `#/projects/${PROJECT}/${told.lastMonth}`;
      await page.goto(`${stack.url}/v1/docs`);
      await visitor.go(linkTo(tokens.one, route));
      await expect.poll(() => heading(page), SOON).toBe(PROJECT);
      expect(hash(page)).toBe(route);
      expect(await keptInTab(page)).toBe(1);
      expect(await keptForever(page)).toBe(0);

      const noted = await page.evaluate<string[]>('noted');
      expect(noted.length).toBeGreaterThan(1);
      await page.goBack();
      await page.goForward();
      await expect.poll(() => heading(page), SOON).toBe(PROJECT);
      expect([...noted, ...requested, page.url()].filter((text) => text.includes(tokens.one))).toEqual([]);
      expect(visitor.complaints).toEqual([]);
    });

    test('takes the place of the token of an open page', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await visitor.go(`#/projects/${PROJECT}`);
      await page.evaluate(
        (link) => {
          (globalThis as unknown as { location: { hash: string } }).location.hash = link;
        },
        linkTo(tokens.all, '/'),
      );
      await page.getByLabel('Project id').waitFor();
      expect(hash(page)).toBe('#/');
    });

    test('that has expired or is broken says so, and a pasted token leads on', async () => {
      const { tokens, open } = site();
      const refused = {
        [tokens.expired]: 'This sign-in link has expired',
        [await tokenFor([PROJECT], { secret: 'x'.repeat(32) })]: 'This sign-in link is not valid here',
        [await tokenFor([PROJECT], { scope: 'openid' })]: 'lacks the scope usage:read',
        [tokens.one.slice(0, 40)]: 'This sign-in link is broken',
        '': 'This sign-in link is broken',
      };
      await using visitor = await open();
      const { page } = visitor;
      for (const [token, advice] of Object.entries(refused)) {
        await visitor.go(linkTo(token, `/projects/${PROJECT}/jobs/${DEAREST}`));
        await expect.poll(() => alertOf(page), SOON).toContain(advice);
        expect(await keptInTab(page)).toBe(0);
        expect(await focusedId(page)).toBe('token');
      }
      await page.keyboard.insertText(tokens.one);
      await page.keyboard.press('Enter');
      await expect.poll(() => heading(page), SOON).toBe(DEAREST);
      expect(visitor.complaints).toEqual([]);
    });

    test('signs in the tabs that are opened from its page, and signing out ends all of them', async () => {
      const { stack, tokens, told, open } = site();
      await using visitor = await open();
      const { page } = visitor;
      await visitor.go(linkTo(tokens.one, `/projects/${PROJECT}/${told.lastMonth}`));
      const link = page.getByRole('link', { name: RESTARTED }).first();
      const clicked = page.evaluate<boolean>(LEFT_TO_THE_BROWSER);
      await link.click({ modifiers: ['Control'] });
      expect(await clicked).toBe(true);
      const beside = await page.context().newPage();
      await beside.goto(new URL((await link.getAttribute('href')) ?? '', page.url()).href);
      await expect.poll(() => heading(beside), SOON).toBe(RESTARTED);
      await beside.reload();
      await expect.poll(() => heading(beside), SOON).toBe(RESTARTED);
      const typed = await page.context().newPage();
      await typed.goto(stack.url);
      await expect.poll(() => heading(typed), SOON).toBe(PROJECT);
      const tabs = [page, beside, typed];
      expect(await Promise.all(tabs.map(keptForever))).toEqual([0, 0, 0]);

      await beside.getByRole('button', { name: 'Sign out' }).click();
      for (const tab of tabs) await tab.getByLabel('Access token').waitFor();
      expect(await Promise.all(tabs.map(keptInTab))).toEqual([0, 0, 0]);
      await typed.reload();
      await typed.getByLabel('Access token').waitFor();
      expect(await focusedId(typed)).toBe('token');

      await typed.keyboard.insertText(tokens.one);
      await typed.keyboard.press('Enter');
      await expect.poll(() => heading(page), SOON).toBe(PROJECT);
    });
  });
