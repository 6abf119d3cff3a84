#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { COMPILE_CACHE } from '../local/compile-cache.ts';

// A start takes half the time if what is imported from here on is compiled already.
enableCompileCache(COMPILE_CACHE);

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has read enough, like `head`.
  if (error.code === 'EPIPE') process.exit(0);
  console.error(`jobmeter: the output cannot be written: ${error.message}`);
  process.exit(1);
});

try {
  const { createProgram } = await import('./program.ts');
  await (await createProgram(process.argv.slice(2))).parseAsync();
} catch (error) {
  const { explain } = await import('./explain.ts');
  console.error(explain(error));
  process.exitCode = 1;
}
