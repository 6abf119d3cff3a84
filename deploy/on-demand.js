const NAMESPACE = 'on-demand';

/**
 * What our own code imports on demand is a text in the bundle, compiled when it is imported: code
 * would be read at every start, even where it is not used.
 */
export const onDemand = {
  name: NAMESPACE,
  setup(build) {
    const options = { ...build.initialOptions, stdin: undefined, outfile: undefined, write: false };

    build.onResolve({ filter: /^/ }, async ({ path, kind, importer, resolveDir }) => {
      if (kind !== 'dynamic-import' || /[\\/]node_modules[\\/]/.test(importer)) return undefined;
      const found = await build.resolve(path, { kind: 'import-statement', importer, resolveDir });
      return { ...found, namespace: NAMESPACE };
    });

    build.onLoad({ filter: /^/, namespace: NAMESPACE }, async ({ path }) => {
      const { outputFiles } = await build.esbuild.build({ ...options, entryPoints: [path] });
      const code = JSON.stringify(outputFiles[0].text);
      return { contents: `new Function('module', 'exports', 'require', ${code})(module, exports, require);` };
    });
  },
};
