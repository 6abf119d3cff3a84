import { type Html, html, NOTHING } from '../../../export/html.ts';
import type { Schema } from '../types.ts';
import { phrase } from './text.ts';

const nameOf = ($ref: string): string => $ref.replace('#/components/schemas/', '');

export const schemaAnchor = (name: string): string => `schema-${name}`;

const value = (constant: unknown): Html => html`<code>${JSON.stringify(constant)}</code>`;

const joined = (parts: readonly Html[], separator: string): Html =>
  html`${parts.map((part, index) => (index === 0 ? part : html`${separator}${part}`))}`;

/** The type of a value, with a link to its named schema. */
export const typeOf = (schema: Schema): Html => {
  const { $ref, anyOf, oneOf, items, type, format } = schema;
  if ($ref !== undefined) return html`<a href="#${schemaAnchor(nameOf($ref))}">${nameOf($ref)}</a>`;
  if (schema.not) return html`not supported`;
  if ('const' in schema) return value(schema.const);
  if (schema.enum) return joined(schema.enum.map(value), ', ');
  const options = anyOf ?? oneOf;
  if (options) return joined(options.map(typeOf), ' or ');
  if (items) return html`list of ${typeOf(items)}`;
  return html`${format ?? type ?? 'any'}`;
};

const limitsOf = (schema: Schema): string => {
  const { minimum, maximum, maxItems } = schema;
  return [
    ...(minimum === undefined ? [] : [`, at least ${minimum}`]),
    ...(maximum === undefined ? [] : [`, at most ${maximum}`]),
    ...(maxItems === undefined ? [] : [`, at most ${maxItems} items`]),
    ...(schema.default === undefined ? [] : [`, ${JSON.stringify(schema.default)} by default`]),
  ].join('');
};

/** The type of a value and its limits. */
export const typeWithLimits = (schema: Schema): Html =>
  html`<span class="type">${typeOf(schema)}${limitsOf(schema)}</span>`;

/** The pattern of a string, unless a format implies it. */
export const patternOf = ({ pattern, format }: Schema): Html =>
  pattern !== undefined && format === undefined ? html` <code class="pattern">${pattern}</code>` : NOTHING;

/** Unnamed objects inside a schema. */
const objectsIn = (schema: Schema): Schema[] => {
  const { properties, anyOf, oneOf, items } = schema;
  if (properties) return [schema];
  return [...(anyOf ?? oneOf ?? []), ...(items ? [items] : [])].flatMap(objectsIn);
};

const row = (name: string, schema: Schema, isRequired: boolean): Html => html`
<div class="member">
<dt><code class="name">${name}</code> ${typeWithLimits(schema)}${
  isRequired ? NOTHING : html` <span class="optional">optional</span>`
}</dt>
<dd>${phrase(schema.description ?? '')}${patternOf(schema)}${objectsIn(schema).map(members)}</dd>
</div>`;

/** The members of an object. */
const members = ({ properties = {}, required = [] }: Schema): Html =>
  html`<dl class="members">${Object.entries(properties).map(([name, schema]) =>
    row(name, schema, required.includes(name)),
  )}</dl>`;

/** A named schema and its members. */
export const schemaSection = (name: string, schema: Schema): Html => html`
<section class="schema" id="${schemaAnchor(name)}">
<h3><a class="anchor" href="#${schemaAnchor(name)}">${name}</a></h3>
<p>${phrase(schema.description ?? '')}</p>
${schema.properties ? NOTHING : html`<p>${typeWithLimits(schema)}</p>`}
${objectsIn(schema).map(members)}
</section>`;
