import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';

/** A structure element with the text that is marked with it. */
export interface Tagged {
  readonly tag: string;
  readonly text: string;
  readonly children: readonly Tagged[];
}

interface Node {
  readonly role?: string;
  readonly type?: string;
  readonly id?: string;
  readonly children?: readonly Node[];
}

const taggedOf = (node: Node, texts: ReadonlyMap<string, string>): Tagged => {
  const children = (node.children ?? []).map((child) => taggedOf(child, texts));
  const own = node.type === 'content' ? (texts.get(node.id ?? '') ?? '') : '';
  return {
    tag: node.role ?? 'content',
    text: own + children.map(({ text }) => text).join(''),
    children: children.filter(({ tag }) => tag !== 'content'),
  };
};

/** Text by the id of its marked content, and the one outside any, which is artifacts. */
const textsOf = (items: readonly object[]) => {
  const texts = new Map<string, string>();
  const artifacts: string[] = [];
  const open: (string | undefined)[] = [];
  type Item = { type?: string; id?: string | null; str?: string; hasEOL?: boolean };
  for (const { type, id: opened, str = '', hasEOL = false } of items as Item[]) {
    if (type === 'endMarkedContent') open.pop();
    else if (type !== undefined) open.push(opened ?? undefined);
    else {
      const id = open.at(-1);
      if (id !== undefined) texts.set(id, `${texts.get(id) ?? ''}${str}${hasEOL ? ' ' : ''}`);
      else if (str.trim() !== '') artifacts.push(str);
    }
  }
  return { texts, artifacts };
};

/** What a reader of a PDF gets: its pages, by their tags, and what they mark as no content. */
export const readPdf = async (bytes: Uint8Array) => {
  const loading = getDocument({ data: new Uint8Array(bytes), verbosity: 0 });
  const pdf = await loading.promise;
  const { info } = (await pdf.getMetadata()) as { info: Readonly<Record<string, unknown>> };
  const pages = [];
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const page = await pdf.getPage(number);
    const [left = 0, bottom = 0, right = 0, top = 0] = page.view;
    const { items } = await page.getTextContent({ includeMarkedContent: true });
    const { texts, artifacts } = textsOf(items);
    const beyond = items.filter(
      (item) =>
        'str' in item &&
        (item.transform[4] < left + 44 ||
          item.transform[4] + item.width > right - 44 ||
          item.transform[5] < bottom + 36 ||
          item.transform[5] > top - 44),
    );
    pages.push({
      artifacts,
      /** Text outside the margins. */
      beyond: beyond.map((item) => ('str' in item ? item.str : '')),
      structure: taggedOf((await page.getStructTree()) as unknown as Node, texts),
    });
  }
  await loading.destroy();
  return { info, pages };
};

/** All elements of a tag, in the order of reading. */
export const elementsOf = (tree: Tagged, tag: string): Tagged[] => [
  ...(tree.tag === tag ? [tree] : []),
  ...tree.children.flatMap((child) => elementsOf(child, tag)),
];
