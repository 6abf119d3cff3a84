#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// A start takes half the time if what is imported from here on is compiled already.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/jobmeter'));

try {
  const { createProgram } = await import('./program.ts');
  await (await createProgram(process.argv.slice(2))).parseAsync();
} catch (error) {
  const { explain } = await import('./explain.ts');
  console.error(explain(error));
  process.exitCode = 1;
}
