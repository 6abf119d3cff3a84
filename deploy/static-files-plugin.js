/** Of package.json: what builds the files that `get-page` serves. */
const MODULE = '#static-files';

/** Puts the built files in place of the module: a deployed function has neither their sources nor what builds them. */
const staticFilesPlugin = {
  name: 'static-files',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${MODULE}$`) }, () => ({ path: MODULE, namespace: 'built' }));
    build.onLoad({ filter: /^/, namespace: 'built' }, async () => {
      const { staticFiles } = await import(MODULE);
      return { contents: `export const staticFiles = ${JSON.stringify(staticFiles)};` };
    });
  },
};

const plugins = [staticFilesPlugin];

// As serverless-esbuild reads it: by `require`.
export { plugins as 'module.exports' };
