import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openApiDocument } from '../../../lib/http/openapi/document.ts';
import { referencePage } from '../../../lib/http/openapi/reference/page.ts';
import type { OpenApiDocument } from '../../../lib/http/openapi/types.ts';

const document = openApiDocument();
const { html, contentSecurityPolicy } = referencePage(document);
const matches = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, found = '']) => found);

describe('the reference page', () => {
  test('allows its own style sheet and nothing else', () => {
    const [style = ''] = matches(/<style>(.*?)<\/style>/gs);
    const hash = createHash('sha256').update(style).digest('base64');
    expect(contentSecurityPolicy).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
  });

  test('needs no script, no style outside its sheet, and nothing from elsewhere', () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(| style=| on[a-z]+=/);
    const links = matches(/(?:href|src)="([^"]*)"/g);
    expect(links.filter((link) => !link.startsWith('#'))).toEqual(['openapi.json']);
  });

  test('has a place of its own for each operation, schema and way to authenticate, and leads nowhere else', () => {
    const ids = matches(/ id="([^"]*)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
    expect(ids).toEqual(
      expect.arrayContaining([
        ...operations.map(({ operationId }) => operationId),
        ...Object.keys(document.components.schemas).map((name) => `schema-${name}`),
        ...Object.keys(document.components.securitySchemes).map((name) => `security-${name}`),
      ]),
    );
    const targets = matches(/href="#([^"]*)"/g);
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
  });

  test('shows each read as a command that can be copied', () => {
    expect(html).toContain(
      'curl &#39;https://origin.invalid/v1/projects/proj-1/usage?month=2026-11&#39; \\\n  -H &quot;authorization: Bearer $token&quot;',
    );
    expect(html).toContain('curl https://origin.invalid/v1/openapi.json');
  });

  test('describes each member, with its limits and whether it may be absent', () => {
    const [units = ''] = matches(/(<dt><code class="name">units<\/code>.*?<\/dt>)/gs);
    expect(units.replaceAll(/<[^>]*>/g, '')).toBe('units number, at least 0, at most 100000 optional');
  });

  test('shows texts as they are, whatever is in them', () => {
    const info: OpenApiDocument['info'] = {
      ...document.info,
      title: '<script>alert(1)</script>',
      description: 'Text & `<code>` **bold `a` end**.\n\n- one\n- two',
    };
    const page = referencePage({ ...document, info }).html;
    expect(page).not.toContain('<script>');
    expect(page).toContain(
      '<p>Text &amp; <code>&lt;code&gt;</code> <strong>bold <code>a</code> end</strong>.</p><ul><li>one</li><li>two</li></ul>',
    );
  });
});
