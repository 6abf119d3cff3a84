/** Module that builds the static files; package.json maps the name. */
const MODULE = '#static-files';

/** Replaces the module with the built files: a bundle contains neither sources nor esbuild. */
export const staticFiles = {
  name: 'static-files',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${MODULE}$`) }, () => ({ path: MODULE, namespace: 'built' }));
    build.onLoad({ filter: /^/, namespace: 'built' }, async () => {
      const built = await import(MODULE);
      return { contents: `export const staticFiles = ${JSON.stringify(built.staticFiles)};` };
    });
  },
};
