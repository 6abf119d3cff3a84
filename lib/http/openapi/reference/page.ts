import { type Html, html, stylePolicy } from '../../../export/html.ts';
import type { Method, OpenApiDocument, Operation, SecurityScheme, Tag } from '../types.ts';
import { operationSection } from './operation.ts';
import { schemaAnchor, schemaSection } from './schema.ts';
import { STYLE } from './style.ts';
import { phrase, prose } from './text.ts';

interface Call {
  readonly method: Method;
  readonly path: string;
  readonly operation: Operation;
}

const callsOf = ({ paths }: OpenApiDocument): Call[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method as Method, path, operation })),
  );

const tagAnchor = ({ name }: Tag): string => `tag-${name.toLowerCase().replaceAll(' ', '-')}`;

const link = (anchor: string, text: string): Html => html`<li><a href="#${anchor}">${text}</a></li>`;

const contents = ({ tags, components }: OpenApiDocument, calls: readonly Call[]): Html => html`
<nav aria-label="Contents">
<ul><li><a href="#introduction">Introduction</a></li><li><a href="#security">Authentication</a></li></ul>
${tags.map(
  (tag) =>
    html`<h2>${tag.name}</h2><ul>${calls
      .filter(({ operation }) => operation.tags.includes(tag.name))
      .map(({ operation }) => link(operation.operationId, operation.summary))}</ul>`,
)}
<h2><a href="#schemas">Schemas</a></h2><ul class="names">${Object.keys(components.schemas).map((name) => link(schemaAnchor(name), name))}</ul>
</nav>`;

const security = (schemes: Readonly<Record<string, SecurityScheme>>): Html => html`
<section id="security"><h2>Authentication</h2><dl class="members">${Object.entries(schemes).map(
  ([name, { description, type, ...scheme }]) => html`
<div class="member" id="security-${name}">
<dt><code class="name">${name}</code> <span class="type">${
    type === 'http'
      ? html`<code>authorization: Bearer</code>`
      : html`header <code>${String(scheme.name)}</code>`
  }</span></dt>
<dd>${phrase(description)}</dd>
</div>`,
)}</dl></section>`;

const tagSection = (tag: Tag, calls: readonly Call[], origin: string): Html => html`
<section id="${tagAnchor(tag)}"><h2>${tag.name}</h2><p>${phrase(tag.description)}</p>
${calls
  .filter(({ operation }) => operation.tags.includes(tag.name))
  .map(({ method, path, operation }) => operationSection(origin, method, path, operation))}
</section>`;

const CONTENT_SECURITY_POLICY = stylePolicy(STYLE);

const STYLE_SHEET: Html = { html: `<style>${STYLE}</style>` };

/** The OpenAPI document as a standalone page without scripts. */
export const referencePage = (document: OpenApiDocument) => {
  const {
    info,
    tags,
    components,
    servers: [{ url: origin }],
  } = document;
  const calls = callsOf(document);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} API reference</title>
${STYLE_SHEET}
</head>
<body>
<a class="skip" href="#introduction">Skip to the text</a>
<header><p><strong>${info.title}</strong> API reference <span class="version">${info.version}</span></p>
<p><a href="openapi.json">OpenAPI document</a></p></header>
<div class="columns">
${contents(document, calls)}
<main>
<section id="introduction"><h1>${info.title} API</h1><p class="summary">${info.summary}</p>${prose(info.description)}</section>
${security(components.securitySchemes)}
${tags.map((tag) => tagSection(tag, calls, origin))}
<section id="schemas"><h2>Schemas</h2>${Object.entries(components.schemas).map(([name, schema]) =>
    schemaSection(name, schema),
  )}</section>
</main>
</div>
</body>
</html>
`;
  return { html: page.html, contentSecurityPolicy: CONTENT_SECURITY_POLICY };
};
