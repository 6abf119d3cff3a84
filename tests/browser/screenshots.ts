import { fileURLToPath } from 'node:url';
import { startTestStack, tokenFor } from '../end-to-end/stack.ts';
import { launchChromium } from './chromium.ts';
import { PROJECT, playStory } from './story.ts';
import { visit } from './visitor.ts';

const IMAGES = new URL('../../docs/images/', import.meta.url);
const WIDTH = 1200;
/** Below the last section. */
const MARGIN = 20;

/**
 * Writes the pictures of the README: the current month of a project, and a statement with a
 * correction.
 */
const stack = await startTestStack();
const browser = await launchChromium();
try {
  const { lastMonth } = await playStory(stack, Date.now());
  const token = await tokenFor([PROJECT]);
  /** Down to where a section ends. */
  const pictures = [
    { name: 'project.png', address: `#/projects/${PROJECT}`, last: '[aria-labelledby=per-day]' },
    { name: 'statement.png', address: `#/projects/${PROJECT}/${lastMonth}/statement`, last: '.paper' },
  ];
  for (const { name, address, last } of pictures) {
    await using visitor = await visit(browser, stack.url, { width: WIDTH, token });
    await visitor.go(address);
    const box = await visitor.page.locator(last).boundingBox();
    await visitor.page.screenshot({
      path: fileURLToPath(new URL(name, IMAGES)),
      fullPage: true,
      clip: { x: 0, y: 0, width: WIDTH, height: Math.round((box?.y ?? 0) + (box?.height ?? 0)) + MARGIN },
    });
  }
} finally {
  await browser.close();
  await stack.stop();
}
