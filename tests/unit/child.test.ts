import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const CHILD = new URL('../../local/child.ts', import.meta.url).href;

/** A process that starts a child with its own outputs, and is done when it is. */
const PARENT = `
  const { startChild } = await import(${JSON.stringify(CHILD)});
  const child = startChild(process.execPath, ['-e', 'console.log("runs"); setTimeout(() => {}, 60_000)'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.once('data', () => process.exit(0));
`;

test('a server that was started ends with its process, however that exits', { timeout: 20_000 }, async () => {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // The child holds its error output open as long as it runs.
  expect(await once(parent, 'close')).toEqual([0, null]);
});
