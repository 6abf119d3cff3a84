/** HTML to send as it is: made by {@link html}, or written by us. */
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

/** A template whose values are escaped, unless they are templates themselves. Values stand in text and in quoted attributes. */
export const html = (strings: TemplateStringsArray, ...values: readonly Content[]): Html => ({
  html: strings.reduce((done, text, index) => `${done}${render(values[index - 1] ?? '')}${text}`),
});

export const NOTHING: Html = html``;
