import type { Locator, Page } from 'playwright-core';
import type { TestStack } from '../end-to-end/stack.ts';
import type { Told } from './story.ts';
import type { Visit, VisitOptions } from './visitor.ts';

/** A stack on which the story was played, and ways to visit its page. */
export interface Site {
  readonly stack: TestStack;
  readonly told: Told;
  /** Of the project of the story, of all projects, and of the project but expired. */
  readonly tokens: { readonly one: string; readonly all: string; readonly expired: string };
  /** Where pictures are kept. */
  readonly pictures: string;
  open(options?: VisitOptions): Promise<Visit>;
}

export const SOON = { timeout: 30_000, interval: 100 };

export const textIn = async (place: Locator) => (await place.textContent()) ?? '';
export const textOf = (page: Page, selector: string) => textIn(page.locator(selector).first());
export const alertOf = (page: Page) => textIn(page.getByRole('alert'));
export const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent');
export const hash = (page: Page) => new URL(page.url()).hash;
