import { describe, expect, test } from 'vitest';
import { monthName } from '../../web/calendar.ts';
import { column } from './figures.ts';
import { alertOf, ofEach, type Site, SOON, textIn, textOf } from './site.ts';
import { actionsOf, fullStage, quietStage, withOpenMonth, withPreview, withStage } from './stage.ts';
import { PROJECT } from './story.ts';

const ADDRESS = '#/operations';

const describeDrafts = (site: () => Site) =>
  test('drafts are approved by their digest and held back with a reason; one that has changed is neither', async () => {
    const { tokens, told, open } = site();
    await using visitor = await open({ token: tokens.operator });
    const { page } = visitor;
    let stagesRead = 0;
    await withStage(page, told);
    await page.route('**/v1/operations', (route) => {
      stagesRead += 1;
      return route.fallback();
    });
    const sent: unknown[] = [];
    await page.route(`**/projects/${PROJECT}/statements/${told.lastMonth}/approval`, (route) => {
      sent.push(route.request().postDataJSON());
      return sent.length === 1
        ? route.fulfill({ status: 409, json: { detail: 'the draft has changed since it was read' } })
        : route.fulfill({ json: {} });
    });
    await visitor.go(ADDRESS);
    const digest = fullStage(told).drafts.drafts[0]?.digest;
    const name = `${monthName(told.lastMonth)} of ${PROJECT}`;
    await page.getByRole('button', { name: `Approve ${name}` }).click();
    const dialog = page.getByRole('dialog');
    expect(await textIn(dialog)).toContain(`${digest}`);
    await dialog.getByRole('button', { name: 'Approve' }).click();
    expect(await textIn(page.getByRole('alert'))).toContain(
      'Nothing was decided: the draft has changed since it was read.',
    );
    await expect.poll(() => stagesRead, SOON).toBe(2);
    expect(await dialog.count()).toBe(0);

    await page.getByRole('button', { name: `Hold back ${name}` }).click();
    const hold = dialog.getByRole('button', { name: 'Hold back' });
    await hold.click();
    // Nothing is sent without a reason.
    expect(await dialog.locator('input:invalid').count()).toBe(1);
    await dialog.getByLabel('Reason').fill('three jobs are disputed');
    expect(await visitor.seriousFindings()).toEqual([]);
    await hold.click();
    await expect.poll(() => stagesRead, SOON).toBe(3);
    expect(sent).toEqual([
      { decision: 'approve', digest },
      { decision: 'hold', digest, reason: 'three jobs are disputed' },
    ]);
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(visitor.complaints).toEqual([]);
  });

export const describeOperations = (site: () => Site) =>
  describe('operations', () => {
    test('are for tokens that may read them, and linked for no other', async () => {
      const { tokens, open } = site();
      await using visitor = await open({ token: tokens.all });
      await visitor.go(ADDRESS);
      expect(await textOf(visitor.page, '.notice')).toContain('operations:read');
      expect(await visitor.page.getByRole('link', { name: 'Operations' }).count()).toBe(0);
      expect(visitor.complaints).toEqual([]);
    });

    test('say what is normal where nothing waits, and list what does', async () => {
      const { tokens, told, open } = site();
      await using visitor = await open({ token: tokens.operator });
      const { page } = visitor;
      await withStage(page, told, quietStage(told), actionsOf(told).slice(0, 2));
      await visitor.go('#/');
      await page.getByRole('link', { name: 'Operations' }).click();
      await page.getByText('Nothing is parked').waitFor();
      expect(await page.locator('.empty').allTextContents()).toHaveLength(6);
      // A digest beside them breaks no name.
      expect(await ofEach<number>(page, '[data-label=Who] span', 'it.getClientRects().length')).toEqual([
        1, 1,
      ]);
      const figures = page
        .locator('.overview')
        .getByRole('button', { name: /^not known before the first audit/ });
      expect(await figures.allTextContents()).toEqual([
        expect.stringMatching(/^–.*Held$/),
        expect.stringMatching(/^–.*No price yet$/),
      ]);
      await withStage(page, told);
      await page.reload();
      await page.getByText('5 of 16 shards closed, 640 statements issued, 2 drafts to decide on').waitFor();
      await visitor.settled();
      const all = await textOf(page, 'main');
      for (const said of ['Item size has exceeded', 'it answered 500', '125\u00a0%', 'ana@example.com'])
        expect(all).toContain(said);
      expect(await column(page, '.stage-jobs', 'Per hour')).toEqual(['1.93 EUR', 'no price']);
      const before = () => column(page, '.projects', 'Before');
      const unsorted = await before();
      const lastMonth = page.getByRole('button', { name: monthName(told.lastMonth), exact: true });
      await lastMonth.click();
      await lastMonth.click();
      await expect.poll(before, SOON).toEqual(unsorted.toReversed());
      expect(visitor.complaints).toEqual([]);
    });

    describeDrafts(site);

    test('a month that is not closed has a preview of its statement, and a statement says who approved it', async () => {
      const { tokens, told, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await withPreview(page, told);
      await visitor.go(`#/projects/${PROJECT}/${told.lastMonth}`);
      const preview = page.getByRole('region', { name: 'PREVIEW' });
      await preview.waitFor();
      const said = await textIn(preview);
      expect(said).toContain('Its draft is held back (ana@example.com');
      expect(said).toContain('Differs from the draft by +3.86 EUR');
      expect(await visitor.seriousFindings()).toEqual([]);
      await visitor.go(`#/projects/${PROJECT}/${told.lastMonth}/statement`);
      expect(await textOf(page, '.paper .facts')).toMatch(/Approved byana@example\.com on \d+ \w+ \d{4}/);
      expect(visitor.complaints).toEqual([]);
    });

    test('a statement that is issued while its month is open is shown, and no preview of it is read', async () => {
      const { tokens, told, open } = site();
      await using visitor = await open({ token: tokens.one });
      const { page } = visitor;
      await withOpenMonth(page, told);
      let previewsRead = 0;
      await page.route('**/statements/*?preview=true', (route) => {
        previewsRead += 1;
        return route.fallback();
      });
      await visitor.go(`#/projects/${PROJECT}/${told.lastMonth}`);
      const name = monthName(told.lastMonth);
      await page
        .locator('.hero')
        .getByRole('link', { name: `statement of ${name}` })
        .waitFor();
      expect(await textOf(page, '#total')).toBe(`Billed for ${name}`);
      expect(previewsRead).toBe(0);
      expect(visitor.complaints).toEqual([]);
    });

    test.each([404, 422])(
      'a preview that fails says why, and one answered by %i is not shown',
      async (none) => {
        const { tokens, told, open } = site();
        await using visitor = await open({ token: tokens.one });
        const { page } = visitor;
        await withPreview(page, told);
        const detail = `${PROJECT} is not billed: 1 of 9 charges are not in the table`;
        const answerWith = (status: number) =>
          page.route('**/statements/*?preview=true', (route) => route.fulfill({ status, json: { detail } }));
        const preview = page.getByRole('region', { name: 'PREVIEW' });
        await answerWith(409);
        await visitor.go(`#/projects/${PROJECT}/${told.lastMonth}`);
        await preview.getByRole('heading', { name: 'The preview could not be read' }).waitFor();
        expect(await alertOf(page)).toContain(detail);
        await answerWith(none);
        await preview.getByRole('button', { name: 'Try again' }).click();
        await preview.waitFor({ state: 'detached' });
        expect(visitor.complaints).toEqual([]);
      },
    );
  });
