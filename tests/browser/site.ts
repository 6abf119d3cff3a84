import type { Locator, Page } from 'playwright-core';
import type { TestStack } from '../end-to-end/stack.ts';
import type { Told } from './story.ts';
import type { Visit, VisitOptions } from './visitor.ts';

/** A stack on which the story was played, and ways to visit its page. */
export interface Site {
  readonly stack: TestStack;
  readonly told: Told;
  /** Of the project of the story, of all projects, of an operator, and of the project but expired. */
  readonly tokens: Readonly<Record<'one' | 'all' | 'operator' | 'expired', string>>;
  open(options?: VisitOptions): Promise<Visit>;
}

/** Of a page of A4 at 96 px an inch. */
export const A4_WIDTH = 794;

export const SOON = { timeout: 30_000, interval: 100 };

export const textIn = async (place: Locator) => (await place.textContent()) ?? '';
export const textOf = (page: Page, selector: string) => textIn(page.locator(selector).first());
export const alertOf = (page: Page) => textIn(page.getByRole('alert'));
export const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent');
export const hash = (page: Page) => new URL(page.url()).hash;

/** What an expression in which `it` is an element gives for each element that fits. */
export const ofEach = <Value>(page: Page, selector: string, expression: string) =>
  page.evaluate<Value[]>(
    `[...document.querySelectorAll(${JSON.stringify(selector)})].map((it) => ${expression})`,
  );

/** A property of the style of each element that fits. */
export const styles = (page: Page, selector: string, property: string) =>
  ofEach<string>(page, selector, `getComputedStyle(it).${property}`);
