import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type StaticFile, staticFile } from '../../lib/http/static-file.ts';

const WEB = new URL('../', import.meta.url);

/** The page runs its own script and style and calls its own API: nothing inline or foreign. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Placeholders of the bundled files in `index.html`. */
const PLACEHOLDERS = { js: '%SCRIPT%', css: '%STYLE%' } as const;

const CONTENT_TYPES = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
} as const;

const kindOf = (name: string): keyof typeof CONTENT_TYPES => (name.endsWith('.css') ? 'css' : 'js');

interface Asset {
  readonly name: string;
  readonly text: string;
}

/** Script and style. Names contain a hash of the content, so browsers may cache them forever. */
const bundleAssets = async (): Promise<Asset[]> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('main.tsx', WEB))],
    outdir: fileURLToPath(WEB),
    entryNames: 'page-[hash]',
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // `lib/billing` imports Node's assert, which a browser does not have.
    alias: { 'node:assert/strict': fileURLToPath(new URL('../lib/assert.ts', WEB)) },
    tsconfigRaw: {},
    legalComments: 'none',
  });
  return outputFiles.map(({ path, text }) => ({ name: path.replace(/^.*[\\/]/, ''), text }));
};

const assetFile = ({ name, text }: Asset): StaticFile =>
  staticFile({
    path: `/assets/${name}`,
    contentType: CONTENT_TYPES[kindOf(name)],
    headers: {
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': PAGE_POLICY,
    },
    text,
  });

/** The web page: one HTML file, one script, one style. The same sources give the same files. */
export const buildPage = async (): Promise<StaticFile[]> => {
  const assets = await bundleAssets();
  const template = await readFile(new URL('index.html', WEB), 'utf8');
  const index = staticFile({
    path: '/',
    contentType: 'text/html; charset=utf-8',
    headers: { 'cache-control': 'no-cache', 'content-security-policy': PAGE_POLICY },
    text: assets.reduce(
      (html, { name }) => html.replace(PLACEHOLDERS[kindOf(name)], `assets/${name}`),
      template,
    ),
  });
  return [index, ...assets.map(assetFile)];
};
