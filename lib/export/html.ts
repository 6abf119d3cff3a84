import { createHash } from 'node:crypto';

/** Trusted HTML: made by {@link html}, or a constant. */
export interface Html {
  readonly html: string;
}

type Content = string | number | Html | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeText = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

const render = (content: Content): string => {
  if (typeof content === 'string' || typeof content === 'number') return escapeText(String(content));
  return 'html' in content ? content.html : content.map(render).join('');
};

/**
 * A template that escapes its values, except nested templates. Values may be text or quoted
 * attributes.
 */
export const html = (strings: TemplateStringsArray, ...values: readonly Content[]): Html => ({
  html: strings.reduce((done, text, index) => `${done}${render(values[index - 1] ?? '')}${text}`),
});

export const NOTHING: Html = html``;

/** A content security policy that allows one style sheet and nothing else. */
export const stylePolicy = (style: string): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
