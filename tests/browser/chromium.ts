import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/**
 * Meant for a Lambda, left out here: the first two let a page do what no reader's browser allows, and a browser of one process ends with its
 * first page.
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
