import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { PageFile } from './page-file.ts';

const WEB = new URL('../../web/', import.meta.url);

/** What an entry of the bundle is called in `index.html`. */
const PLACEHOLDERS = { js: '%SCRIPT%', css: '%STYLE%' } as const;

const CONTENT_TYPES = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
} as const;

const kindOf = (path: string): keyof typeof CONTENT_TYPES => (path.endsWith('.css') ? 'css' : 'js');

/** The script and the style, each named after its content: whoever has a name may keep the file for ever. */
const buildAssets = async (): Promise<PageFile[]> => {
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
    // The rules of billing assert as Node does; a browser has no such module.
    alias: { 'node:assert/strict': fileURLToPath(new URL('assert.ts', WEB)) },
    tsconfigRaw: {},
    legalComments: 'none',
  });
  return outputFiles.map(({ path, text }) => ({
    name: path.replace(/^.*[\\/]/, ''),
    contentType: CONTENT_TYPES[kindOf(path)],
    text,
  }));
};

/** The web page as it is served: `index.html`, one script and one style. The same sources give the same files. */
export const buildPage = async (): Promise<PageFile[]> => {
  const assets = await buildAssets();
  const template = await readFile(new URL('index.html', WEB), 'utf8');
  const text = assets.reduce(
    (html, { name }) => html.replace(PLACEHOLDERS[kindOf(name)], `assets/${name}`),
    template,
  );
  return [{ name: 'index.html', contentType: 'text/html; charset=utf-8', text }, ...assets];
};
