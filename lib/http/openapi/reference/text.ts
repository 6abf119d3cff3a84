import { type Html, html } from '../../../export/html.ts';

/** The Markdown that descriptions use: paragraphs, lists, bold and code. */
const inline = (text: string): Html[] =>
  text.split(/(\*\*.+?\*\*|`[^`]+`)/).map((part) => {
    if (part.startsWith('**')) return html`<strong>${inline(part.slice(2, -2))}</strong>`;
    if (part.startsWith('`')) return html`<code>${part.slice(1, -1)}</code>`;
    return html`${part}`;
  });

const block = (text: string): Html =>
  text.startsWith('- ')
    ? html`<ul>${text.split('\n').map((item) => html`<li>${inline(item.slice(2))}</li>`)}</ul>`
    : html`<p>${inline(text)}</p>`;

/** Inline Markdown. */
export const phrase = (text: string): readonly Html[] => inline(text);

/** Paragraphs and lists. */
export const prose = (text: string): readonly Html[] => text.split('\n\n').map(block);
