import { fileURLToPath } from 'node:url';

const REPLACEMENT = fileURLToPath(new URL('../lib/assert.ts', import.meta.url));

/** Node's own loads how values differ and how to show that, for messages that are all given here. */
export const leanAssert = {
  name: 'lean-assert',
  setup(build) {
    build.onResolve({ filter: /^node:assert\/strict$/ }, () => ({ path: REPLACEMENT }));
  },
};
