import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bundle } from './bundles.ts';

/** As Lambda loads a function: a module by `import`, and `.cjs` by `require`. */
const LOAD = `const startedAt = performance.now();
const [, file] = process.argv;
const load = file.endsWith('.cjs') ? async () => require(file) : () => import(file);
load().then(() => console.log(performance.now() - startedAt));`;

const run = promisify(execFile);

/** Time to load a bundle in a new process with these settings, without the start of Node. */
export const loadMs = async ({ url }: Bundle, env: NodeJS.ProcessEnv = process.env): Promise<number> => {
  const { stdout } = await run(process.execPath, ['--eval', LOAD, fileURLToPath(url)], { env });
  const ms = Number(stdout.trim().split('\n').at(-1));
  assert(ms > 0, 'the time is the last that is printed');
  return ms;
};
