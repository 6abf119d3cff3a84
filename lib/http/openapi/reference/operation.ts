import { type Html, html, NOTHING } from '../../../export/html.ts';
import type { Content, Method, Operation, Parameter, Response } from '../types.ts';
import { curlOf } from './call.ts';
import { patternOf, typeOf, typeWithLimits } from './schema.ts';
import { phrase, prose } from './text.ts';

export const route = (method: string, path: string): Html =>
  html`<span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code>`;

const code = (title: string, text: string): Html => html`
<figure><figcaption>${title}</figcaption><pre tabindex="0" role="group" aria-label="${title}"><code>${text}</code></pre></figure>`;

const LOCATIONS = { path: 'in the path', query: 'in the query', header: 'header' };

const parameterRow = ({ name, in: location, required, schema, description }: Parameter): Html => html`
<div class="member">
<dt><code class="name">${name}</code> ${typeWithLimits(schema)} <span class="optional">${LOCATIONS[location]}${
  required ? '' : ', optional'
}</span></dt>
<dd>${phrase(description)}${patternOf(schema)}</dd>
</div>`;

const parameterList = (parameters: readonly Parameter[]): Html =>
  parameters.length === 0
    ? NOTHING
    : html`<h4>Parameters</h4><dl class="members">${parameters.map(parameterRow)}</dl>`;

const mediaTypes = (content: Content): Html =>
  html`<ul class="media">${Object.entries(content).map(
    ([mediaType, { schema }]) => html`<li><code>${mediaType}</code> ${typeOf(schema)}</li>`,
  )}</ul>`;

const body = ({ requestBody }: Operation): Html =>
  requestBody
    ? html`<h4>Body</h4><p>${phrase(requestBody.description)}</p>${mediaTypes(requestBody.content)}`
    : NOTHING;

const answerRow = ([status, { description, headers = {}, content = {} }]: readonly [
  string,
  Response,
]): Html => html`
<div class="member">
<dt><code class="name status">${status}</code></dt>
<dd>${phrase(description)}${mediaTypes(content)}${Object.entries(headers).map(
  ([name, header]) => html`<p class="header"><code>${name}</code> ${phrase(header.description)}</p>`,
)}</dd>
</div>`;

/** Numeric statuses come first, as in the document. */
const answers = ({ responses }: Operation): Html =>
  html`<h4>Answers</h4><dl class="members">${Object.entries(responses).map(answerRow)}</dl>`;

const examplesOf = (content: Content = {}): Html[] =>
  Object.entries(content).flatMap(([mediaType, { examples = {} }]) =>
    Object.values(examples).map(({ summary, value }) =>
      code(`${mediaType}: ${summary}`, JSON.stringify(value, null, 2)),
    ),
  );

const firstAnswer = ({ responses }: Operation): Content | undefined =>
  Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1].content;

const needs = ({ security }: Operation): Html => {
  const names = security.flatMap((requirement) => Object.keys(requirement));
  if (names.length === 0) return html`<p class="needs">Needs no authentication.</p>`;
  return html`<p class="needs">Needs ${names.map(
    (name, index) => html`${index === 0 ? '' : ', '}<a href="#security-${name}">${name}</a>`,
  )}.</p>`;
};

/** One operation of the API at `origin`: description, parameters, responses and examples. */
export const operationSection = (
  origin: string,
  method: Method,
  path: string,
  operation: Operation,
): Html => {
  const { operationId, summary, description, parameters = [], requestBody } = operation;
  return html`
<section class="operation" id="${operationId}">
<div class="said">
<h3><a class="anchor" href="#${operationId}">${summary}</a></h3>
<p class="route">${route(method, path)}</p>
${prose(description)}
${needs(operation)}
${parameterList(parameters)}
${body(operation)}
${answers(operation)}
</div>
<div class="shown">
<div class="call">${code('Call', curlOf(origin, method, path, operation))}</div>
${examplesOf(requestBody?.content)}
${examplesOf(firstAnswer(operation))}
</div>
</section>`;
};
