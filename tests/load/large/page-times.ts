import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launchChromium } from '../../browser/chromium.ts';
import { visit } from '../../browser/visitor.ts';
import type { LargeOptions } from './measure-large.ts';

/** Milliseconds from opening the page in a fresh tab, of each visit. */
export interface PageTimes {
  /** Until the figures of the month are shown. */
  readonly figures: readonly number[];
  /** Until nothing is loading any more. */
  readonly whole: readonly number[];
}

/** Shown with the figures of a large month. */
const FIGURES = 'text=/^As of /';

/** Opens the page of a project in headless Chromium, each time without a cache. */
export const measurePage = async (
  url: string,
  projectId: string,
  token: string,
  { rounds, pictures }: Pick<LargeOptions, 'rounds' | 'pictures'>,
): Promise<PageTimes> => {
  const browser = await launchChromium();
  const address = `${url}/#/projects/${projectId}`;
  const figures: number[] = [];
  const whole: number[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      await using visitor = await visit(browser, url, { token });
      const startedAt = performance.now();
      await visitor.page.goto(address);
      await visitor.page.locator(FIGURES).first().waitFor();
      figures.push(performance.now() - startedAt);
      await visitor.settled();
      whole.push(performance.now() - startedAt);
    }
    if (pictures !== undefined) {
      await mkdir(pictures, { recursive: true });
      for (const width of [360, 1440])
        for (const scheme of ['light', 'dark'] as const) {
          await using visitor = await visit(browser, url, { token, width, scheme });
          await visitor.go(`#/projects/${projectId}`);
          await visitor.page.screenshot({
            path: join(pictures, `snapshot-${width}-${scheme}.png`),
            fullPage: true,
          });
        }
    }
    return { figures, whole };
  } finally {
    await browser.close();
  }
};
