import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/**
 * Meant for a Lambda, left out here: the first two relax what any reader's browser enforces, a
 * single-process browser ends with its first page, and a zygote halves the start of each tab.
 */
const NOT_HERE = [
  ...['--disable-web-security', '--allow-running-insecure-content'],
  ...['--single-process', '--no-zygote'],
];

/**
 * A graphics card played by the processor takes most of the time of a page, and no page needs one.
 */
const GRAPHICS = ['--ignore-gpu-blocklist', '--use-gl', '--use-angle', '--enable-unsafe-swiftshader'];

const isForHere = (arg: string) => !NOT_HERE.includes(arg) && !GRAPHICS.includes(arg.split('=')[0] ?? '');

/** The Chromium of the npm package, or the one at CHROMIUM_PATH. */
export const launchChromium = async (): Promise<Browser> => {
  const own = process.env.CHROMIUM_PATH;
  const args = own ? [] : chromium.args.filter(isForHere);
  return playwright.launch({
    executablePath: own ?? (await chromium.executablePath()),
    args: [...args, '--disable-background-networking', '--disable-gpu'],
  });
};
