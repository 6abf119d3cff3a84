import { buildPage } from '../lib/page/build.ts';

/** Puts the built web page where `lib/page/bundle.ts` would build it: a deployed function has neither the sources nor esbuild. */
const pagePlugin = {
  name: 'page',
  setup(build) {
    build.onLoad({ filter: /lib[\\/]page[\\/]bundle\.ts$/ }, async () => ({
      contents: `export const pageFiles = ${JSON.stringify(await buildPage())};`,
      loader: 'js',
    }));
  },
};

const plugins = [pagePlugin];

// As serverless-esbuild reads it: by `require`.
export { plugins as 'module.exports' };
