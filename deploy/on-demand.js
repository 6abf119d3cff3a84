import { constants, zstdCompressSync } from 'node:zlib';

const NAMESPACE = 'on-demand';

const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 19 } };

/**
 * What our own code imports on demand is a packed text in the bundle, unpacked and compiled when it
 * is imported: code would be read at every start, even where it is not used.
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
      const packed = zstdCompressSync(outputFiles[0].contents, LEVEL).toString('base64');
      return {
        contents: `const { zstdDecompressSync } = require('node:zlib');
          const code = zstdDecompressSync(Buffer.from('${packed}', 'base64')).toString();
          new Function('module', 'exports', 'require', code)(module, exports, require);`,
      };
    });
  },
};
