/** The module that builds the files `get-page` serves; package.json maps the name to it. */
const MODULE = '#static-files';

/** Replaces the module with the built files: a bundle has neither their sources nor esbuild. */
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
