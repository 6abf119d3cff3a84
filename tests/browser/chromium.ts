import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/**
 * Meant for a Lambda, left out here: the first two relax what any reader's browser enforces, and a
 * single-process browser ends with its first page.
 */
const NOT_HERE = ['--disable-web-security', '--allow-running-insecure-content', '--single-process'];

/** The Chromium of the npm package, or the one at CHROMIUM_PATH. */
export const launchChromium = async (): Promise<Browser> => {
  const own = process.env.CHROMIUM_PATH;
  const args = own ? [] : chromium.args.filter((arg) => !NOT_HERE.includes(arg));
  return playwright.launch({
    executablePath: own ?? (await chromium.executablePath()),
    args: [...args, '--disable-background-networking'],
  });
};
