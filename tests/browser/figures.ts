import type { Page } from 'playwright-core';
import { textOf } from './site.ts';

/** Amounts are shown with thin spaces and a real minus. */
export const amountIn = (text: string): number =>
  Number(text.replace(/[^\d.\u2212]/g, '').replace('\u2212', '-'));

/** The amount that a page shows under a test id. */
export const figure = async (page: Page, id: string): Promise<number> =>
  amountIn(await textOf(page, `[data-testid=${id}]`));

/** Whole minor units, which add up without error. */
export const cents = (amount: number | string): number => Math.round(Number(amount) * 100);

/** Texts of all cells of a column, by the name that each has. */
export const column = (page: Page, table: string, name: string): Promise<string[]> =>
  page.locator(`${table} tbody td[data-label="${name}"]`).allTextContents();
