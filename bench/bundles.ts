import { mkdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import * as v from 'valibot';
import { parse } from 'yaml';
import { PROJECT_DIR } from '../local/serverless-file.ts';

const ServerlessFile = v.object({
  provider: v.object({ runtime: v.pipe(v.string(), v.regex(/^nodejs\d+\.x$/)) }),
  custom: v.object({
    esbuild: v.looseObject({
      outputFileExtension: v.string(),
      exclude: v.tuple([]),
      /** Module that exports esbuild plugins. */
      plugins: v.optional(v.string()),
    }),
  }),
  functions: v.record(
    v.string(),
    v.object({ handler: v.pipe(v.string(), v.regex(/^functions\/[\w-]+\.handler$/)) }),
  ),
});

/** Functions and bundling options of serverless-esbuild. */
const readSettings = async () => {
  const text = await readFile(new URL('serverless.yml', PROJECT_DIR), 'utf8');
  const { provider, custom, functions } = v.parse(ServerlessFile, parse(text, { merge: true }));
  const { outputFileExtension, exclude: _, plugins: pluginFile, ...options } = custom.esbuild;
  const require = createRequire(import.meta.url);
  const target = provider.runtime.replace(/^nodejs(\d+)\.x$/, 'node$1');
  return {
    functions,
    outExtension: { '.js': outputFileExtension },
    common: { bundle: true, platform: 'node', target } as const,
    options: {
      ...(options as BuildOptions),
      ...(pluginFile !== undefined && {
        plugins: require(fileURLToPath(new URL(pluginFile, PROJECT_DIR))) as Plugin[],
      }),
    },
  };
};

/** Baseline: AWS's unmodified client, without a call. */
const STOCK = `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
const client = new DynamoDBClient({});
export const handler = () => client.config.region();`;

export interface Bundle {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  /** Bundled files and their imports. */
  readonly files: ReadonlyMap<string, readonly string[]>;
}

/** Unused files are not in the bundle. */
const filesOf = ({ inputs, outputs }: Metafile): Bundle['files'] => {
  const used = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  return new Map(
    used.map(([path]) => [path, (inputs[path]?.imports ?? []).map((imported) => imported.path)]),
  );
};

const bundleOf = async (name: string, file: string, metafile: Metafile): Promise<Bundle> => ({
  name,
  url: pathToFileURL(file).href,
  bytes: (await stat(file)).size,
  files: filesOf(metafile),
});

/** Bundles a module with the options of the functions. */
export const bundleModule = async (contents: string, outfile: string): Promise<Bundle> => {
  const { common, options } = await readSettings();
  const absWorkingDir = fileURLToPath(PROJECT_DIR);
  const stdin = { contents, resolveDir: absWorkingDir, loader: 'ts' } as const;
  const { metafile } = await build({ ...common, ...options, metafile: true, absWorkingDir, stdin, outfile });
  return bundleOf(basename(outfile), outfile, metafile);
};

/** Bundles each function as deployed, and AWS's unmodified client as the baseline. */
export const createBundles = async (
  directory: string,
): Promise<{ readonly functions: readonly Bundle[]; readonly stock: Bundle }> => {
  const { functions, outExtension, common, options } = await readSettings();
  const absWorkingDir = fileURLToPath(PROJECT_DIR);
  await mkdir(directory, { recursive: true });

  const bundleFunction = async ([name, { handler }]: [string, { readonly handler: string }]) => {
    const entry = handler.replace(/\.handler$/, '.ts');
    const { metafile } = await build({
      ...common,
      ...options,
      metafile: true,
      absWorkingDir,
      outExtension,
      entryPoints: [entry],
      outdir: directory,
    });
    return bundleOf(name, join(directory, basename(entry, '.ts') + outExtension['.js']), metafile);
  };
  const stockFile = join(directory, 'stock.mjs');
  const { metafile } = await build({
    ...common,
    ...{ format: 'esm', mainFields: ['module', 'main'], minify: true, metafile: true, absWorkingDir },
    stdin: { contents: STOCK, resolveDir: absWorkingDir },
    outfile: stockFile,
  });
  return {
    functions: await Promise.all(Object.entries(functions).map(bundleFunction)),
    stock: await bundleOf('stock', stockFile, metafile),
  };
};
