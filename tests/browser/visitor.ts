import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { shiftDate } from '../clock/shift-date.ts';
import { realNow } from '../clock/test-clock.ts';

export interface VisitOptions {
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  /** With a finger in place of a mouse. */
  readonly isPhone?: boolean;
  /** Signed in with this token from the start. */
  readonly token?: string;
}

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** The places named of a finding, which may be in each row of a table. */
const SHOWN_NODES = 3;

/** A tab of its own, and all that it complained of meanwhile. */
export interface Visit {
  readonly page: Page;
  /**
   * Errors of scripts and of the console, violations of the policy, and requests to other hosts.
   */
  readonly complaints: readonly string[];
  /** Opens an address of the page, and waits until it is all there. */
  go(hash: string): Promise<void>;
  /** Nothing is loading any more. */
  settled(): Promise<void>;
  /** What a check of accessibility finds serious, by all rules or some. */
  seriousFindings(rules?: readonly string[]): Promise<string[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The browser's word on an answer that is no success, which a test of refusals is about. */
const isRefusal = (text: string) =>
  /^Failed to load resource: .* status of (401|403|404|409|412|422|503)/.test(text);

/** The page has shown what was just asked of it. */
const TWO_FRAMES = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';

/** Opens the page at `url` in a tab that shares nothing with others. */
export const visit = async (
  browser: Browser,
  url: string,
  { width = 1440, scheme = 'light', isPhone = false, token }: VisitOptions = {},
): Promise<Visit> => {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    hasTouch: isPhone,
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  // The browser goes by the same clock as the stack, where that is shifted.
  const shiftMs = Date.now() - realNow();
  if (Math.abs(shiftMs) > 1_000) await context.addInitScript(shiftDate, shiftMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !isRefusal(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== url)
      complaints.push(`asked ${request.url()}`);
  });
  if (token !== undefined)
    await page.addInitScript((given) => sessionStorage.setItem('jobmeter.token', given), token);
  const settled = async () => {
    await page.evaluate(TWO_FRAMES);
    await page.locator('body:not(:has(.loading, [aria-busy=true]))').waitFor();
  };
  return {
    page,
    complaints,
    go: async (hash) => {
      await page.goto(`${url}/${hash}`);
      await page.locator('h1').waitFor();
      await settled();
    },
    settled,
    seriousFindings: async (rules) => {
      if (!(await page.evaluate<boolean>('"axe" in globalThis'))) await page.evaluate(axe.source);
      const options = {
        resultTypes: ['violations'],
        ...(rules ? { runOnly: rules } : { rules: { 'target-size': { enabled: true } } }),
      };
      const found = await page.evaluate<readonly Finding[]>(
        `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`,
      );
      return found
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(
          ({ id, nodes }) =>
            `${id}: ${nodes
              .slice(0, SHOWN_NODES)
              .map(({ html }) => html)
              .join(' ')}`,
        );
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
};
