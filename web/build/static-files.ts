import { openApiDocument } from '../../lib/http/openapi/document.ts';
import { referencePage } from '../../lib/http/openapi/reference/page.ts';
import { type StaticFile, staticFile } from '../../lib/http/static-file.ts';
import { buildPage } from './page.ts';

const CACHING = { 'cache-control': 'public, max-age=300' };

/** The OpenAPI document, and the same as a page for people. */
const describeApi = (): StaticFile[] => {
  const document = openApiDocument();
  const { html, contentSecurityPolicy } = referencePage(document);
  return [
    staticFile({
      path: '/v1/openapi.json',
      contentType: 'application/json',
      headers: CACHING,
      text: JSON.stringify(document),
    }),
    staticFile({
      path: '/v1/docs',
      contentType: 'text/html; charset=utf-8',
      headers: { ...CACHING, 'content-security-policy': contentSecurityPolicy },
      text: html,
    }),
  ];
};

/**
 * What `get-page` serves, imported as `#static-files`. Built when this module is loaded; in a
 * deployed bundle `deploy/static-files-plugin.js` replaces the module with the built files.
 */
export const staticFiles: readonly StaticFile[] = [...(await buildPage()), ...describeApi()];
